// Events with several definitions in models: what can not stand together is refused. The mark stands before each place.
import { describe, expect, test } from 'vitest';
import { definitions, type Expected, expectProblems, flow, graphOf, START } from './support.js';

const ROOTS = `<bpmn:error id="E1" errorCode="GONE"/><bpmn:escalation id="X1" escalationCode="SLOW"/>
  <bpmn:message id="M1" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/></bpmn:extensionElements></bpmn:message>
  <bpmn:message id="M2" name="called"/>`;

const ERROR = '<bpmn:errorEventDefinition errorRef="E1"/>';
const SLOW = '<bpmn:escalationEventDefinition escalationRef="X1"/>';
const PAID = '<bpmn:messageEventDefinition messageRef="M1"/>';
const CALLED = '<bpmn:messageEventDefinition messageRef="M2"/>';
const LINK = '<bpmn:linkEventDefinition name="there"/>';
const STOP = '<bpmn:terminateEventDefinition/>';
const LATE = '<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>';
const AGAIN = '<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>';
const THEN =
  '<bpmn:timerEventDefinition><bpmn:timeDate>2100-01-01T00:00:00Z</bpmn:timeDate></bpmn:timerEventDefinition>';
const HOT =
  '<bpmn:conditionalEventDefinition><bpmn:condition>=heat &gt; 5</bpmn:condition></bpmn:conditionalEventDefinition>';

/** A task `t` with more beside it, and the end event `e`. */
function withEvents(more: string, end = '<bpmn:endEvent id="e"/>'): string {
  return definitions(`${ROOTS}<bpmn:process id="p" isExecutable="true">${START}<bpmn:task id="t"/>
    ${end}${flow('a', 'start', 't')}${flow('b', 't', 'e')}
    ${more}</bpmn:process>`);
}

const boundary = (definition: string, attributes = '') =>
  `<bpmn:boundaryEvent id="x" attachedToRef="t" ${attributes}>${definition}</bpmn:boundaryEvent>`;
const end = (definition: string) => `§<bpmn:endEvent id="e">${definition}</bpmn:endEvent>`;
const startedBy = (definition: string, attributes = '') =>
  definitions(`${ROOTS}<bpmn:process id="p" isExecutable="true">
    §<bpmn:startEvent id="x" ${attributes}>${definition}</bpmn:startEvent><bpmn:task id="t"/>${flow('a', 'x', 't')}</bpmn:process>`);

test('an event with several definitions has them in order, and knows whether it needs all', () => {
  const { elements, conditionReads } = graphOf(withEvents(boundary(LATE + HOT, 'parallelMultiple="true"')));
  expect(elements.find(({ id }) => id === 'x')).toMatchObject({
    type: 'MULTIPLE_BOUNDARY_EVENT',
    event: { kind: 'MULTIPLE', parallel: true, definitions: [{ kind: 'TIMER' }, { kind: 'CONDITIONAL' }] },
  });
  expect([...conditionReads]).toEqual(['heat']);
});

describe('a multiple event is refused', () => {
  const rows: readonly (readonly [name: string, marked: string, ...expected: Expected[]])[] = [
    [
      'with a link beside others',
      withEvents(`§${boundary(PAID + LINK)}`),
      ['EVENT_INVALID', 'x', 'the multiple boundary event can not have a link definition beside others'],
    ],
    [
      'with what BPMN does not have there',
      withEvents(`§${boundary(PAID + STOP)}`),
      ['EVENT_INVALID', 'x', 'the multiple boundary event can not have a terminate definition beside others'],
    ],
    [
      'when a process begins with a condition beside others',
      startedBy(PAID + HOT),
      ['EVENT_INVALID', 'x', 'the multiple start event can not have a conditional definition beside others'],
    ],
    [
      'when a process needs a condition beside others to begin',
      startedBy(PAID + HOT, 'parallelMultiple="true"'),
      ['EVENT_INVALID', 'x', 'the multiple start event can not have a conditional definition beside others'],
    ],
    [
      'when a process needs several events to begin, and no message is among them',
      startedBy(LATE + THEN, 'parallelMultiple="true"'),
      [
        'EVENT_INVALID',
        'x',
        'the multiple start event needs several events to start the process, and no message is among them',
      ],
    ],
    [
      'when a process needs the same message twice to begin',
      startedBy(PAID + PAID, 'parallelMultiple="true"'),
      ['EVENT_DUPLICATE', 'x', 'the multiple start event needs the message "paid" twice to start the process'],
    ],
    [
      'when a process needs a cycle to begin',
      startedBy(PAID + AGAIN, 'parallelMultiple="true"'),
      ['EVENT_INVALID', 'x', 'the multiple start event needs a cycle to start the process once'],
    ],
    [
      'when a process needs a time to begin that only variables tell',
      startedBy(PAID + LATE.replace('PT1H', '=delay'), 'parallelMultiple="true"'),
      ['TIMER_INVALID', 'x', 'the duration of the multiple start event is no text that is known without variables'],
    ],
    [
      'when a process needs a signal without name to begin',
      startedBy(`${PAID}<bpmn:signalEventDefinition/>`, 'parallelMultiple="true"'),
      ['EVENT_INVALID', 'x', 'the multiple start event has no name that is known without variables'],
    ],
    [
      'when it waits for an error and for something else',
      withEvents(`§${boundary(PAID + ERROR, 'parallelMultiple="true"')}`),
      ['EVENT_INVALID', 'x', 'the multiple boundary event waits for an error or escalation together with others'],
    ],
    [
      'when it waits again and again for a date',
      withEvents(`§${boundary(PAID + THEN, 'parallelMultiple="true" cancelActivity="false"')}`),
      ['EVENT_INVALID', 'x', 'the multiple boundary event waits again and again for a date'],
    ],
    [
      'when an error among several does not interrupt',
      withEvents(`§${boundary(PAID + ERROR, 'cancelActivity="false"')}`),
      ['EVENT_INVALID', 'x', 'a multiple boundary event always interrupts'],
    ],
    [
      'when it throws two things that may end it',
      withEvents('', end(SLOW + STOP)),
      ['EVENT_INVALID', 'e', 'the multiple end event throws more than one error, escalation or termination'],
    ],
    [
      'when it throws a message that names no receiver',
      withEvents('', end(PAID + CALLED)),
      ['EVENT_INVALID', 'e', 'the multiple end event throws a message without name or correlation key beside others'],
    ],
    [
      'when it waits for a message without correlation key',
      withEvents(`§${boundary(LATE + CALLED)}`),
      ['EVENT_INVALID', 'x', 'a definition of the multiple boundary event leaves open what it needs'],
    ],
  ];
  for (const [name, marked, ...expected] of rows) test(name, () => expectProblems(marked, expected));
});
