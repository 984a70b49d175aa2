import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserTaskChange, UserTaskOutcome } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import type { Caller } from '../../src/engine/face.js';
import { WATCH_PAGE, WATCH_QUEUE } from '../../src/engine/limits.js';
import type { UserTaskFilter, UserTaskView } from '../../src/engine/reader.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, start, type TestEngine } from '../support/engine.js';
import { approval, TestWatch } from '../support/user-tasks.js';

// Work for people, on a database.

let database: FreshDatabase;
let here: TestEngine;
beforeAll(async () => {
  database = await freshDatabase();
  here = await openEngine(database.settings, {}, () => undefined);
  await deploy(here, approval('approval', { assignment: { candidateGroups: '= groups' }, priority: '= priority' }));
});
afterAll(async () => {
  await here.stop();
  await database.drop();
});

/** A group of its own keeps a test's user tasks apart from those of others. */
async function begun(group: string, priority = 0): Promise<UserTaskView> {
  const instance = await start(here, 'approval', { groups: [group], priority });
  const [userTask] = await list({ processInstanceId: instance.id });
  if (userTask === undefined) throw new Error('no user task');
  return userTask;
}

async function list(filter: Partial<UserTaskFilter>, size = 100): Promise<readonly UserTaskView[]> {
  const found: UserTaskView[] = [];
  for (let token = ''; ; ) {
    const page = await here.engine.reader.userTasks({ tenantIds: [''], ...filter }, { size, token, offset: 0 });
    if (isRefusal(page)) throw new Error(page.message);
    found.push(...page.results);
    if (page.nextToken === '') return found;
    token = page.nextToken;
  }
}

interface Update {
  readonly change?: UserTaskChange;
  readonly outcome?: UserTaskOutcome;
}

function update({ row }: UserTaskView, { change = {}, outcome }: Update, caller: Caller = CALLER) {
  const { partition, id, revision } = row;
  return here.engine.submit(
    {
      type: 'updateUserTask',
      userTask: { partition, id },
      outcome: outcome ?? null,
      ...{ revision, change, variables: [], processVariables: [], elementVariables: [], by: 'test' },
    },
    caller,
  );
}

const COMPLETION = { outcome: { type: 'COMPLETION' } } as const;

const claim = ({ partition, id }: Ref, assignee: string) =>
  here.engine.submit({ type: 'claimUserTask', userTask: { partition, id }, assignee, by: assignee }, CALLER);

describe('a user task', () => {
  test('is claimed, changed and completed, and its instance ends', async () => {
    const made = await begun(randomUUID(), 7);
    expect(made.row).toMatchObject({ state: 'STARTED', revision: 1, assignee: null, priority: 7 });
    await claim(made.row, 'ada');
    const [claimed] = await list({ id: made.row.id, states: ['STARTED'] });
    if (claimed === undefined) throw new Error('it is not open');
    expect(claimed.row).toMatchObject({ assignee: 'ada', revision: 2 });
    await update(claimed, { ...COMPLETION, change: { tags: { colour: 'red' } } });
    expect(await list({ id: made.row.id, states: ['STARTED'] })).toEqual([]);
    const [ended] = await list({ id: made.row.id });
    expect(ended?.row).toMatchObject({ state: 'COMPLETED', revision: 3, tags: { colour: 'red' }, endedBy: 'test' });
    const { partition, processInstanceId: id } = made.row;
    expect((await here.engine.reader.processInstance({ partition, id }, ['']))?.row.state).toBe('COMPLETED');
  });

  test('I4: of many claims at once one wins', async () => {
    const made = await begun(randomUUID());
    const people = Array.from({ length: 20 }, (_, i) => `person-${i}`);
    const answers = await Promise.all(people.map((person) => claim(made.row, person)));
    expect(answers.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect(answers.filter((answer) => isRefusal(answer) && answer.refused === 'USER_TASK_CLAIMED')).toHaveLength(19);
  });

  test('I4: of many changes at once on one revision one wins', async () => {
    const made = await begun(randomUUID());
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, priority) => update(made, { change: { priority } })),
    );
    expect(answers.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect((await list({ id: made.row.id }))[0]?.row.revision).toBe(2);
  });

  test('a repeated request is done once, and gets its answer again', async () => {
    const made = await begun(randomUUID());
    const caller = { ...CALLER, request: { rpc: 'UpdateUserTask', requestId: randomUUID(), hash: 'h' } };
    const answers = [
      await update(made, { change: { priority: 5 } }, caller),
      await update(made, { change: { priority: 5 } }, caller),
    ];
    expect(answers[1]).toEqual(answers[0]);
    expect((await list({ id: made.row.id }))[0]?.row).toMatchObject({ priority: 5, revision: 2 });
  });

  test('I14: is canceled with its instance, also when nothing of the tree is in memory', async () => {
    const other = await openEngine(database.settings).catch(() => null);
    const made = await begun(randomUUID());
    const { partition, processInstanceId: id } = made.row;
    const command = { type: 'cancelProcessInstance', instance: { partition, id }, reason: null, by: 'test' } as const;
    await (other ?? here).engine.submit(command, CALLER);
    expect((await list({ id: made.row.id }))[0]?.row).toMatchObject({ state: 'CANCELED', revision: 2 });
    expect(await update(made, COMPLETION)).toMatchObject({ refused: 'USER_TASK_ENDED' });
    expect(await list({ id: made.row.id, states: ['STARTED'] })).toEqual([]);
  });
});

describe('a list', () => {
  test('has pages in a stable order, open or not, while others end', async () => {
    const group = randomUUID();
    const made: UserTaskView[] = [];
    for (let i = 0; i < 7; i++) made.push(await begun(group, i));
    const ids = made.map(({ row }) => row.id).sort((one, other) => one - other);
    const filter = { candidateGroups: [group] };
    expect((await list({ ...filter, states: ['STARTED'] }, 2)).map(({ row }) => row.id)).toEqual(ids);
    expect((await list(filter, 3)).map(({ row }) => row.id)).toEqual(ids);
    const [first] = made;
    if (first !== undefined) await update(first, COMPLETION);
    expect(await list({ ...filter, states: ['STARTED'] })).toHaveLength(6);
    expect(await list({ ...filter, states: ['COMPLETED'] })).toHaveLength(1);
    expect((await list({ ...filter, states: ['STARTED'], minPriority: 5 })).map(({ row }) => row.priority)).toEqual([
      5, 6,
    ]);
  });

  test('finds by people, dates, tags and names, and never of another tenant', async () => {
    const group = randomUUID();
    const made = await begun(group);
    const change = {
      assignee: group,
      candidateUsers: ['bob'],
      dueAt: 1_000,
      followUpAt: 2_000,
      tags: { [group]: 'x' },
    };
    await update(made, { change });
    const found = async (filter: Partial<UserTaskFilter>) => {
      const both = [await list(filter), await list({ ...filter, states: ['STARTED'] })];
      return both.map((views) => views.filter(({ row }) => row.id === made.row.id).length).join(' ');
    };
    expect(await found({ assignee: group })).toBe('1 1');
    expect(await found({ assignee: null })).toBe('0 0');
    expect(await found({ assignee: group, candidateUser: 'bob' })).toBe('1 1');
    expect(await found({ candidateUser: 'nobody', candidateGroups: ['other', group] })).toBe('1 1');
    expect(await found({ candidateUser: 'nobody', candidateGroups: ['other'] })).toBe('0 0');
    expect(await found({ assignee: group, dueBefore: 1_001, followUpBefore: 2_001 })).toBe('1 1');
    expect(await found({ assignee: group, dueBefore: 1_000 })).toBe('0 0');
    expect(await found({ tags: [{ name: group, value: 'x' }] })).toBe('1 1');
    expect(await found({ tags: [{ name: group, value: null }], bpmnProcessId: 'approval' })).toBe('1 1');
    expect(await found({ assignee: group, bpmnElementId: 'other' })).toBe('0 0');
    expect(await found({ assignee: group, tenantIds: ['other'] })).toBe('0 0');
    expect(await found({ partition: '2000-01-01', assignee: group })).toBe('0 0');
    const { elementInstanceId, processInstanceId, partition } = made.row;
    expect(await found({ elementInstanceId, processInstanceId, partition })).toBe('1 1');
  });
});

describe('a watch', () => {
  test('tells what is made, changed and ended from now on', async () => {
    const group = randomUUID();
    const watch = await TestWatch.open(here, { candidateGroups: [group] });
    const made = await begun(group);
    await watch.until(() => watch.told.length === 1);
    await claim(made.row, 'ada');
    await watch.until(() => watch.told.length === 2);
    const [claimed] = await list({ id: made.row.id });
    if (claimed !== undefined) await update(claimed, COMPLETION);
    await watch.until(() => watch.told.length === 3);
    expect(watch.lines).toEqual(['STARTED nobody 1', 'STARTED ada 2', 'COMPLETED ada 3']);
  });

  test('goes on from its cursor, and misses nothing', async () => {
    const group = randomUUID();
    const watch = await TestWatch.open(here, { candidateGroups: [group] });
    await begun(group);
    await watch.until(() => watch.told.length === 1);
    const { cursor } = watch;
    watch.close();
    await begun(group, 1);
    await begun(group, 2);
    const again = await TestWatch.open(here, { candidateGroups: [group] }, cursor);
    await again.until(() => again.told.length === 2);
    await begun(group, 3);
    await again.until(() => again.told.length === 3);
    expect(again.told.map(({ row }) => row.priority)).toEqual([1, 2, 3]);
  });

  test('tells who watches their own work that something of it went to somebody else', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    const made = await begun(randomUUID());
    const ofAda = await TestWatch.open(here, { assignee: ada });
    const ofBob = await TestWatch.open(here, { assignee: bob });
    await update(made, { change: { assignee: ada } });
    await ofAda.until(() => ofAda.told.length === 1);
    const [now] = await list({ id: made.row.id });
    if (now !== undefined) await update(now, { change: { assignee: bob } });
    await ofAda.until(() => ofAda.told.length === 2);
    await ofBob.until(() => ofBob.told.length === 1);
    expect(ofAda.lines).toEqual([`STARTED ${ada} 2`, `STARTED ${bob} 3`]);
    expect(ofBob.lines).toEqual([`STARTED ${bob} 3`]);
  });

  test('tells of each of many that are made at once', async () => {
    const group = randomUUID();
    const watch = await TestWatch.open(here, { candidateGroups: [group] });
    await Promise.all(Array.from({ length: 40 }, () => start(here, 'approval', { groups: [group], priority: 0 })));
    await watch.until(() => new Set(watch.told.map(({ row }) => row.id)).size === 40);
  });

  test('of a broken cursor, or one of another database, is refused', async () => {
    const broken = await here.engine.watchUserTasks({ tenantIds: [''] }, 'nonsense');
    expect(broken).toMatchObject({ refused: 'PAGE_TOKEN_INVALID', field: 'cursor' });
    const elsewhere = Buffer.from(JSON.stringify([randomUUID(), '1', 0, Date.now()])).toString('base64url');
    const watch = await TestWatch.open(here, {}, elsewhere);
    await expect(watch.until(() => false)).rejects.toThrow('PAGE_TOKEN_INVALID');
  });

  test('I8: of a reader that does not come keeps no more than its limit, and tells all of it all the same', async () => {
    const group = randomUUID();
    const slow = await TestWatch.open(here, { candidateGroups: [group] });
    const quick = await TestWatch.open(here, { candidateGroups: [group] });
    const count = WATCH_QUEUE + 100;
    await Promise.all(Array.from({ length: count }, () => start(here, 'approval', { groups: [group], priority: 0 })));
    await quick.until(() => quick.told.length === count);
    const first = await slow.watcher.next(1_000, new AbortController().signal);
    if ('refused' in first) throw new Error(first.message);
    // A page that it has read for itself: what waited for it was more than its limit.
    expect(first.userTasks).toHaveLength(WATCH_PAGE);
    slow.told.push(...first.userTasks);
    await slow.until(() => slow.told.length === count);
    expect(new Set(slow.told.map(({ row }) => row.id)).size).toBe(count);
  });
});
