// Execution listeners: what the reader makes of them, and where they are refused.
import { describe, expect, test } from 'vitest';
import { around, END, type Expected, expectProblems, flow, graphOf, processOf, START } from './support.js';

const listener = (event: string, type = 'x', more = '') =>
  `<zeebe:executionListener eventType="${event}" type="${type}"${more}/>`;

function listening(kind: string, content: string, attributes = '', body = ''): string {
  const extensions = `<zeebe:executionListeners>${content}</zeebe:executionListeners>`;
  return `<bpmn:${kind} id="t"${attributes}><bpmn:extensionElements>${extensions}</bpmn:extensionElements>${body}</bpmn:${kind}>`;
}

test('listeners are jobs in their order, with their own retries and headers', () => {
  const headers = '<zeebe:taskHeaders><zeebe:header key="a" value="1"/></zeebe:taskHeaders>';
  const first = `<zeebe:executionListener eventType="end" type="a" retries="5">${headers}</zeebe:executionListener>`;
  const all = first + listener('start', '=place', ' retries="=n"') + listener('end', 'b');
  const element = graphOf(around(listening('manualTask', all))).elements.find(({ id }) => id === 't');
  expect(element?.listeners).toMatchObject({
    start: [{ topic: { text: 'place' }, retryLimit: { text: '(n\n) - 1' }, headers: {} }],
    end: [
      { topic: 'a', retryLimit: 4, headers: { a: '1' } },
      { topic: 'b', retryLimit: 2, headers: {}, priority: 0 },
    ],
  });
});

test('an element without listeners has none', () => {
  const { elements } = graphOf(around('<bpmn:task id="t"/>'));
  expect(elements.every((element) => !('listeners' in element))).toBe(true);
});

test('a gateway with listeners may decide by itself', () => {
  const gateway = listening('exclusiveGateway', listener('start'));
  expect(graphOf(around(gateway)).elements.map(({ type }) => type)).toContain('EXCLUSIVE_GATEWAY');
});

describe('is refused:', () => {
  const OF_START = 'it begins when it has happened';
  const OF_THROW = 'what it throws may end it';
  const message = '<bpmn:messageEventDefinition/>';
  const start = (kind: string): Expected => ['LISTENER_INVALID', 't', `${kind} has no start listener: ${OF_START}`];
  const end = (kind: string, why: string): Expected => ['LISTENER_INVALID', 't', `${kind} has no end listener: ${why}`];

  const rows: readonly (readonly [name: string, xml: string, ...expected: Expected[]])[] = [
    [
      'another event',
      around(listening('task', `§${listener('beforeAll')}`)),
      ['LISTENER_INVALID', 't', 'the event "beforeAll" of an execution listener is not supported by this version'],
    ],
    [
      'something else than a listener',
      around(listening('task', '§<zeebe:taskListener eventType="start" type="x"/>')),
      ['LISTENER_INVALID', 't', 'the event "start" of an execution listener is not supported by this version'],
    ],
    [
      'a listener without a type, and with half a try',
      around(listening('task', `§§${listener('start', '', ' retries="0.5"')}`)),
      ['JOB_INVALID', 't', 'the job type must have 1 to 255 characters'],
      ['JOB_INVALID', 't', 'the number of retries "0.5" is not a whole number from 1'],
    ],
    [
      'a listener that is given twice',
      around(listening('task', `${listener('start')}${listener('end')}§${listener('start')}`)),
      ['LISTENER_INVALID', 't', 'the start listener "x" is given twice'],
    ],
    [
      'a start listener of a start event',
      processOf(`${listening('startEvent', `§${listener('start')}`)}${END}${flow('a', 't', 'end')}`),
      start('a start event'),
    ],
    [
      'a start listener of a boundary event',
      processOf(`${START}<bpmn:task id="host"/>${END}${flow('a', 'start', 'host')}${flow('b', 't', 'end')}
        ${listening('boundaryEvent', `§${listener('start')}`, ' attachedToRef="host"', message)}`),
      start('a message boundary event'),
    ],
    [
      'a start listener of an event behind an event-based gateway',
      processOf(`${START}<bpmn:eventBasedGateway id="g"/>${END}<bpmn:intermediateCatchEvent id="r">${message}</bpmn:intermediateCatchEvent>
        ${listening('intermediateCatchEvent', `§${listener('start')}`, '', message)}
        ${flow('a', 'start', 'g')}${flow('b', 'g', 't')}${flow('c', 'g', 'r')}${flow('d', 't', 'end')}${flow('e', 'r', 'end')}`),
      start('a message catch event'),
    ],
    [
      'an end listener of a gateway',
      around(listening('parallelGateway', `§${listener('end')}`)),
      end('a parallel gateway', 'it is left at once'),
    ],
    [
      'an end listener of an event that throws an error',
      processOf(
        `${START}${flow('a', 'start', 't')}${listening('endEvent', `§${listener('end')}`, '', '<bpmn:errorEventDefinition/>')}`,
      ),
      end('an error end event', OF_THROW),
    ],
    [
      'an end listener of an event that throws an escalation',
      around(listening('intermediateThrowEvent', `§${listener('end')}`, '', '<bpmn:escalationEventDefinition/>')),
      end('an escalation throw event', OF_THROW),
    ],
    [
      'an end listener of a compensation event that does not wait',
      around(
        listening(
          'intermediateThrowEvent',
          `§${listener('end')}`,
          '',
          '<bpmn:compensateEventDefinition waitForCompletion="false"/>',
        ),
      ),
      end('a compensation throw event', 'it goes on before all is compensated'),
    ],
    [
      'a listener of a complex gateway',
      around(
        `<bpmn:complexGateway id="t"><bpmn:extensionElements>§<zeebe:executionListeners/></bpmn:extensionElements></bpmn:complexGateway>`,
      ),
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:executionListeners is not supported on a complex gateway'],
    ],
  ];

  for (const [name, xml, ...expected] of rows) test(name, () => expectProblems(xml, expected));
});
