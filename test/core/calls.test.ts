// Call activities: a called process is an instance of its own in the tree of its caller.
import { describe, expect, test } from 'vitest';
import type { CalledProcessDecision, CompleteJob } from '../../src/core/command.js';
import { refusalOf, Scenario } from '../support/scenario.js';
import { changesOf } from '../support/scenario-executing.js';
import type { Values } from '../support/scenario-looking.js';
import {
  boundary,
  type CallSpec,
  callByWorker,
  callOf,
  type ElementSpec,
  endWith,
  error,
  escalation,
  file,
  model,
  script,
  service,
  subProcess,
} from '../support/scenario-model.js';

const child = 'startC -> pick -> endC';

function calling(spec: CallSpec = {}, arrows = child): Scenario {
  const run = new Scenario(model('start -> call -> after -> end', { call: callOf('child', spec) }));
  run.deploy(file({ id: 'child', arrows }));
  return run;
}

/** The newest instance of the called process. */
function called(run: Scenario) {
  const instance = run.world.all('processInstance').findLast(({ parentId }) => parentId !== null);
  if (instance === undefined) throw new Error('nothing was called');
  return instance;
}

describe('a call', () => {
  test('makes an instance of the called process, and goes on when that has completed', () => {
    const run = calling();
    run.start({ order: 1 });
    expect(run.waitsAt()).toEqual(['call', 'pick']);
    run.complete('pick', { picked: true });
    expect(called(run).state).toBe('COMPLETED');
    expect(run.waitsAt()).toEqual(['after']);
    run.complete('after');
    expect(run.state()).toBe('COMPLETED');
  });

  test('makes it part of the tree: root, caller and the element instance that called are known', () => {
    const run = calling();
    const { partition, id } = run.start();
    const caller = run.living('call');
    expect(called(run)).toMatchObject({
      partition,
      rootId: id,
      parentId: id,
      parentElementInstanceId: caller.id,
      state: 'STARTED',
    });
    run.complete('pick');
    const call = run.world.rows.elementInstance.get(caller.id);
    expect(call).toMatchObject({ state: 'COMPLETED', endedByElement: called(run).id });
  });

  test('of a process that waits for nothing ends in the command that calls', () => {
    const run = calling({}, 'startC -> endC');
    run.start();
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('looks the called process up once, and those of parallel branches together', () => {
    const run = new Scenario(
      model('start -> fork -> one; fork -> two', { one: callOf('child'), two: callOf('other') }),
    );
    run.deploy(file({ id: 'child', arrows: child }, { id: 'other', arrows: 'startO -> work -> endO' }));
    run.start();
    expect(run.lookUps).toBe(1);
    expect(run.waitsAt()).toEqual(['one', 'pick', 'two', 'work']);
  });

  test('inside a called process leads out again level by level', () => {
    const run = calling({}, 'startC -> deeper -> endC');
    run.deploy(file({ id: 'child', arrows: 'startC -> deeper -> endC', elements: { deeper: callOf('grandchild') } }));
    run.deploy(file({ id: 'grandchild', arrows: 'startG -> dig -> endG' }));
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'deeper', 'dig']);
    run.complete('dig', { depth: 2 });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.variables()).toEqual({ depth: 2 });
  });

  test('passes the trace context on, and no key of its caller', () => {
    const run = calling();
    run.run({ ...startOf({}), correlationKey: 'order-1', traceParent: '00-trace' });
    expect(called(run)).toMatchObject({ correlationKey: null, tags: {}, traceParent: '00-trace' });
  });
});

const startOf = (variables: Values) =>
  ({
    type: 'createProcessInstance',
    process: { bpmnProcessId: 'p', version: null },
    tenantId: '',
    correlationKey: null,
    tags: {},
    contextType: null,
    contextId: null,
    traceParent: null,
    variables: Object.entries(variables).map(([name, value]) => ({
      name,
      data: { encoding: 'json', value: JSON.stringify(value), encrypted: false },
    })),
    by: 'tester',
  }) as const;

describe('which process', () => {
  const two = (spec: CallSpec, id = 'child') => {
    const run = new Scenario(
      file(
        { id: 'p', arrows: 'start -> call -> end', elements: { call: callOf(id, spec) } },
        { id: 'child', arrows: 'startA -> ownFile -> endA', extensions: '<zeebe:versionTag value="spring"/>' },
      ),
    );
    run.deploy(file({ id: 'child', arrows: 'startB -> newest -> endB' }));
    return run;
  };

  test('is the latest version at the moment of the call', () => {
    const run = two({});
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'newest']);
  });

  test('is that of the file of the caller', () => {
    const run = two({ binding: 'bindingType="deployment"' });
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'ownFile']);
  });

  test('is the latest with a version tag', () => {
    const run = two({ binding: 'bindingType="versionTag" versionTag="spring"' });
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'ownFile']);
  });

  test('is a fixed version', () => {
    const run = new Scenario(
      model('start -> call -> end', { call: { tag: 'callActivity', attributes: { calledElement: 'child:2' } } }),
    );
    run.deploy(file({ id: 'child', arrows: 'startA -> two -> endA' }));
    run.deploy(file({ id: 'child', arrows: 'startB -> three -> endB' }));
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'two']);
  });

  test('is what an expression says', () => {
    const run = two({}, '="ch" + kind');
    run.start({ kind: 'ild' });
    expect(run.waitsAt()).toEqual(['call', 'newest']);
  });

  test('of an expression that is no text is an incident', () => {
    const run = two({}, '=kind');
    run.start({ kind: [] });
    expect(run.incidents()).toEqual([
      'call ENTER EXPRESSION_FAILED: the called process "kind" must be text that is not empty, but is []',
    ]);
  });

  test('that is not deployed is an incident, and can be resolved when it is', () => {
    const run = new Scenario(model('start -> call -> end', { call: callOf('child') }));
    run.start();
    expect(run.incidents()).toEqual(['call ENTER CALLED_PROCESS_NOT_FOUND: process "child" is not deployed']);
    run.deploy(file({ id: 'child', arrows: child }));
    run.resolve();
    expect(run.waitsAt()).toEqual(['call', 'pick']);
  });

  test('of a disabled process is an incident, and can be resolved when that is enabled', () => {
    const run = calling();
    run.disabled.add('child');
    run.start();
    expect(run.incidents()).toEqual(['call ENTER PROCESS_DISABLED: process "child" is disabled']);
    run.disabled.clear();
    run.resolve();
    expect(run.waitsAt()).toEqual(['call', 'pick']);
  });

  test('of another tenant is not there', () => {
    const run = new Scenario(model('start -> call -> end', { call: callOf('child') }));
    run.deploy(file({ id: 'child', arrows: child }), 'other');
    run.start();
    expect(run.incidents()).toEqual(['call ENTER CALLED_PROCESS_NOT_FOUND: process "child" is not deployed']);
  });
});

describe('a process that calls itself', () => {
  test('is stopped by an incident when calls are nested too deeply', () => {
    const run = new Scenario(model('start -> again -> end', { again: callOf('p') }));
    run.start();
    expect(run.world.all('processInstance')).toHaveLength(101);
    expect(run.incidents()).toEqual([
      'again ENTER CALL_DEPTH_LIMIT: 100 calls are nested: a process that calls itself?',
    ]);
  });

  test('may do so as long as it comes to an end', () => {
    const arrows = 'start -> count -> choose -[n < 20]-> again -> merge -> end; choose -[default]-> merge';
    const run = new Scenario(model(arrows, { count: script('n', 'n + 1'), again: callOf('p') }));
    run.start({ n: 0 });
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toMatchObject({ n: 20 });
    expect(run.world.all('processInstance')).toHaveLength(20);
  });
});

describe('what goes in', () => {
  test('is all that the call activity sees, of equal names the innermost', () => {
    const inner = { call: callOf('child', { inputs: { x: '=x + 1' } }) };
    const run = new Scenario(
      model('start -> sub -> end', { sub: subProcess('startS -> call -> endS', inner, { inputs: { y: '=x' } }) }),
    );
    run.deploy(file({ id: 'child', arrows: child }));
    run.start({ x: 1, z: 'out' });
    expect(run.variables('child')).toEqual({ x: 2, y: 1, z: 'out' });
    expect(JSON.parse(called(run).startVariables ?? '[]')).toHaveLength(3);
  });

  test('is only what inputs make, when not all goes in', () => {
    const run = calling({ allIn: false, inputs: { a: '=order' } });
    run.start({ order: 7 });
    expect(run.variables('child')).toEqual({ a: 7 });
  });

  test('is a copy: what the called process changes is its own', () => {
    const run = calling({ allOut: false });
    run.start({ x: 1 });
    run.complete('pick', { x: 2 });
    expect(run.variables()).toEqual({ x: 1 });
  });

  test('does not let the called process see or set what is outside', () => {
    const run = calling({ allIn: false });
    run.start({ secret: 1 });
    const pick = run.living('pick');
    const refused = refusalOf(
      run.decide({
        type: 'setVariables',
        kind: 'elementInstance',
        scope: pick,
        variables: [{ name: 'secret', data: null, bpmnElementId: 'p' }],
        by: 'operator',
      }),
    );
    expect(refused.refused).toBe('VARIABLE_SCOPE_NOT_FOUND');
  });
});

describe('what comes out', () => {
  test('is all of it, where it exists already or else in the process', () => {
    const run = calling({ inputs: { x: '=1' } });
    run.start({ x: 0, y: 0 });
    run.complete('pick', { x: 5, fresh: true });
    expect(run.variables()).toEqual({ x: 5, y: 0, fresh: true });
  });

  test('is only what outputs say, where there are outputs', () => {
    const run = calling({ outputs: { total: '=amount * 2' } });
    run.start({ x: 0 });
    run.complete('pick', { amount: 4, x: 9 });
    expect(run.variables()).toEqual({ x: 0, total: 8 });
  });

  test('that can not be mapped is an incident of the call activity, and resolving maps again', () => {
    const run = calling({ outputs: { total: '=amount * factor' } });
    run.start();
    run.complete('pick', { amount: 4 });
    expect(called(run).state).toBe('COMPLETED');
    expect(run.incidents()[0]).toMatch(/^call LEAVE VARIABLE_MISSING/);
    run.resolve({ variables: { factor: 3 } });
    expect(run.variables()).toMatchObject({ total: 12 });
    expect(run.waitsAt()).toEqual(['after']);
  });
});

describe('a call activity that names no process', () => {
  const asking = (mappings = {}): Scenario => {
    const run = new Scenario(model('start -> call -> after -> end', { call: callByWorker(mappings) }));
    run.deploy(file({ id: 'child', arrows: child }));
    run.start({ x: 1 });
    return run;
  };
  const naming = (run: Scenario, decision: Partial<CalledProcessDecision> = {}): CompleteJob => ({
    ...run.completion('call'),
    completion: {
      ...{
        type: 'calledProcess',
        bpmnProcessId: 'child',
        version: null,
        correlationKey: null,
        tags: {},
        variables: [],
      },
      ...decision,
    },
  });

  test('asks a worker which process to call, and another one to take over its variables', () => {
    const run = asking();
    expect(run.openJob('call').type).toBe('CALL_PROCESS');
    run.run(naming(run, { correlationKey: 'key', tags: { a: 'b' }, variables: changesOf({ y: 2 }) }));
    expect(called(run)).toMatchObject({ correlationKey: 'key', tags: { a: 'b' }, contextId: null });
    expect(run.variables('child')).toEqual({ y: 2 });
    run.complete('pick', { z: 3 });
    expect(run.openJob('call').type).toBe('PASS_VARIABLES');
    run.complete('call', { result: 3 });
    expect(run.variables()).toEqual({ x: 1, result: 3 });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('maps what a worker passes, where it has outputs', () => {
    const run = asking({ outputs: { total: '=result * 2' } });
    run.run(naming(run));
    run.complete('pick');
    run.complete('call', { result: 4 });
    expect(run.variables()).toEqual({ x: 1, total: 8 });
  });

  test('can be given a version', () => {
    const run = asking();
    run.deploy(file({ id: 'child', arrows: 'startN -> newer -> endN' }));
    run.run(naming(run, { version: '2' }));
    expect(run.waitsAt()).toEqual(['call', 'pick']);
  });

  test('refuses an answer without a process, or with one that does not exist: the job stays locked', () => {
    const run = asking();
    const none = refusalOf(run.decide(run.completion('call')));
    expect(none).toMatchObject({ refused: 'DECISION_INVALID', field: 'completion.called_process' });
    const unknown = refusalOf(run.decide(naming(run, { bpmnProcessId: 'nobody' })));
    expect(unknown).toMatchObject({ refused: 'DECISION_INVALID', field: 'completion.called_process' });
    expect(unknown.message).toBe('call activity call can not call: process "nobody" is not deployed');
    expect(run.openJob('call').lock).not.toBeNull();
    expect(run.world.all('processInstance')).toHaveLength(1);
  });

  test('fails like any job', () => {
    const run = asking();
    run.fail('call', 'which one?');
    run.resolve();
    run.run(naming(run));
    expect(run.waitsAt()).toEqual(['call', 'pick']);
  });
});

describe('Camunda 7 forms', () => {
  const camunda = (extensions: string, attributes: Readonly<Record<string, string>> = {}) => {
    const call = { tag: 'callActivity', attributes: { calledElement: 'child', ...attributes }, extensions };
    const run = new Scenario(model('start -> call -> after -> end', { call }));
    run.deploy(file({ id: 'child', arrows: child }));
    return run;
  };

  test('without mappings nothing goes in or out', () => {
    const run = camunda('');
    run.start({ x: 1 });
    expect(run.variables('child')).toEqual({});
    run.complete('pick', { x: 2 });
    expect(run.variables()).toEqual({ x: 1 });
  });

  test('in and out name what passes', () => {
    const run = camunda(
      '<camunda:in source="x" target="a"/><camunda:in sourceExpression="x + 1" target="b"/>' +
        '<camunda:out source="result" target="answer"/>',
    );
    run.start({ x: 1 });
    expect(run.variables('child')).toEqual({ a: 1, b: 2 });
    run.complete('pick', { result: 42, other: 1 });
    expect(run.variables()).toEqual({ x: 1, answer: 42 });
  });

  test('all may pass, and more besides', () => {
    const run = camunda(
      '<camunda:in variables="all"/><camunda:in source="x" target="y"/><camunda:out variables="all"/>',
    );
    run.start({ x: 1 });
    expect(run.variables('child')).toEqual({ x: 1, y: 1 });
    run.complete('pick', { x: 5 });
    expect(run.variables()).toEqual({ x: 5, y: 1 });
  });

  test('the business key may pass', () => {
    const run = camunda('<camunda:in businessKey="#{execution.processBusinessKey}"/>');
    run.run({ ...startOf({}), correlationKey: 'order-1' });
    expect(called(run).correlationKey).toBe('order-1');
  });

  test('a version may be bound', () => {
    const run = camunda('', { 'camunda:calledElementBinding': 'version', 'camunda:calledElementVersion': '2' });
    run.deploy(file({ id: 'child', arrows: 'startN -> newer -> endN' }));
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'pick']);
  });
});

describe('an error or an escalation', () => {
  const chain = (thrown: ElementSpec, caught: ElementSpec): Scenario => {
    const arrows = 'start -> call -> after -> end; caught -> handle -> endC';
    const run = new Scenario(model(arrows, { call: callOf('child'), caught }));
    const deeper = { deeper: callOf('grandchild') };
    run.deploy(
      file({ id: 'child', arrows: 'startC -> forkC -> deeper -> endD; forkC -> beside -> endB', elements: deeper }),
    );
    run.deploy(file({ id: 'grandchild', arrows: 'startG -> dig -> thrown', elements: { thrown } }));
    run.start();
    return run;
  };

  test('thrown deep inside is caught at the call, and all that was called ends', () => {
    const run = chain(endWith(error('E1')), boundary('call', error('E1')));
    run.complete('dig');
    expect(run.waitsAt()).toEqual(['handle']);
    expect(run.world.all('processInstance').map(({ state }) => state)).toEqual(['STARTED', 'TERMINATED', 'TERMINATED']);
    expect(run.visits()).toEqual(expect.arrayContaining(['beside TERMINATED', 'call TERMINATED']));
    run.complete('handle');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that nobody catches out to the root is an incident where it was thrown', () => {
    const run = chain(endWith(error('E1')), boundary('call', error('E2')));
    run.complete('dig');
    expect(run.incidents()[0]).toMatch(/^thrown \w+ UNCAUGHT_ERROR/);
  });

  test('that does not interrupt lets what was called go on', () => {
    const run = chain(endWith(escalation('late')), boundary('call', escalation('late'), { interrupting: false }));
    run.complete('dig');
    expect(run.waitsAt()).toEqual(['beside', 'call', 'handle']);
  });
});

describe('an end from outside', () => {
  const forked = 'start -> fork -> call -> endA; fork -> stop -> terminate';

  function nested(): Scenario {
    const run = new Scenario(model(forked, { call: callOf('child') }));
    run.deploy(
      file({
        id: 'child',
        arrows: 'startC -> forkC -> deeper -> endC; forkC -> pick -> endP',
        elements: { deeper: callOf('grandchild') },
      }),
    );
    run.deploy(file({ id: 'grandchild', arrows: 'startG -> dig -> endG', elements: { dig: service() } }));
    run.start();
    return run;
  }

  test('reaches all that was called, and releases what it held', () => {
    const run = nested();
    run.fail('dig');
    run.complete('stop');
    const states = run.world.all('processInstance').map(({ state }) => state);
    expect(states).toEqual(['COMPLETED', 'TERMINATED', 'TERMINATED']);
    expect(run.visits()).toEqual(expect.arrayContaining(['dig TERMINATED', 'child TERMINATED', 'call TERMINATED']));
    expect(run.world.all('openJob')).toEqual([]);
    expect(run.openIncidents()).toEqual([]);
  });

  test('by a command cancels all that was called', () => {
    const run = nested();
    run.cancel('no longer needed');
    expect(run.world.all('processInstance').map(({ state }) => state)).toEqual(['CANCELED', 'CANCELED', 'CANCELED']);
    expect(run.world.all('openJob')).toEqual([]);
  });

  test('is refused for a called instance alone: its caller would wait for ever', () => {
    const run = nested();
    const { partition, id } = called(run);
    const refused = refusalOf(
      run.decide({ type: 'cancelProcessInstance', instance: { partition, id }, reason: null, by: 'operator' }),
    );
    expect(refused.refused).toBe('PROCESS_INSTANCE_IS_CALLED');
    expect(refused.metadata).toMatchObject({ root: `${partition}/${run.instance.id}` });
  });

  test('by a terminate end event of the called process ends that process alone', () => {
    const run = new Scenario(model('start -> call -> after -> end', { call: callOf('child') }));
    run.deploy(file({ id: 'child', arrows: 'startC -> forkC -> pick -> endC; forkC -> stop -> terminateC' }));
    run.start();
    run.complete('stop');
    expect(called(run).state).toBe('COMPLETED');
    expect(run.waitsAt()).toEqual(['after']);
  });
});

test('what a called process is given is listed by name, in whatever order the variables were loaded (I2)', () => {
  const run = new Scenario(
    file(
      { id: 'p', arrows: 'start -> work -> call -> end', elements: { call: callOf('q') } },
      { id: 'q', arrows: 'start-q -> inner -> end-q' },
    ),
  );
  run.start({ b: 2, c: 3, a: 1 });
  run.complete('work', { d: 4 });
  const called = run.world.all('processInstance').find(({ parentId }) => parentId !== null);
  expect(JSON.parse(called?.startVariables ?? '[]').map(({ name }: { name: string }) => name)).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});
