/** Small models with timers, for tests that need one but are not about it. */

/** What a timer event holds: `timer('Cycle', 'R/PT1H')`. */
function definition(type: 'Date' | 'Duration' | 'Cycle', text: string): string {
  return `<timerEventDefinition><time${type}>${text}</time${type}></timerEventDefinition>`;
}

export interface TimerStart {
  readonly id?: string;
  readonly type: 'Date' | 'Duration' | 'Cycle';
  readonly text: string;
  readonly catchUp?: 'all' | 'last' | 'none';
}

function startEvent({ id = 'tick', type, text, catchUp }: TimerStart): string {
  const property =
    catchUp && `<zeebe:properties><zeebe:property name="timerCatchUp" value="${catchUp}"/></zeebe:properties>`;
  return `<startEvent id="${id}"><extensionElements>${property ?? ''}</extensionElements>${definition(type, text)}</startEvent>`;
}

/** Each timer -> end. */
export function startedByTimers(id: string, ...starts: readonly TimerStart[]): string {
  const paths = starts.map((start, index) => {
    const source = start.id ?? 'tick';
    const end = `<endEvent id="end${index}"/>`;
    return `${startEvent(start)}${end}<sequenceFlow id="flow${index}" sourceRef="${source}" targetRef="end${index}"/>`;
  });
  return model(id, paths.join(''));
}

/** start -> a timer for each duration, all at once -> a task of the topic -> end. */
export function pausingSideBySide(id: string, topic: string, ...durations: readonly string[]): string {
  const paths = durations.map(
    (duration, at) =>
      `<intermediateCatchEvent id="pause${at}">${definition('Duration', duration)}</intermediateCatchEvent>
      <sequenceFlow id="in${at}" sourceRef="start" targetRef="pause${at}"/>
      <serviceTask id="after${at}"><extensionElements><zeebe:taskDefinition type="${topic}"/></extensionElements></serviceTask>
      <sequenceFlow id="on${at}" sourceRef="pause${at}" targetRef="after${at}"/><endEvent id="end${at}"/>
      <sequenceFlow id="out${at}" sourceRef="after${at}" targetRef="end${at}"/>`,
  );
  return model(id, `<startEvent id="start"/>${paths.join('')}`);
}

function model(id: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  id="definitions" targetNamespace="test">
  <process id="${id}" isExecutable="true">${content}</process>
</definitions>`;
}
