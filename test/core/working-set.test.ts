// What a group has in memory: rows, their indexes, what is to be flushed, and writes that are taken back (I4).
import { describe, expect, test } from 'vitest';
import type { Variable } from '../../src/core/state.js';
import { WorkingSet } from '../../src/core/working-set.js';
import { Scenario } from '../support/scenario.js';
import { model } from '../support/scenario-model.js';

function variable(name: string, value: string): Variable {
  const run = { rootId: 1, processInstanceId: 1, scopeId: 1, partition: '2026-11-23' };
  const times = { createdAt: 0, createdBy: 'x', updatedAt: 0, updatedBy: 'x', changeNumber: 1 };
  return { ...run, ...times, name, data: { encoding: 'json', value, encrypted: false } };
}

/** As a command finds it: one open job of one element, loaded. */
function loaded() {
  const run = new Scenario(model('start -> pick -> end'));
  run.start();
  const set = new WorkingSet();
  set.load(run.world.loadFor(run.completion('pick')));
  const openJob = run.openJob('pick');
  const openJobs = () => [...set.openJobsOf(openJob.elementInstanceId)];
  // The index is made when it is first asked for: from now on it has to keep up.
  expect(openJobs()).toEqual([openJob]);
  return { set, openJob, openJobs };
}

describe('removing', () => {
  test('a removed row is not found, neither by its id nor by what it hangs on', () => {
    const { set, openJob, openJobs } = loaded();
    set.remove('openJob', openJob);
    expect(set.get('openJob', openJob.id)).toBeUndefined();
    expect(openJobs()).toEqual([]);
    expect(set.changes().openJob).toEqual({ born: [], changed: [], gone: [openJob] });
  });

  test('taken back, the row is found in both ways again', () => {
    const { set, openJob, openJobs } = loaded();
    set.remove('openJob', openJob);
    set.undo();
    expect(set.get('openJob', openJob.id)).toBe(openJob);
    expect(openJobs()).toEqual([openJob]);
    expect(set.changes().openJob).toEqual({ born: [], changed: [], gone: [] });
  });

  test('a row that was born in this group leaves nothing to flush', () => {
    const { set, openJob } = loaded();
    const other = { ...openJob, id: 99 };
    set.put('openJob', other);
    set.remove('openJob', other);
    expect(set.changes().openJob).toEqual({ born: [], changed: [], gone: [] });
  });

  test('what was not loaded can not go', () => {
    const { openJob } = loaded();
    expect(() => new WorkingSet().remove('openJob', openJob)).toThrow(`row ${openJob.id} is not loaded`);
  });
});

describe('changing', () => {
  test('many changes of a row are one, from what is stored to what is now', () => {
    const { set, openJob } = loaded();
    set.put('openJob', { ...openJob, priority: 1 });
    set.accept();
    set.put('openJob', { ...openJob, priority: 2 });
    expect(set.changes().openJob.changed).toEqual([{ before: openJob, after: { ...openJob, priority: 2 } }]);
  });

  test('taken back, it is as after the last command that was accepted, in both ways', () => {
    const { set, openJob, openJobs } = loaded();
    const accepted = { ...openJob, priority: 1 };
    set.put('openJob', accepted);
    set.accept();
    set.put('openJob', { ...openJob, priority: 2 });
    set.undo();
    expect(set.get('openJob', openJob.id)).toBe(accepted);
    expect(openJobs()).toEqual([accepted]);
  });

  test('a born row that is taken back was never there', () => {
    const set = new WorkingSet();
    set.put('variable', variable('a', '1'));
    set.put('variable', variable('a', '2'));
    set.undo();
    expect(set.variable(1, 'a')).toBeUndefined();
    expect([...set.variablesOf(1)]).toEqual([]);
    expect(set.changes().variable.born).toEqual([]);
  });

  test('a savepoint takes back what came after it, and nothing else', () => {
    const set = new WorkingSet();
    set.put('variable', variable('a', '1'));
    expect([...set.variablesOf(1)]).toEqual([variable('a', '1')]);
    const undo = set.savepoint();
    set.put('variable', variable('a', '2'));
    set.put('variable', variable('b', '3'));
    undo();
    expect([...set.variablesOf(1)]).toEqual([variable('a', '1')]);
  });
});

test('a row that is loaded again keeps what the group has made of it', () => {
  const { set, openJob, openJobs } = loaded();
  const changed = { ...openJob, priority: 7 };
  set.put('openJob', changed);
  const none = {
    processInstances: [],
    elementInstances: [],
    arrivals: [],
    variables: [],
    jobs: [],
    incidents: [],
    tasks: [],
    userTasks: [],
  };
  set.load({ ...none, openJobs: [openJob] });
  expect(set.get('openJob', openJob.id)).toBe(changed);
  expect(openJobs()).toEqual([changed]);
});
