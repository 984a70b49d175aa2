// Commands on instances: start, cancel, variables, incidents; tenants; and that what is refused leaves no trace (I4, I6).
import { describe, expect, test } from 'vitest';
import type { Command, CreateProcessInstance } from '../../src/core/command.js';
import { decide } from '../../src/core/decide.js';
import { WorkingSet } from '../../src/core/working-set.js';
import { refusalOf, Scenario } from '../support/scenario.js';
import { changesOf } from '../support/scenario-executing.js';
import { model, service, subProcess } from '../support/scenario-model.js';

const simple = model('start -> pick -> end');

const create: CreateProcessInstance = {
  type: 'createProcessInstance',
  process: { bpmnProcessId: 'p', version: null },
  tenantId: '',
  correlationKey: 'order-1',
  tags: { team: 'a' },
  contextType: 'order',
  contextId: '1',
  traceParent: '00-1-2-01',
  variables: changesOf({ x: 1 }),
  by: 'tester',
};

describe('starting', () => {
  test('keeps all that the caller says, and the variables that it started with (I11)', () => {
    const run = new Scenario(simple);
    const { instance } = run.run(create);
    expect(run.world.rows.processInstance.get(instance.id)).toMatchObject({
      state: 'STARTED',
      correlationKey: 'order-1',
      tags: { team: 'a' },
      contextType: 'order',
      contextId: '1',
      traceParent: '00-1-2-01',
      startVariables: '[{"name":"x","encoding":"json","value":"1","encrypted":false}]',
      createdBy: 'tester',
      changeNumber: 1,
    });
  });

  test.each([
    [{ processId: 9 }, '', 'process 9 does not exist'],
    [{ bpmnProcessId: 'q', version: null }, '', 'no version of process "q" is deployed'],
    [{ bpmnProcessId: 'q', version: '2' }, '', 'no version "2" of process "q" is deployed'],
    [{ bpmnProcessId: 'q', version: null }, 'blue', 'no version of process "q" is deployed for tenant "blue"'],
  ])('a process %j of tenant "%s" that does not exist is refused', (process, tenantId, message) => {
    const run = new Scenario(simple);
    run.processes.clear();
    expect(refusalOf(run.decide({ ...create, process, tenantId }))).toMatchObject({
      refused: 'PROCESS_NOT_FOUND',
      message,
    });
    expect(run.log()).toEqual([]);
  });

  test('a process that is disabled is refused', () => {
    const run = new Scenario(simple);
    run.disabled.add('p');
    expect(refusalOf(run.decide(create))).toMatchObject({
      refused: 'PROCESS_DISABLED',
      message: 'process "p" is disabled: no new instances may start',
      metadata: { bpmnProcessId: 'p', version: '1' },
    });
    expect(run.log()).toEqual([]);
  });
});

describe('canceling', () => {
  test('ends everything that lives in the instance, with the reason', () => {
    const inner = subProcess('start1 -> fork1 -> x -> join1 -> end1; fork1 -> y -> join1');
    const run = new Scenario(model('start -> fork -> sub -> end; fork -> a -> end', { sub: inner }));
    run.start();
    run.complete('x');
    run.fail('a', 'later', { retryLimit: 1, retryTimer: 'PT1H' });
    run.cancel('not wanted any more');
    expect(run.log()).toMatchInlineSnapshot(`
      [
        "= instance CANCELED",
        "= element p CANCELED",
        "= element sub CANCELED",
        "= element a CANCELED",
        "= element y CANCELED",
        "= token x_join1 withdrawn",
        "= job y CANCELED 0/0",
        "= job a CANCELED 1/0",
        "- open job y",
        "- task ACTIVATE_JOB a",
      ]
    `);
    expect(run.world.rows.processInstance.get(run.instance.id)).toMatchObject({
      state: 'CANCELED',
      endedBy: 'operator',
      endReason: 'not wanted any more',
    });
  });

  test('resolves open incidents', () => {
    const run = new Scenario(simple);
    run.start();
    run.fail('pick');
    run.cancel();
    expect(run.openIncidents()).toEqual([]);
  });

  test('an instance that has ended is refused', () => {
    const run = new Scenario(simple);
    run.start();
    run.cancel();
    const id = `2026-11-23/${run.instance.id}`;
    expect(
      refusalOf(run.decide({ type: 'cancelProcessInstance', instance: run.instance, reason: null, by: 'x' })),
    ).toEqual({
      refused: 'PROCESS_INSTANCE_ENDED',
      message: `process instance ${id} has ended: CANCELED`,
      metadata: { processInstance: id, state: 'CANCELED' },
    });
  });

  test('an instance that does not exist is refused', () => {
    const run = new Scenario(simple);
    const instance = { partition: '2026-11-23', id: 3 };
    expect(refusalOf(run.decide({ type: 'cancelProcessInstance', instance, reason: null, by: 'x' }))).toEqual({
      refused: 'PROCESS_INSTANCE_NOT_FOUND',
      message: 'process instance 2026-11-23/3 does not exist',
      metadata: { processInstance: '2026-11-23/3' },
    });
  });
});

describe('setting variables', () => {
  const nested = model('start -> sub -> end', { sub: subProcess('start1 -> pick -> end1', { pick: service() }) });

  test('of a process instance sets its own', () => {
    const run = new Scenario(nested);
    run.start({ a: 1, b: 2 });
    run.setVariables({ a: 5, b: undefined, c: 6 });
    expect(run.variables()).toEqual({ a: 5, c: 6 });
    expect(run.log()).toEqual(['+ variable p.c 6', '= variable p.a 5', '= variable p.b deleted']);
  });

  test('of an element instance sets its own, whatever lies outside', () => {
    const run = new Scenario(nested);
    run.start({ a: 1 });
    run.setVariables({ a: 2 }, 'pick');
    expect(run.variables('pick')).toEqual({ a: 2 });
    expect(run.variables()).toEqual({ a: 1 });
  });

  test('can name a scope around the element instance', () => {
    const run = new Scenario(nested);
    run.start();
    const variables = [...changesOf({ a: 2 })].map((change) => ({ ...change, bpmnElementId: 'sub' }));
    run.run({ type: 'setVariables', kind: 'elementInstance', scope: run.living('pick'), variables, by: 'x' });
    expect(run.variables('sub')).toEqual({ a: 2 });
  });

  test('a scope that is not around it is refused, and the others are not set', () => {
    const run = new Scenario(nested);
    run.start();
    const scope = run.living('pick');
    const variables = [
      { ...changesOf({ a: 1 })[0], bpmnElementId: null },
      { ...changesOf({ b: 1 })[0], bpmnElementId: 'other' },
    ].map(({ name = '', data = null, bpmnElementId }) => ({ name, data, bpmnElementId }));
    expect(refusalOf(run.decide({ type: 'setVariables', kind: 'elementInstance', scope, variables, by: 'x' }))).toEqual(
      {
        refused: 'VARIABLE_SCOPE_NOT_FOUND',
        message: `"other" is not a scope of element instance 2026-11-23/${scope.id}; its scopes are pick, sub, p`,
        metadata: { bpmnElementId: 'other', scopes: 'pick sub p' },
      },
    );
    expect(run.variables('pick')).toEqual({});
  });

  test('a scope of a completion that is not around it is refused, and the job stays held', () => {
    const run = new Scenario(nested);
    run.start();
    const refusal = refusalOf(
      run.decide(run.completion('pick', { elementVariables: { p: { a: 1 }, start1: { b: 1 } } })),
    );
    expect(refusal.refused).toBe('VARIABLE_SCOPE_NOT_FOUND');
    expect(run.variables()).toEqual({});
    expect(run.openJob('pick').lock).not.toBeNull();
  });

  test.each([
    ['processInstance', 'PROCESS_INSTANCE_ENDED', 'process instance', 'processInstance'],
    ['elementInstance', 'ELEMENT_INSTANCE_ENDED', 'element instance', 'elementInstance'],
  ] as const)('of a %s that has ended is refused', (kind, refused, words, key) => {
    const run = new Scenario(simple);
    run.start();
    const scope = kind === 'processInstance' ? run.instance : run.living('pick');
    run.complete('pick');
    const id = `2026-11-23/${scope.id}`;
    expect(refusalOf(run.decide({ type: 'setVariables', kind, scope, variables: [], by: 'x' }))).toEqual({
      refused,
      message: `${words} ${id} has ended: COMPLETED`,
      metadata: { [key]: id, state: 'COMPLETED' },
    });
  });

  test.each([
    ['processInstance', 'PROCESS_INSTANCE_NOT_FOUND', 'process instance 2026-11-23/3 does not exist'],
    ['elementInstance', 'ELEMENT_INSTANCE_NOT_FOUND', 'element instance 2026-11-23/3 does not exist'],
  ] as const)('of a %s that does not exist is refused', (kind, refused, message) => {
    const run = new Scenario(simple);
    const scope = { partition: '2026-11-23', id: 3 };
    expect(refusalOf(run.decide({ type: 'setVariables', kind, scope, variables: [], by: 'x' }))).toMatchObject({
      refused,
      message,
    });
  });
});

describe('resolving', () => {
  const resolve = (id: number): Command => ({
    type: 'resolveIncident',
    incident: { partition: '2026-11-23', id },
    retryTimer: null,
    retryLimit: null,
    variables: [],
    by: 'x',
  });

  test('an incident that does not exist is refused', () => {
    const run = new Scenario(simple);
    expect(refusalOf(run.decide(resolve(3)))).toEqual({
      refused: 'INCIDENT_NOT_FOUND',
      message: 'incident 2026-11-23/3 does not exist',
      metadata: { incident: '2026-11-23/3' },
    });
  });

  test('an incident twice is refused', () => {
    const run = new Scenario(simple);
    run.start();
    run.fail('pick');
    const id = run.openIncidents()[0]?.id ?? 0;
    run.run(resolve(id));
    expect(refusalOf(run.decide(resolve(id)))).toEqual({
      refused: 'INCIDENT_RESOLVED',
      message: `incident 2026-11-23/${id} is resolved already`,
      metadata: { incident: `2026-11-23/${id}` },
    });
  });

  test('can give the retry a limit of its own', () => {
    const run = new Scenario(simple);
    run.start();
    run.fail('pick');
    run.run({ ...resolve(run.openIncidents()[0]?.id ?? 0), retryLimit: 4 } as Command);
    expect(run.world.all('job').at(-1)).toMatchObject({ retryCount: 0, retryLimit: 4 });
  });
});

describe('tenants', () => {
  test('rows of another tenant do not exist for the caller, and nothing says otherwise', () => {
    const run = new Scenario(simple, 'blue');
    run.start();
    const outcome = run.failure('pick');
    run.fail('pick');
    const incident = run.openIncidents()[0];
    const { instance } = run;
    run.tenantIds = ['red'];
    const at = ({ partition, id }: { partition: string; id: number }) => ({ partition, id });
    const commands: readonly Command[] = [
      create,
      { type: 'cancelProcessInstance', instance, reason: null, by: 'x' },
      { type: 'setVariables', kind: 'processInstance', scope: instance, variables: [], by: 'x' },
      { type: 'setVariables', kind: 'elementInstance', scope: instance, variables: [], by: 'x' },
      outcome,
      {
        type: 'resolveIncident',
        incident: at(incident ?? instance),
        retryTimer: null,
        retryLimit: null,
        variables: [],
        by: 'x',
      },
    ];
    expect(commands.map((command) => refusalOf(run.decide(command)).refused)).toEqual([
      'PROCESS_NOT_FOUND',
      'PROCESS_INSTANCE_NOT_FOUND',
      'PROCESS_INSTANCE_NOT_FOUND',
      'ELEMENT_INSTANCE_NOT_FOUND',
      'JOB_NOT_FOUND',
      'INCIDENT_NOT_FOUND',
    ]);
    run.tenantIds = ['red', 'blue'];
    run.resolve();
    expect(run.waitsAt()).toEqual(['pick']);
  });
});

describe('a decision that does not happen', () => {
  test('leaves what its neighbours in the group did as it was (I4)', () => {
    const run = new Scenario(model('start -> fork -> a -> end; fork -> b -> end'));
    run.start();
    const good = run.completion('a', { variables: { x: 1 } });
    const bad = { ...run.completion('b', { variables: { x: 2 } }), lockToken: 'another' };
    expect(run.group([good, bad])).toMatchObject([{ state: 'DONE' }, { refused: 'LOCK_TOKEN_MISMATCH' }]);
    expect(run.variables()).toEqual({ x: 1 });
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('sees what those before it in the group did', () => {
    const run = new Scenario(model('start -> fork -> a -> join -> end; fork -> b -> join'));
    run.start();
    run.group([run.completion('a'), run.completion('b')]);
    expect(run.state()).toBe('COMPLETED');
  });

  test('because of a bug leaves no trace either, and the bug is thrown to the caller (I6)', () => {
    const run = new Scenario(model('start -> pick -> after -> end'));
    run.start();
    const set = new WorkingSet();
    const command = run.completion('pick', { variables: { x: 1 } });
    set.load(run.world.loadFor(command));
    const facts = run.facts();
    const broken = {
      ...facts,
      newId: () => {
        throw new Error('no ids');
      },
    };
    const before = set.changes();
    expect(() => decide({ set, facts: broken, tenantIds: null }, command)).toThrow('no ids');
    expect(set.changes()).toEqual(before);
    expect(decide({ set, facts, tenantIds: null }, command)).toMatchObject({ state: 'DONE' });
  });

  test('because it needs the tree leaves no trace (I4)', () => {
    const run = new Scenario(model('start -> fork -> a -> end; fork -> b -> terminate'));
    run.start();
    const set = new WorkingSet();
    const command = run.completion('b', { variables: { x: 1 } });
    set.load(run.world.loadFor(command));
    const before = set.changes();
    expect(decide({ set, facts: run.facts(), tenantIds: null }, command)).toEqual({ needs: 'tree' });
    expect(set.changes()).toEqual(before);
  });

  test('same state, command and facts give the same changes (I2)', () => {
    const decided = () => {
      const run = new Scenario(model('start -> fork -> a -> join -> end; fork -> b -> join'));
      run.start({ x: 1 });
      run.complete('b');
      return JSON.stringify(run.world.all('elementInstance'));
    };
    expect(decided()).toBe(decided());
  });
});
