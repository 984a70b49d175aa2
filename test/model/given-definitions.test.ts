// Definitions of events that are given with a deployment: they win over the XML, and what fits nothing is refused.
import { describe, expect, test } from 'vitest';
import { type GivenDefinitions, inOrder } from '../../src/model/given-definitions.js';
import { messageStartsOf } from '../../src/model/message-starts.js';
import { readModel } from '../../src/model/read-model.js';
import {
  boundary,
  catching,
  endWith,
  error,
  escalation,
  message,
  model,
  receive,
  signal,
  startOn,
  throwing,
  timer,
} from '../support/scenario-model.js';

const NONE: GivenDefinitions = { errors: [], escalations: [], messages: [], signals: [], timers: [] };

function graphOf(xml: string, given: Partial<GivenDefinitions>) {
  const reading = readModel(xml, { ...NONE, ...given });
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  const [graph] = reading.graphs;
  if (graph === undefined) throw new Error('there is no graph');
  return graph;
}

function eventOf(xml: string, elementId: string, given: Partial<GivenDefinitions>) {
  const element = graphOf(xml, given).elements.find(({ id }) => id === elementId);
  return element !== undefined && 'event' in element ? element.event : undefined;
}

function problemsOf(xml: string, given: Partial<GivenDefinitions>): readonly string[] {
  const reading = readModel(xml, { ...NONE, ...given });
  return 'problems' in reading ? reading.problems.map(({ rule, message }) => `${rule} ${message}`) : [];
}

const late = model('start -> task -> end', { late: boundary('task', '<bpmn:timerEventDefinition/>') });

describe('a definition that is given', () => {
  test('says the code of what catches and of what throws, over that of the XML', () => {
    const xml = model('start -> task -> fail', { caught: boundary('task', error('OLD')), fail: endWith(error('OLD')) });
    const errors = ['caught', 'fail'].map((elementId) => ({ elementId, code: 'NEW' }));
    for (const { elementId } of errors)
      expect(eventOf(xml, elementId, { errors })).toEqual({ kind: 'ERROR', code: 'NEW' });
    const all = { errors: [{ elementId: 'caught', code: '' }] };
    expect(eventOf(xml, 'caught', all)).toEqual({ kind: 'ERROR', code: undefined });
    const risen = model('start -> rise -> end', { rise: throwing(escalation()) });
    const escalations = [{ elementId: 'rise', code: 'HIGH' }];
    expect(eventOf(risen, 'rise', { escalations })).toEqual({ kind: 'ESCALATION', code: 'HIGH' });
  });

  test('says the name of a message and leaves its key, as it says that of a signal', () => {
    const xml = model('start -> wait -> also -> end', {
      wait: catching(message('old', 'order')),
      also: catching(signal()),
    });
    expect(eventOf(xml, 'wait', { messages: [{ elementId: 'wait', name: '=new' }] })).toMatchObject({
      name: '=new',
      correlationKey: { text: 'order' },
    });
    const signals = [{ elementId: 'also', name: 'shut' }];
    expect(eventOf(xml, 'also', { signals })).toEqual({ kind: 'SIGNAL', name: 'shut' });
    const task = model('start -> wait -> end', { wait: receive('old', 'order') });
    const messages = [{ elementId: 'wait', name: 'new' }];
    expect(eventOf(task, 'wait', { messages })).toMatchObject({ name: 'new' });
  });

  test('says the time of a timer, which nobody is asked for then', () => {
    const given = { timers: [{ elementId: 'late', type: 'DURATION', text: 'PT1H' } as const] };
    expect(eventOf(late, 'late', given)).toEqual({
      kind: 'TIMER',
      timer: { type: 'DURATION', text: 'PT1H', catchUp: 'LAST' },
    });
    const asks = (elements: readonly object[]) =>
      elements.some((element) => 'job' in element && 'attachedTo' in element);
    expect([asks(graphOf(late, {}).elements), asks(graphOf(late, given).elements)]).toEqual([true, false]);
  });

  test('lets start events of the process begin it that name nothing', () => {
    const xml = model('go -> end', { go: startOn('<bpmn:messageEventDefinition/>') });
    expect(problemsOf(xml, {})).toHaveLength(1);
    const graph = graphOf(xml, { messages: [{ elementId: 'go', name: 'paid' }] });
    expect(messageStartsOf(graph)).toEqual([{ index: 1, name: 'paid' }]);
  });
});

describe('what fits nothing', () => {
  test('is told at once, each with its field', () => {
    const xml = model('start -> task -> wait -> tell -> end', {
      caught: boundary('task', error()),
      late: boundary('task', timer('Duration', 'PT1H')),
      wait: catching(signal('s')),
      tell: throwing('<bpmn:messageEventDefinition/>'),
      end: endWith(escalation('E')),
    });
    const given: GivenDefinitions = {
      errors: [
        { elementId: 'gone', code: 'E' },
        { elementId: 'caught', code: 'E' },
        { elementId: 'caught', code: 'F' },
      ],
      escalations: [{ elementId: 'end', code: '' }],
      messages: [
        { elementId: 'task', name: 'n' },
        { elementId: 'tell', name: 'n' },
      ],
      signals: [{ elementId: 'late', name: 'n' }],
      timers: [{ elementId: 'late', type: 'CYCLE', text: 'PT1H' }],
    };
    expect([...problemsOf(xml, given)].sort()).toEqual([
      'DEFINITION_INVALID errors[0]: no executable process of the file has an element "gone"',
      'DEFINITION_INVALID errors[2]: "caught" has a definition in errors[1] already',
      'DEFINITION_INVALID escalations[0]: what is thrown needs a code',
      'DEFINITION_INVALID messages[0]: "task" is no message event, but a service task',
      'DEFINITION_INVALID messages[1]: a worker sends this message, so its name would not be used',
      'DEFINITION_INVALID signals[0]: "late" is no signal event, but a timer boundary event',
      expect.stringMatching(/^DEFINITION_INVALID timers\[0\]: /),
    ]);
  });
});

test('the order in which definitions are given says nothing', () => {
  const [one, other] = ['a', 'b'].map(
    (elementId) => ({ elementId, name: 'n', code: 'c', type: 'DATE', text: 't' }) as const,
  );
  if (one === undefined || other === undefined) throw new Error('there are two');
  const given = (...list: readonly (typeof one)[]) =>
    inOrder({ errors: list, escalations: list, messages: list, signals: list, timers: list });
  expect(given(other, one)).toEqual(given(one, other));
});
