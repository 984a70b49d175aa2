// The commands of people's work, against a running server, with the model that docs/user-tasks.md shows.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';
import { baton, type RunningBaton, serve } from './support.js';

const folder = temporaryFolder('baton-cli-user-tasks-');
const page = readFileSync(new URL('../../docs/user-tasks.md', import.meta.url), 'utf8');

let database: FreshDatabase;
let server: RunningBaton;

const run = (...args: readonly string[]) => baton(...args, '--address', server.address);

/** What a command prints; one that fails is a failed test. */
async function said(...args: readonly string[]): Promise<string> {
  const { code, out, error } = await run(...args);
  if (code !== 0) throw new Error(`baton ${args.join(' ')}: ${error}`);
  return out;
}

const json = async (...args: readonly string[]) => JSON.parse(await said(...args, '--json'));

/** Around the user task of the page. */
function model(): string {
  const [, userTask = ''] = /```xml\n([\s\S]*?)```/.exec(page) ?? [];
  return `<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="test">
  <bpmn:process id="approval" isExecutable="true">
    <bpmn:startEvent id="start"/>
    <bpmn:sequenceFlow id="to-approve" sourceRef="start" targetRef="approve"/>
    ${userTask}
    <bpmn:sequenceFlow id="to-end" sourceRef="approve" targetRef="end"/>
    <bpmn:endEvent id="end"/>
  </bpmn:process>
</bpmn:definitions>`;
}

/** The key of the user task of a new instance, and that of the instance. */
async function begun(owner: string | null): Promise<{ readonly key: string; readonly instance: string }> {
  const instance = (await said('start', 'approval', '--variables', JSON.stringify({ order: { owner } }))).trim();
  const [userTask] = await json('user-tasks', '--instance', instance);
  return { key: userTask.key, instance };
}

beforeAll(async () => {
  database = await freshDatabase();
  server = await serve(database.settings);
  const file = join(folder, 'approval.bpmn');
  writeFileSync(file, model());
  await said('deploy', file);
}, 60_000);

afterAll(async () => {
  await server?.process.end();
  await database?.drop();
  removeFolder(folder);
});

test('a user task is listed with what its model says of it', async () => {
  const { key } = await begun('ada');
  const listed = await json('user-tasks', '--assignee', 'ada');
  expect(listed).toContainEqual(
    expect.objectContaining({
      ...{ key, state: 'STARTED', assignee: 'ada', candidateGroups: ['sales', 'managers'] },
      ...{ priority: 70, formKey: 'approval', headers: { help: 'page 7' }, bpmnElementId: 'approve' },
    }),
  );
  expect(await said('user-tasks', '--assignee', 'ada')).toMatch(new RegExp(`^${key} .*Approve the order.*ada`, 'm'));
  expect(await json('user-tasks', '--unassigned', '--group', 'nobody')).toEqual([]);
});

test('it is claimed, given back, changed and completed, and its instance ends', async () => {
  const { key, instance } = await begun(null);
  const keysOfSales = async () => (await json('user-tasks', '--unassigned', '--group', 'sales')).map(keyOf);
  expect(await keysOfSales()).toContain(key);
  expect(await json('claim-user-task', key, 'ada')).toMatchObject([{ key, assignee: 'ada', revision: 2 }]);
  expect(await keysOfSales()).not.toContain(key);
  expect(await run('claim-user-task', key, 'bob')).toMatchObject({
    code: 1,
    error: expect.stringMatching(/^USER_TASK_CLAIMED: /),
  });
  expect(await json('update-user-task', key, '--unassign')).toMatchObject([{ assignee: '', revision: 3 }]);
  const changed = ['--assignee', 'bob', '--priority', '7', '--due', '2026-12-24T18:00:00+01:00'];
  expect(await json('update-user-task', key, ...changed)).toMatchObject([
    { assignee: 'bob', priority: 7, dueAt: '2026-12-24T17:00:00.000Z' },
  ]);
  expect((await run('update-user-task', key, '--due', 'tomorrow')).error).toMatch(/^USAGE: time "tomorrow"/);
  const completed = await json('complete-user-task', key, '--variables', '{"approved": true}');
  expect(completed).toMatchObject([{ state: 'COMPLETED' }]);
  const { processInstance, variables } = await json('show', instance);
  expect([processInstance.state, variables]).toEqual(['COMPLETED', expect.objectContaining({ approved: true })]);
  expect(await json('user-tasks', '--instance', instance)).toEqual([]);
  expect((await json('user-tasks', '--instance', instance, '--all')).map(keyOf)).toEqual([key]);
  expect((await run('complete-user-task', key)).error).toMatch(/^USER_TASK_ENDED: /);
});

test('who watches is told of a user task that is made, and of one that ends', async () => {
  expect(await told('zoe', 1, () => begun('zoe'))).toMatch(/^\S+ {2}STARTED {2}zoe {2}revision 1 {2}approve\n$/);
  // Of two changes one is an end: what is made and ended between two answers is told once, as it is then.
  const line = /^\S+ {2}COMPLETED {2}eve {2}revision 2 {2}approve$/m;
  expect(await told('eve', 2, async () => said('complete-user-task', (await begun('eve')).key))).toMatch(line);
});

/**
 * The first changes that a watch tells. What happens before it has begun is not told, so the change is made again. A
 * watch may begin in the midst of what was just committed, so each has a person of its own.
 */
async function told(assignee: string, count: number, change: () => Promise<unknown>): Promise<string> {
  let isTold = false;
  const watching = said('watch-user-tasks', '--assignee', assignee, '--count', String(count)).finally(() => {
    isTold = true;
  });
  // The last change is over before the next watch begins.
  const changing = async () => {
    while (!isTold) await change();
  };
  const [out] = await Promise.all([watching, changing()]);
  return out;
}

const keyOf = ({ key }: { readonly key: string }) => key;
