/** Small models for tests that need one but are not about it. */

/** start -> one service task for each topic, one after the other -> end. Names of its own keep tests apart. */
export function tasks(id: string, ...topics: readonly string[]): string {
  const names = ['start', ...topics.map((_topic, index) => `task-${index}`), 'end'];
  const flows = names
    .slice(1)
    .map((name, i) => `<sequenceFlow id="to-${name}" sourceRef="${names[i]}" targetRef="${name}"/>`);
  const elements = topics.map(
    (topic, i) =>
      `<serviceTask id="task-${i}"><extensionElements><zeebe:taskDefinition type="${topic}"/></extensionElements></serviceTask>`,
  );
  return model(id, ['<startEvent id="start"/>', ...elements, '<endEvent id="end"/>', ...flows].join('\n   '));
}

/** A script that costs nearly all that an evaluation may, a thousand times in one command: it never ends in reasonable time. */
export const ENDLESS_SCRIPT = model(
  'endless-script',
  `<startEvent id="start"/>
   <sequenceFlow id="to-script" sourceRef="start" targetRef="script"/>
   <scriptTask id="script"><extensionElements>
     <zeebe:script expression="=get or else(round, 0) + count(for i in 1..300000 return i) / 300000" resultVariable="round"/>
   </extensionElements></scriptTask>
   <sequenceFlow id="to-again" sourceRef="script" targetRef="again"/>
   <exclusiveGateway id="again" default="to-end"/>
   <sequenceFlow id="back" sourceRef="again" targetRef="script">
     <conditionExpression>=round &lt; 1000</conditionExpression>
   </sequenceFlow>
   <sequenceFlow id="to-end" sourceRef="again" targetRef="end"/>
   <endEvent id="end"/>`,
);

function model(id: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  id="definitions" targetNamespace="test">
  <process id="${id}" isExecutable="true">
   ${content}
  </process>
</definitions>`;
}

/** start -> fork into a service task of the topic and straight to the join -> end: one token waits at the join. */
export function forkToJoin(id: string, topic: string): string {
  return model(
    id,
    `<startEvent id="start"/>
   <parallelGateway id="fork"/>
   <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="${topic}"/></extensionElements></serviceTask>
   <parallelGateway id="join"/>
   <endEvent id="end"/>
   <sequenceFlow id="to-fork" sourceRef="start" targetRef="fork"/>
   <sequenceFlow id="to-task" sourceRef="fork" targetRef="task"/>
   <sequenceFlow id="straight" sourceRef="fork" targetRef="join"/>
   <sequenceFlow id="task-to-join" sourceRef="task" targetRef="join"/>
   <sequenceFlow id="to-end" sourceRef="join" targetRef="end"/>`,
  );
}

/**
 * start -> fork into a task with an error boundary event, and one that gets `own` and gives it back as `result` -> end:
 * what one of them throws needs the whole tree.
 */
export function forkWithError(id: string, throwing: string, mapped: string): string {
  const extensions = (topic: string, mappings = '') =>
    `<extensionElements><zeebe:taskDefinition type="${topic}"/>${mappings}</extensionElements>`;
  const mappings =
    '<zeebe:ioMapping><zeebe:input source="=1" target="own"/><zeebe:output source="=own" target="result"/></zeebe:ioMapping>';
  return model(
    id,
    `<startEvent id="start"/>
   <parallelGateway id="fork"/>
   <serviceTask id="throwing">${extensions(throwing)}</serviceTask>
   <boundaryEvent id="caught" attachedToRef="throwing"><errorEventDefinition/></boundaryEvent>
   <serviceTask id="mapped">${extensions(mapped, mappings)}</serviceTask>
   <sequenceFlow id="to-fork" sourceRef="start" targetRef="fork"/>
   <sequenceFlow id="to-throwing" sourceRef="fork" targetRef="throwing"/>
   <sequenceFlow id="to-mapped" sourceRef="fork" targetRef="mapped"/>`,
  );
}

/** start -> conditional catch event -> end. */
export function whenTrue(id: string, condition: string): string {
  return model(
    id,
    `<startEvent id="start"/>
   <intermediateCatchEvent id="wait"><conditionalEventDefinition><condition>=${condition}</condition></conditionalEventDefinition>
   </intermediateCatchEvent>
   <endEvent id="end"/>
   <sequenceFlow id="to-wait" sourceRef="start" targetRef="wait"/>
   <sequenceFlow id="to-end" sourceRef="wait" targetRef="end"/>`,
  );
}

/** start -> service task of the topic -> script task with the FEEL expression -> end. */
export function scripted(id: string, topic: string, expression: string): string {
  return model(
    id,
    `<startEvent id="start"/>
   <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="${topic}"/></extensionElements></serviceTask>
   <scriptTask id="script"><extensionElements>
     <zeebe:script expression="=${expression}" resultVariable="result"/>
   </extensionElements></scriptTask>
   <endEvent id="end"/>
   <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
   <sequenceFlow id="to-script" sourceRef="task" targetRef="script"/>
   <sequenceFlow id="to-end" sourceRef="script" targetRef="end"/>`,
  );
}
