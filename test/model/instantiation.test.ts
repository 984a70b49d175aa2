// What starts a process beside start events, and where that is refused. The mark stands before the place of each problem.
import { describe, expect, test } from 'vitest';
import { definitions, type Expected, expectProblems, flow, graphOf } from './support.js';

const MESSAGES = '<bpmn:message id="M1" name="paid"/><bpmn:message id="M2"/>';
const PAID = '<bpmn:messageEventDefinition messageRef="M1"/>';
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
      'when it needs all of its events',
      gateway(PAID, 'eventGatewayType="Parallel"').replace('\n    §', '\n    '),
      ['EVENT_INVALID', 'g', 'gateways that start a process and wait for all of their events are not supported'],
    ],
  ];
  for (const [name, marked, ...expected] of rows) test(name, () => expectProblems(marked, expected));
});
