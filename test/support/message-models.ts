/** Small models with messages, for tests that need one but are not about it. */

/** The message of a model: its name, and the expression of its correlation key where something waits for it. */
export interface MessageOf {
  readonly name: string;
  readonly key?: string;
}

export function messageModel(id: string, message: MessageOf, content: string): string {
  const { name, key } = message;
  const subscription =
    key === undefined ? '' : `<extensionElements><zeebe:subscription correlationKey="=${key}"/></extensionElements>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  id="definitions" targetNamespace="test">
  <message id="message" name="${name}">${subscription}</message>
  <process id="${id}" isExecutable="true">
   ${content}
  </process>
</definitions>`;
}

const DEFINITION = '<messageEventDefinition messageRef="message"/>';

/** start -> waits for the message with the key of the variable `order` -> end. */
export function waiting(id: string, name: string): string {
  return messageModel(
    id,
    { name, key: 'order' },
    `<startEvent id="start"/>
   <sequenceFlow id="to-wait" sourceRef="start" targetRef="wait"/>
   <intermediateCatchEvent id="wait">${DEFINITION}</intermediateCatchEvent>
   <sequenceFlow id="to-end" sourceRef="wait" targetRef="end"/>
   <endEvent id="end"/>`,
  );
}

/** The message -> a service task of the topic -> end. */
export function startedBy(id: string, name: string, topic: string): string {
  return messageModel(
    id,
    { name },
    `<startEvent id="start">${DEFINITION}</startEvent>
   <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
   <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="${topic}"/></extensionElements></serviceTask>
   <sequenceFlow id="to-end" sourceRef="task" targetRef="end"/>
   <endEvent id="end"/>`,
  );
}

/** start -> a service task of the topic, with the message at its border -> end; the border leads to `late`. */
export function bordered(id: string, name: string, topic: string, interrupting: boolean): string {
  return messageModel(
    id,
    { name, key: 'order' },
    `<startEvent id="start"/>
   <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
   <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="${topic}"/></extensionElements></serviceTask>
   <boundaryEvent id="border" attachedToRef="task" cancelActivity="${interrupting}">${DEFINITION}</boundaryEvent>
   <sequenceFlow id="to-late" sourceRef="border" targetRef="late"/>
   <endEvent id="late"/>
   <sequenceFlow id="to-end" sourceRef="task" targetRef="end"/>
   <endEvent id="end"/>`,
  );
}

/** start -> throws the message with the key of the variable `order` -> end. */
export function throwing(id: string, name: string): string {
  return messageModel(
    id,
    { name, key: 'order' },
    `<startEvent id="start"/>
   <sequenceFlow id="to-throw" sourceRef="start" targetRef="throw"/>
   <intermediateThrowEvent id="throw"><extensionElements><zeebe:ioMapping>
     <zeebe:input source="=order" target="thrown"/></zeebe:ioMapping></extensionElements>${DEFINITION}</intermediateThrowEvent>
   <sequenceFlow id="to-end" sourceRef="throw" targetRef="end"/>
   <endEvent id="end"/>`,
  );
}

/** start -> publishes the message with the key of the variable `order` -> end. */
export function publishing(id: string, name: string, timeToLive: string): string {
  const publish = `<zeebe:publishMessage correlationKey="=order" timeToLive="${timeToLive}"/>`;
  return messageModel(
    id,
    { name },
    `<startEvent id="start"/>
   <sequenceFlow id="to-send" sourceRef="start" targetRef="send"/>
   <sendTask id="send" messageRef="message"><extensionElements>${publish}</extensionElements></sendTask>
   <sequenceFlow id="to-end" sourceRef="send" targetRef="end"/>
   <endEvent id="end"/>`,
  );
}
