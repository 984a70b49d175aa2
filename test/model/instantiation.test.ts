// What starts a process beside start events, and where that is refused. The mark stands before the place of each problem.
import { describe, expect, test } from 'vitest';
import { definitions, type Expected, expectProblems, flow, graphOf } from './support.js';

const MESSAGES = '<bpmn:message id="M1" name="paid"/><bpmn:message id="M2"/><bpmn:message id="M3" name="called"/>';
const PAID = '<bpmn:messageEventDefinition messageRef="M1"/>';
const CALLED = '<bpmn:messageEventDefinition messageRef="M3"/>';
const LISTENED =
  '<bpmn:extensionElements><zeebe:executionListeners><zeebe:executionListener eventType="start" type="log"/></zeebe:executionListeners></bpmn:extensionElements>';
const LATE = '<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>';

function processOf(content: string): string {
  return definitions(`${MESSAGES}<bpmn:process id="p" isExecutable="true">${content}</bpmn:process>`);
}

const receive = (content = '', attributes = 'messageRef="M1"') =>
  processOf(`§<bpmn:receiveTask id="r" instantiate="true" ${attributes}>${content}</bpmn:receiveTask>`);

function gateway(event: string, attributes = ''): string {
  return processOf(`§<bpmn:eventBasedGateway id="g" instantiate="true" ${attributes}/>
    §<bpmn:intermediateCatchEvent id="a">${event}</bpmn:intermediateCatchEvent>
    <bpmn:intermediateCatchEvent id="b">${PAID}</bpmn:intermediateCatchEvent>
    ${flow('f1', 'g', 'a')}${flow('f2', 'g', 'b')}`);
}

test('a process needs no start event beside what starts it', () => {
  expect(graphOf(receive().replaceAll('§', '')).elements[1]).toMatchObject({ id: 'r', instantiate: true });
});

test('a gateway that starts a process may need all of its messages', () => {
  const { elements } = graphOf(gateway(CALLED, 'eventGatewayType="Parallel"').replaceAll('§', ''));
  expect(elements.find(({ id }) => id === 'g')).toMatchObject({ instantiate: true, parallel: true });
});

test('an event-based gateway inside a process can not wait for all of its events', () => {
  const inside = `<bpmn:startEvent id="s"/>${flow('f0', 's', 'g')}`;
  const marked = gateway(CALLED, 'eventGatewayType="Parallel"')
    .replace(' instantiate="true"', '')
    .replace('\n    §', inside);
  const message = 'an event-based gateway waits for all of its events only where it starts a process';
  expectProblems(marked, [['EVENT_INVALID', 'g', message]]);
});

describe('what starts a process is refused', () => {
  const rows: readonly (readonly [name: string, marked: string, ...expected: Expected[]])[] = [
    [
      'with a loop marker',
      receive('<bpmn:standardLoopCharacteristics loopMaximum="2"/>'),
      ['EVENT_INVALID', 'r', 'a task that starts a process can not have a loop marker'],
    ],
    [
      'without a name of its message',
      receive('', 'messageRef="M2"'),
      ['EVENT_INVALID', 'r', 'the receive task has no name that is known without variables'],
    ],
    [
      'with another event than a message',
      gateway(LATE).replace('§', ''),
      ['EVENT_INVALID', 'a', 'an event behind a gateway that starts a process waits for something else than a message'],
    ],
    [
      'when it needs the same message twice',
      gateway(PAID, 'eventGatewayType="Parallel"').replace('\n    §', '\n    '),
      ['EVENT_DUPLICATE', 'g', 'the event-based gateway needs the message "paid" twice to start the process'],
    ],
    [
      'when it needs several events, and the process has start listeners',
      gateway(CALLED, 'eventGatewayType="Parallel"').replace('\n    §', '\n    ').replace('§', `${LISTENED}§`),
      [
        'LISTENER_INVALID',
        'g',
        'the event-based gateway needs several events to start a process that has start listeners',
      ],
    ],
  ];
  for (const [name, marked, ...expected] of rows) test(name, () => expectProblems(marked, expected));
});
