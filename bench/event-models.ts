/** The processes of the parts about events, calls and loops. */
import { RECORDED_KEY } from './copies.js';

const flow = (from: string, to: string) => `<sequenceFlow id="${from}-${to}" sourceRef="${from}" targetRef="${to}"/>`;

const process = (id: string, content: string) => `<process id="${id}" isExecutable="true">${content}</process>`;

const definitions = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="bench">${content}</definitions>`;

const row = (middle: string) =>
  `<startEvent id="start"/>${middle}<endEvent id="end"/>${flow('start', 'middle')}${flow('middle', 'end')}`;

const caught = (definition: string) => `<intermediateCatchEvent id="middle">${definition}</intermediateCatchEvent>`;

/** What the instances that wait for a message are started with. */
export const recordedVariables = { key: RECORDED_KEY };

/** A message starts it, and it ends. */
export const messageStart = definitions(
  `<message id="message" name="begin"/>${process(
    'message-start',
    '<startEvent id="start"><messageEventDefinition messageRef="message"/></startEvent><endEvent id="end"/>' +
      flow('start', 'end'),
  )}`,
);

/** start -> waits for a message -> end. */
export const messageWait = definitions(
  '<message id="message" name="go"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements>' +
    `</message>${process('message-wait', row(caught('<messageEventDefinition messageRef="message"/>')))}`,
);

export const signalWait = definitions(
  '<signal id="signal" name="all"/>' +
    process('signal-wait', row(caught('<signalEventDefinition signalRef="signal"/>'))),
);

/** start -> waits for a time -> end. */
export const timerWait = definitions(
  process(
    'timer-wait',
    row(
      caught(
        '<timerEventDefinition><timeDuration xsi:type="tFormalExpression">=wait</timeDuration></timerEventDefinition>',
      ),
    ),
  ),
);

/** A task for each item of a list, all at the same time. */
export const manyTasks = definitions(
  process(
    'many-tasks',
    row(
      '<serviceTask id="middle"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements>' +
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items" ' +
        'inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics></serviceTask>',
    ),
  ),
);

/** A process that calls another, which does nothing. */
export const calling = definitions(
  process(
    'calling',
    row(
      '<callActivity id="middle"><extensionElements><zeebe:calledElement processId="called"/></extensionElements></callActivity>',
    ),
  ) +
    `<process id="called" isExecutable="true"><startEvent id="called-start"/><endEvent id="called-end"/>${flow('called-start', 'called-end')}</process>`,
);
