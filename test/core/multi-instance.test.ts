// Activities that run once for each item: parallel and sequential, their items, outputs and ends (BPMN 2.0.2, 13.3.7).
import { describe, expect, test } from 'vitest';
import { STEPS_PER_COMMAND } from '../../src/core/limits.js';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  catching,
  each,
  error,
  eventGateway,
  model,
  script,
  service,
  signal,
  subProcess,
  task,
  timer,
} from '../support/scenario-model.js';

const over = (spec: object = {}) =>
  model('start -> pick -> after -> end', { pick: each(service(), { collection: 'items', item: 'item', ...spec }) });

/** The local variables of the instances that wait at an element, in their order. */
function locals(run: Scenario, id: string): readonly object[] {
  return run.world
    .all('openJob')
    .filter((open) => run.elementId(open.elementInstanceId) === id)
    .map((open) =>
      Object.fromEntries(
        run.world
          .all('variable')
          .filter(({ scopeId }) => scopeId === open.elementInstanceId)
          .map(({ name, data }) => [name, JSON.parse(data?.value ?? 'null')]),
      ),
    );
}

describe('a parallel multi-instance', () => {
  test('runs once for each item, all at the same time, with the item and its number', () => {
    const run = new Scenario(over());
    run.start({ items: ['a', 'b', 'c'] });
    expect(run.waitsAt()).toEqual(['pick', 'pick', 'pick']);
    expect(locals(run, 'pick')).toEqual([
      { loopCounter: 1, item: 'a' },
      { loopCounter: 2, item: 'b' },
      { loopCounter: 3, item: 'c' },
    ]);
    for (const _ of 'abc') run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.visits().filter((visit) => visit.startsWith('pick'))).toHaveLength(4);
  });

  test('collects what each adds in the order of the items, whichever is done first', () => {
    const run = new Scenario(over({ output: ['results', 'result'] }));
    run.start({ items: [1, 2, 3] });
    const [first, second, third] = run.world.all('openJob');
    for (const [job, result] of [
      [third, 'c'],
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      if (job === undefined) throw new Error('no job');
      run.completeJob(job, { result });
    }
    expect(run.variables()).toEqual({ items: [1, 2, 3], results: ['a', 'b', 'c'] });
  });

  test('gives each instance an output variable of its own, so that none overwrites another', () => {
    const run = new Scenario(over({ output: ['results', 'result.value'] }));
    run.start({ items: [1, 2] });
    run.complete('pick', { result: { value: 7 } });
    expect(run.variables()).toEqual({ items: [1, 2] });
    run.complete('pick', { result: { value: 8 } });
    expect(run.variables()).toMatchObject({ results: [7, 8] });
  });

  test('without items is done at once, and its output is an empty list', () => {
    const run = new Scenario(over({ output: ['results', 'result'] }));
    run.start({ items: [] });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.variables()).toEqual({ items: [], results: [] });
  });

  test.each([
    ['"abc"', 'multi-instance over "items": it must be a list, but is "abc"'],
    ['null', 'multi-instance over "items": it must be a list, but is null'],
  ])('over %s, which is no list, is an incident; a list and a resolve go on', (items, message) => {
    const run = new Scenario(over());
    run.start({ items: JSON.parse(items) });
    expect(run.incidents()).toEqual([`pick ENTER EXPRESSION_FAILED: ${message}`]);
    run.resolve({ variables: { items: [1] } });
    expect(run.waitsAt()).toEqual(['pick']);
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('runs as often as a number says', () => {
    const run = new Scenario(model('start -> pick -> end', { pick: each(service(), { cardinality: 'n + 1' }) }));
    run.start({ n: 2 });
    expect(locals(run, 'pick')).toEqual([{ loopCounter: 1 }, { loopCounter: 2 }, { loopCounter: 3 }]);
    const refused = new Scenario(model('start -> pick -> end', { pick: each(service(), { cardinality: 'n' }) }));
    refused.start({ n: 1.5 });
    expect(refused.incidents()[0]).toContain('it must be a whole number of 0 or more, but is 1.5');
  });

  test('ends the others when its completion condition is true; their outputs are null', () => {
    const run = new Scenario(
      over({ output: ['results', 'result'], until: 'numberOfCompletedInstances / numberOfInstances >= 0.5' }),
    );
    run.start({ items: [1, 2, 3, 4] });
    run.complete('pick', { result: 'a' });
    expect(run.waitsAt()).toEqual(['pick', 'pick', 'pick']);
    run.complete('pick', { result: 'b' });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.variables()).toMatchObject({ results: ['a', 'b', null, null] });
    expect(run.visits().filter((visit) => visit === 'pick TERMINATED')).toHaveLength(2);
  });

  test('a completion condition sees the variables of the instance that completes', () => {
    const run = new Scenario(over({ until: 'item = "b"' }));
    run.start({ items: ['a', 'b', 'c'] });
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['pick', 'pick']);
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('an incident in one instance leaves the others alone', () => {
    const run = new Scenario(over());
    run.start({ items: [1, 2] });
    run.fail('pick', 'broken');
    expect(run.incidents()).toHaveLength(1);
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['pick']);
    run.resolve();
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test.each([
    ['an output element', { output: ['results', 'missing + 1'] }, 'output element "missing + 1": '],
    ['a completion condition', { until: 'missing' }, 'completion condition "missing": '],
  ])('%s that fails is an incident of its instance, and nothing is done twice', (_what, spec, message) => {
    const run = new Scenario(over(spec));
    run.start({ items: [1, 2] });
    run.complete('pick', { done: true });
    expect(run.incidents()[0]).toContain(`pick LEAVE VARIABLE_MISSING: ${message}`);
    run.resolve({ variables: { missing: false } });
    expect(run.openIncidents().length + run.waitsAt().length).toBeGreaterThan(0);
  });

  test('mappings are those of each instance', () => {
    const pick = service({ inputs: { price: '= item * 2' }, outputs: { last: '= price' } });
    const run = new Scenario(
      model('start -> pick -> end', { pick: each(pick, { collection: 'items', item: 'item' }) }),
    );
    run.start({ items: [1, 2] });
    expect(locals(run, 'pick')).toMatchObject([{ price: 2 }, { price: 4 }]);
    run.complete('pick');
    expect(run.variables()).toMatchObject({ last: 2 });
  });

  test('an output mapping writes what its instance adds to the output', () => {
    const pick = service({ outputs: { result: '= answer + loopCounter', last: '= answer' } });
    const spec = { collection: 'items', item: 'item', output: ['results', 'result'] as const };
    const run = new Scenario(model('start -> pick -> end', { pick: each(pick, spec) }));
    run.start({ items: [1, 2] });
    run.complete('pick', { answer: 10 });
    run.complete('pick', { answer: 20 });
    expect(run.variables()).toEqual({ items: [1, 2], last: 20, results: [11, 22] });
  });

  test('is canceled with its instances', () => {
    const run = new Scenario(over());
    run.start({ items: [1, 2] });
    run.cancel();
    expect(run.world.all('openJob')).toEqual([]);
    expect(run.visits()).toContain('pick CANCELED');
  });

  test('is ended with its instances by a terminate end event', () => {
    const run = new Scenario(
      model('start -> fork -> pick -> end; fork -> stop -> terminate', {
        pick: each(service(), { collection: 'items', item: 'item' }),
      }),
    );
    run.start({ items: [1, 2] });
    run.complete('stop');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits().filter((visit) => visit === 'pick TERMINATED')).toHaveLength(3);
  });

  test('of a sub-process gives each its own scope', () => {
    const sub = subProcess('start1 -> a -> b -> end1', {}, { inputs: { local: '= item' } });
    const run = new Scenario(
      model('start -> sub -> end', {
        sub: each(sub, { collection: 'items', item: 'item', output: ['results', 'local + loopCounter'] }),
      }),
    );
    run.start({ items: [10, 20] });
    run.complete('a');
    expect(run.waitsAt()).toEqual(['a', 'b']);
    run.complete('b');
    run.complete('a');
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toMatchObject({ results: [11, 22] });
  });

  test('in a multi-instance collects lists of lists', () => {
    const inner = each(script('double', 'n * 2'), { collection: 'row', item: 'n', output: ['line', 'double'] });
    const sub = subProcess('start1 -> inner -> end1', { inner });
    const run = new Scenario(
      model('start -> sub -> end', { sub: each(sub, { collection: 'rows', item: 'row', output: ['lines', 'line'] }) }),
    );
    run.start({ rows: [[1, 2], [], [3]] });
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toMatchObject({ lines: [[2, 4], [], [6]] });
  });

  test('of more instances than the step cap opens them in tasks, and collects them all', () => {
    const run = new Scenario(over({ output: ['results', 'item'] }));
    const items = Array.from({ length: 2 * STEPS_PER_COMMAND + 5 }, (_, index) => index);
    run.start({ items });
    expect(run.waitsAt().length).toBeLessThanOrEqual(STEPS_PER_COMMAND);
    const [first] = run.world.all('openJob');
    if (first === undefined) throw new Error('no job');
    run.completeJob(first);
    expect(run.executeTasks()).toBe(2);
    expect(run.waitsAt()).toHaveLength(items.length - 1);
  });

  test('whose instances need no worker is done without one, in tasks', () => {
    const run = new Scenario(
      model('start -> sum -> end', {
        sum: each(script('double', 'item * 2'), { collection: 'items', item: 'item', output: ['results', 'double'] }),
      }),
    );
    const items = Array.from({ length: STEPS_PER_COMMAND + 5 }, (_, index) => index);
    run.start({ items });
    expect(run.state()).toBe('STARTED');
    expect(run.executeTasks()).toBeGreaterThan(0);
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toMatchObject({ results: items.map((item) => item * 2) });
  });

  test('a cancel before all are opened takes the task away', () => {
    const run = new Scenario(over());
    run.start({ items: Array.from({ length: STEPS_PER_COMMAND + 5 }, () => 0) });
    run.cancel();
    expect(run.world.all('task')).toEqual([]);
    expect(run.world.all('openJob')).toEqual([]);
  });

  test('a completion condition that is true before all are opened opens no more', () => {
    const run = new Scenario(over({ until: 'true', output: ['results', 'loopCounter'] }));
    run.start({ items: Array.from({ length: STEPS_PER_COMMAND + 5 }, () => 0) });
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.executeTasks()).toBe(0);
    const { results } = run.variables() as { readonly results: readonly unknown[] };
    expect([results.length, results[0], results[1]]).toEqual([STEPS_PER_COMMAND + 5, 1, null]);
  });

  test('does not write the outputs of others when one completes', () => {
    const run = new Scenario(over({ output: ['results', 'item'] }));
    run.start({ items: Array.from({ length: 50 }, (_, index) => index) });
    run.complete('pick');
    const lines = run.log();
    run.complete('pick');
    expect(run.log()).toEqual(lines);
    expect(lines.length).toBeLessThan(8);
  });
});

describe('a sequential multi-instance', () => {
  test('runs one after the other', () => {
    const run = new Scenario(over({ sequential: true, output: ['results', 'result'] }));
    run.start({ items: ['a', 'b'] });
    expect(locals(run, 'pick')).toEqual([{ loopCounter: 1, item: 'a', result: null }]);
    run.complete('pick', { result: 1 });
    expect(locals(run, 'pick')).toEqual([{ loopCounter: 2, item: 'b', result: null }]);
    run.complete('pick', { result: 2 });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.variables()).toMatchObject({ results: [1, 2] });
  });

  test('without items is done at once', () => {
    const run = new Scenario(over({ sequential: true }));
    run.start({ items: [] });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('stops when its completion condition is true', () => {
    const run = new Scenario(over({ sequential: true, until: 'found', output: ['results', 'item'] }));
    run.start({ items: ['a', 'b', 'c'], found: false });
    run.complete('pick');
    run.complete('pick', { found: true });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.variables()).toMatchObject({ results: ['a', 'b', null] });
    expect(run.needs).toBe(1);
  });

  test('reads its list before each instance; one that is no list any more is an incident', () => {
    const run = new Scenario(over({ sequential: true }));
    run.start({ items: [1] });
    run.complete('pick', { items: [1, 2] });
    expect(run.waitsAt()).toEqual(['pick']);
    run.complete('pick', { items: 'gone' });
    expect(run.incidents()).toEqual([
      'pick CONTINUE EXPRESSION_FAILED: multi-instance over "items": it must be a list, but is "gone"',
    ]);
    run.resolve({ variables: { items: [1, 2, 3] } });
    expect(locals(run, 'pick')).toEqual([{ loopCounter: 3, item: 3 }]);
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('of many that need no worker goes on in tasks', () => {
    const run = new Scenario(
      model('start -> sum -> end', {
        sum: each(script('total', 'total + item'), { collection: 'items', item: 'item', sequential: true }),
      }),
    );
    run.start({ items: Array.from({ length: STEPS_PER_COMMAND + 5 }, () => 1), total: 0 });
    expect(run.executeTasks()).toBe(1);
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toMatchObject({ total: STEPS_PER_COMMAND + 5 });
  });
});

describe('events attached to a multi-instance', () => {
  test('an error of one instance interrupts all of them', () => {
    const run = new Scenario(
      model('start -> pick -> end; failed -> repair -> end2', {
        pick: each(service(), { collection: 'items' }),
        failed: boundary('pick', error('E')),
      }),
    );
    run.start({ items: [1, 2, 3] });
    run.throwError('pick', 'E');
    expect(run.waitsAt()).toEqual(['repair']);
    expect(run.visits().filter((visit) => visit === 'pick TERMINATED')).toHaveLength(4);
  });
});

describe('a multi-instance among others', () => {
  test('takes one token in and sends one out, by its conditions', () => {
    const run = new Scenario(
      model('start -> pick -[count(items) > 1]-> many -> end; pick -[default]-> few -> end', {
        pick: each(task(), { collection: 'items' }),
      }),
    );
    run.start({ items: [1, 2] });
    expect(run.waitsAt()).toEqual(['many']);
  });

  test('runs again in a loop, with outputs of its own', () => {
    const run = new Scenario(
      model('start -> merge -> pick -> choose -[again]-> merge; choose -[default]-> end', {
        pick: each(service(), { collection: 'items', item: 'item', output: ['results', 'item'] }),
      }),
    );
    run.start({ items: [1, 2], again: true });
    run.complete('pick');
    run.complete('pick', { items: [3], again: false });
    expect(run.waitsAt()).toEqual([]);
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toMatchObject({ results: [1, 2] });
  });
});

describe('of many instances, each that waits for several things', () => {
  /** What one of so many costs: the rows that it writes, and what it asks for besides its path. */
  const costs = (count: number, xml: string, step: (run: Scenario) => void) => {
    const run = new Scenario(xml);
    run.start({ count });
    step(run);
    return { written: run.rowsWritten(), owners: run.ownersNeeded, trees: run.needs };
  };
  const many = (arrows: string, elements: Parameters<typeof subProcess>[1]) =>
    model('start -> many -> end', {
      many: each(subProcess(arrows, elements), { cardinality: 'count', output: ['results', 'loopCounter'] }),
    });
  const timed = (event = {}) =>
    many('startIn -> work -> endIn; late -> endLate', { late: boundary('work', timer('Duration', 'PT1H'), event) });
  const choosing = many('startIn -> first; first -> told -> a -> endA; first -> late -> b -> endB', {
    first: eventGateway(),
    told: catching(signal('go')),
    late: catching(timer('Duration', 'PT1H')),
  });
  const fireOne = (run: Scenario) => {
    run.now += 3_600_000;
    expect(run.executeTasks(1)).toBe(1);
  };

  test.each([
    ['completes beside a time that it waits for', timed(), (run: Scenario) => run.complete('work')],
    ['is interrupted by its time', timed(), fireOne],
    ['goes on beside its time', timed({ interrupting: false }), fireOne],
    ['decides for the first of its events', choosing, fireOne],
  ])('%s: however many there are, at the cost of one, and without reading the others', (_name, xml, step) => {
    const one = costs(3, xml, step);
    expect(one.owners).toBeLessThanOrEqual(1);
    expect(one.trees).toBe(0);
    expect(costs(60, xml, step)).toEqual(one);
  });
});
