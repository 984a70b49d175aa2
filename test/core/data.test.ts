// Where data lives and how it moves: scopes, merging outwards, mappings, scripts, expressions of jobs.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import { businessRule, jobScript, model, script, send, service, subProcess } from '../support/scenario-model.js';

describe('what a worker returns', () => {
  test('a new variable goes to the process', () => {
    const run = new Scenario(model('start -> sub -> after -> end', { sub: subProcess('start1 -> pick -> end1') }));
    run.start();
    run.complete('pick', { found: 3 });
    expect(run.variables()).toEqual({ found: 3 });
    expect(run.variables('sub')).toEqual({});
  });

  test('a variable that a scope on the way has is set there', () => {
    const inner = subProcess('start1 -> pick -> end1', {}, { inputs: { item: '= order' } });
    const run = new Scenario(model('start -> sub -> after -> end', { sub: inner }));
    run.start({ order: 1 });
    run.complete('pick', { item: 9, order: 8 });
    expect(run.variables('sub')).toEqual({ item: 9 });
    expect(run.variables()).toEqual({ order: 8 });
  });

  test('a variable that the element itself has is set there', () => {
    const run = new Scenario(model('start -> pick -> after -> end', { pick: service({ inputs: { x: '= 1' } }) }));
    run.start({ x: 0 });
    run.complete('pick', { x: 2 });
    expect(run.variables()).toEqual({ x: 0 });
    expect(run.variables('pick')).toEqual({ x: 2 });
  });

  test('everything stays local where there are output mappings', () => {
    const run = new Scenario(
      model('start -> pick -> after -> end', { pick: service({ outputs: { total: '= a + b' } }) }),
    );
    run.start({ a: 1 });
    run.complete('pick', { a: 5, b: 6 });
    expect(run.variables()).toEqual({ a: 1, total: 11 });
    expect(run.variables('pick')).toEqual({ a: 5, b: 6 });
  });

  test('process variables go to the process and element variables to the scope that they name', () => {
    const inner = subProcess('start1 -> pick -> next -> end1');
    const run = new Scenario(model('start -> sub -> end', { sub: inner }));
    run.start();
    run.run(
      run.completion('pick', {
        processVariables: { a: 1 },
        elementVariables: { '': { b: 2 }, sub: { c: 3 }, p: { d: 4 }, pick: { e: 5 } },
      }),
    );
    expect(run.variables()).toEqual({ a: 1, d: 4 });
    expect(run.variables('sub')).toEqual({ c: 3 });
    expect(run.variables('pick')).toEqual({ b: 2, e: 5 });
  });

  test('a variable can be deleted, and is then as if it had never been', () => {
    const run = new Scenario(model('start -> pick -> choose -[x > 0]-> a -> end; choose -[default]-> b -> end'));
    run.start({ x: 1 });
    run.complete('pick', { x: undefined });
    expect(run.variables()).toEqual({});
    expect(run.openIncidents()).toMatchObject([{ reason: 'VARIABLE_MISSING' }]);
  });

  test('a deleted variable of an inner scope uncovers the outer one', () => {
    const inner = subProcess(
      'start1 -> pick -> note -> next -> end1',
      { note: script('seen', 'x') },
      { inputs: { x: '= 1' } },
    );
    const run = new Scenario(model('start -> sub -> end', { sub: inner }));
    run.start({ x: 0 });
    run.complete('pick', { x: undefined });
    expect(run.variables()).toEqual({ x: 0, seen: 0 });
  });
});

describe('input mappings', () => {
  test('are evaluated in order, each sees those before it, and all are local', () => {
    const inputs = { a: '= n + 1', b: '= a * 2', text: 'as it stands' };
    const run = new Scenario(model('start -> pick -> end', { pick: service({ inputs }) }));
    run.start({ n: 1, a: 100 });
    expect(run.variables('pick')).toEqual({ a: 2, b: 4, text: 'as it stands' });
    expect(run.variables()).toEqual({ n: 1, a: 100 });
  });

  test('are kept with the attempt (I11)', () => {
    const run = new Scenario(model('start -> pick -> end', { pick: service({ inputs: { a: '= n + 1' } }) }));
    run.start({ n: 1 });
    const pick = run.world.all('elementInstance').find((each) => run.nameOf(each) === 'pick');
    expect(JSON.parse(pick?.inputs ?? 'null')).toEqual([{ name: 'a', encoding: 'json', value: '2', encrypted: false }]);
  });

  test('a target with dots makes and fills a context of its own, not the outer one', () => {
    const inputs = { 'order.id': '= n', 'order.kind.name': 'new' };
    const run = new Scenario(model('start -> pick -> end', { pick: service({ inputs }) }));
    run.start({ n: 1, order: { total: 5 } });
    expect(run.variables('pick')).toEqual({ order: { id: 1, kind: { name: 'new' } } });
    expect(run.variables()).toEqual({ n: 1, order: { total: 5 } });
  });

  test('write all or nothing: a failing one is an incident, and resolving maps afresh', () => {
    const run = new Scenario(
      model('start -> pick -> end', { pick: service({ inputs: { a: '= 1', b: '= missing + 1' } }) }),
    );
    run.start();
    expect(run.variables('pick')).toEqual({});
    expect(run.incidents()).toEqual([
      'pick ENTER VARIABLE_MISSING: mapping "missing + 1" to b: there is no variable "missing"',
    ]);
    expect(run.visits()).toContain('pick CREATED');
    expect(run.world.all('openJob')).toEqual([]);
    run.resolve({ variables: { missing: 1 } });
    expect(run.variables('pick')).toEqual({ a: 1, b: 2 });
    expect(run.visits()).toContain('pick STARTED');
    expect(run.openJob('pick')).toBeDefined();
  });

  test('of a sub-process are seen by everything in it', () => {
    const inner = subProcess(
      'start1 -> note -> pick -> end1',
      { note: script('seen', 'item') },
      { inputs: { item: '= 7' } },
    );
    const run = new Scenario(model('start -> sub -> end', { sub: inner }));
    run.start();
    expect(run.variables()).toEqual({ seen: 7 });
  });

  test('of a sub-process that fail keep its start event from being visited', () => {
    const inner = subProcess('start1 -> pick -> end1', {}, { inputs: { item: '= missing' } });
    const run = new Scenario(model('start -> sub -> end', { sub: inner }));
    run.start();
    expect(run.waitsAt()).toEqual(['sub']);
    run.resolve({ variables: { missing: 1 } });
    expect(run.waitsAt()).toEqual(['pick']);
  });
});

describe('output mappings', () => {
  test('are evaluated in order inside the element and written outwards', () => {
    const outputs = { a: '= result + 1', b: '= result + 2' };
    const run = new Scenario(model('start -> pick -> after -> end', { pick: service({ outputs }) }));
    run.start({ a: 0 });
    run.complete('pick', { result: 1 });
    expect(run.variables()).toEqual({ a: 2, b: 3 });
  });

  test('a target with dots keeps the other entries of the context that is there', () => {
    const run = new Scenario(
      model('start -> pick -> after -> end', { pick: service({ outputs: { 'order.total': '= t' } }) }),
    );
    run.start({ order: { id: 1, total: 0 } });
    run.complete('pick', { t: 9 });
    expect(run.variables()).toEqual({ order: { id: 1, total: 9 } });
  });

  test('a target with dots does not replace a value that is no context: that is an incident', () => {
    const run = new Scenario(
      model('start -> pick -> after -> end', { pick: service({ outputs: { 'order.total': '= 1' } }) }),
    );
    run.start({ order: 'A-17' });
    run.complete('pick');
    expect(run.variables()).toEqual({ order: 'A-17' });
    expect(run.incidents()).toEqual([
      'pick LEAVE EXPRESSION_FAILED: mapping "1" to order.total: "total" can not be set in a value that is no context',
    ]);
  });

  test('write all or nothing: the job is done, the element stays, and resolving maps again', () => {
    const outputs = { a: '= result', b: '= missing' };
    const run = new Scenario(model('start -> pick -> after -> end', { pick: service({ outputs }) }));
    run.start();
    run.complete('pick', { result: 1 });
    expect(run.variables()).toEqual({});
    expect(run.world.all('job')).toMatchObject([{ state: 'DONE' }]);
    expect(run.incidents()).toEqual([
      'pick LEAVE VARIABLE_MISSING: mapping "missing" to b: there is no variable "missing"',
    ]);
    run.resolve({ variables: { missing: 2 } });
    expect(run.variables()).toMatchObject({ a: 1, b: 2 });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('of a sub-process see its variables when it ends', () => {
    const inner = subProcess(
      'start1 -> pick -> end1',
      {},
      { inputs: { item: '= 1' }, outputs: { out: '= item * 10' } },
    );
    const run = new Scenario(model('start -> sub -> after -> end', { sub: inner }));
    run.start();
    run.complete('pick', { item: 4 });
    expect(run.variables()).toEqual({ out: 40 });
  });

  test('of a sub-process that fail keep it, empty, until the incident is resolved', () => {
    const inner = subProcess('start1 -> pick -> end1', {}, { outputs: { out: '= missing' } });
    const run = new Scenario(model('start -> sub -> after -> end', { sub: inner }));
    run.start();
    run.complete('pick');
    expect(run.incidents()[0]).toContain('sub LEAVE VARIABLE_MISSING');
    run.resolve({ variables: { missing: 1 } });
    expect(run.waitsAt()).toEqual(['after']);
  });
});

describe('script task', () => {
  test('is run by the engine and writes its result outwards', () => {
    const run = new Scenario(model('start -> sum -> after -> end', { sum: script('total', 'a + b') }));
    run.start({ a: 1, b: 2 });
    expect(run.variables()).toEqual({ a: 1, b: 2, total: 3 });
  });

  test('keeps its result local where there are output mappings', () => {
    const run = new Scenario(
      model('start -> sum -> after -> end', {
        sum: script('total', 'a + 1', { outputs: { 'order.total': '= total' } }),
      }),
    );
    run.start({ a: 1 });
    expect(run.variables()).toEqual({ a: 1, order: { total: 2 } });
    expect(run.variables('sum')).toEqual({ total: 2 });
  });

  test('that fails is an incident, and runs again when it is resolved', () => {
    const run = new Scenario(model('start -> sum -> after -> end', { sum: script('total', 'a + b') }));
    run.start({ a: 1 });
    expect(run.incidents()).toEqual(['sum ENTER VARIABLE_MISSING: script "a + b": there is no variable "b"']);
    run.resolve({ variables: { b: 4 } });
    expect(run.variables()).toMatchObject({ total: 5 });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('whose result is no data is an incident', () => {
    const run = new Scenario(model('start -> sum -> end', { sum: script('total', '[1..3]') }));
    run.start();
    expect(run.openIncidents()).toMatchObject([{ phase: 'ENTER', reason: 'EXPRESSION_FAILED' }]);
  });

  test('without FEEL is a job', () => {
    const run = new Scenario(model('start -> sum -> end', { sum: jobScript({ topic: 'run' }) }));
    run.start();
    expect(run.openJob('sum')).toMatchObject({ type: 'EXECUTE', topic: 'run' });
    run.complete('sum');
    expect(run.state()).toBe('COMPLETED');
  });

  test('an expression that was shown to exceed the time limit is not evaluated, but fails', () => {
    const run = new Scenario(model('start -> sum -> end', { sum: script('total', '1 + 1') }));
    const element = run.processes.get(1)?.graph.elements.find(({ id }) => id === 'sum');
    if (element?.type !== 'SCRIPT_TASK' || element.script === undefined) throw new Error('sum is no script');
    run.exceeding.add(element.script.expression);
    run.start();
    expect(run.incidents()).toEqual([
      'sum ENTER EXPRESSION_LIMIT: script "1 + 1": the expression "1 + 1" was stopped: it exceeds the time limit',
    ]);
  });
});

describe('what expressions can read', () => {
  test('data in an encoding that is neither json nor text is an incident, and travels otherwise', () => {
    const run = new Scenario(model('start -> pick -> sum -> end', { sum: script('y', 'x') }));
    run.start();
    const command = run.completion('pick');
    const x = { name: 'x', data: { encoding: 'avro', value: 'AAE=', encrypted: false } };
    run.run({ ...command, variables: [x] });
    expect(run.world.rows.variable.get(`${run.instance.id} x`)?.data).toEqual(x.data);
    expect(run.incidents()[0]).toContain('variable x has the encoding "avro"; expressions read only "json" and "text"');
  });

  test('text is a string, whatever it looks like', () => {
    const run = new Scenario(model('start -> pick -> sum -> end', { sum: script('y', 'x + "!"') }));
    run.start();
    const data = { encoding: 'text', value: '7', encrypted: false };
    run.run({ ...run.completion('pick'), variables: [{ name: 'x', data }] });
    expect(JSON.parse(run.world.rows.variable.get(`${run.instance.id} y`)?.data?.value ?? '')).toBe('7!');
  });
});

describe('jobs', () => {
  test.each([
    ['service task', service({ topic: 'work' })],
    ['send task', send({ topic: 'work' })],
    ['business rule task', businessRule({ topic: 'work' })],
  ])('a %s makes one', (_kind, element) => {
    const run = new Scenario(model('start -> pick -> end', { pick: element }));
    run.start();
    expect(run.openJob('pick')).toMatchObject({ type: 'EXECUTE', topic: 'work', lock: null });
  });

  test('the topic is the element id where the model says nothing', () => {
    const run = new Scenario(model('start -> pick -> end'));
    run.start();
    expect(run.openJob('pick').topic).toBe('pick');
  });

  test('topic, retries and priority may be expressions', () => {
    const pick = service({ topic: '= "work-" + region', retries: '= tries', priority: '= urgency * 10' });
    const run = new Scenario(model('start -> pick -> end', { pick }));
    run.start({ region: 'eu', tries: 4, urgency: 5 });
    expect(run.world.all('job')).toMatchObject([{ topic: 'work-eu', retryLimit: 3, priority: 50 }]);
    expect(run.openJob('pick')).toMatchObject({ topic: 'work-eu', priority: 50 });
  });

  test.each([
    ['topic', service({ topic: '= x' }), 5, 'topic "x" must be text that is not empty, but is 5'],
    ['topic', service({ topic: '= x' }), '', 'topic "x" must be text that is not empty, but is ""'],
    ['retries', service({ topic: 't', retries: '= x' }), 0, 'must be a whole number of 0 or more, but is -1'],
    ['priority', service({ priority: '= x' }), 1.5, 'priority "x" must be a whole number of 32 bits, but is 1.5'],
  ])('an unfit %s is an incident, and a resolve makes the job', (_what, pick, x, message) => {
    const run = new Scenario(model('start -> pick -> end', { pick }));
    run.start({ x });
    expect(run.incidents()[0]).toContain('pick ENTER EXPRESSION_FAILED: ');
    expect(run.incidents()[0]).toContain(message);
    expect(run.world.all('job')).toEqual([]);
    run.resolve({ variables: { x: _what === 'topic' ? 'work' : 1 } });
    expect(run.openJob('pick')).toBeDefined();
    expect(run.incidents()).toEqual([]);
  });

  test('each visit has an effect key of its own, and a retry keeps it', () => {
    const run = new Scenario(model('start -> fork -> pick -> end; fork -> pick'));
    run.start();
    run.fail('pick', 'again', { retryLimit: 1 });
    const keys = run.world.all('job').map(({ effectKey }) => effectKey);
    expect(new Set(keys).size).toBe(2);
    expect(keys[2]).toBe(keys[0]);
  });
});
