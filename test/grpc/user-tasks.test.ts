// User tasks over sockets, with the engine and a database behind them.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import {
  ClaimUserTaskRequest,
  GetUserTaskRequest,
  QueryUserTasksRequest,
  UpdateUserTaskRequest,
  UserTaskServiceService,
  WatchUserTasksRequest,
} from '../../src/gen/baton/v1/user_tasks.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { approval } from '../support/user-tasks.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
  const headers = '<zeebe:taskHeaders><zeebe:header key="help" value="page 7"/></zeebe:taskHeaders>';
  const spec = { assignment: { candidateGroups: 'sales' }, form: { formKey: 'approval' } };
  const bpmnXml = approval('approval', spec).replace('<zeebe:userTask/>', `<zeebe:userTask/>${headers}`);
  await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

const methods = UserTaskServiceService;

async function begun(correlationKey = '') {
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId: 'approval' } } as const;
  const variablesJson = '{"order": {"total": 12}}';
  const request = CreateProcessInstanceRequest.fromPartial({ process, correlationKey, variablesJson });
  const { processInstance } = await api.client.call(ProcessInstanceServiceService.createProcessInstance, request);
  const [userTask] = await query({ processInstanceId: processInstance?.id });
  if (userTask === undefined) throw new Error('no user task');
  return userTask;
}

async function query(fields: Partial<QueryUserTasksRequest>) {
  return (await api.client.call(methods.queryUserTasks, QueryUserTasksRequest.fromPartial(fields))).results;
}

const update = (fields: Partial<UpdateUserTaskRequest>) =>
  api.client.call(methods.updateUserTask, UpdateUserTaskRequest.fromPartial(fields));

const COMPLETION = { kind: { $case: 'completion', value: {} } } as const;

describe('a user task', () => {
  test('shows what the model and its instance say', async () => {
    const made = await begun('order-7');
    const { userTask, variables } = await api.client.call(
      methods.getUserTask,
      GetUserTaskRequest.fromPartial({ partition: made.partition, id: made.id }),
    );
    expect(userTask).toEqual(made);
    expect(made).toMatchObject({
      ...{ state: 'INSTANCE_STATE_STARTED', revision: 1, assignee: '', candidateGroups: ['sales'], priority: 0 },
      ...{ formKey: 'approval', correlationKey: 'order-7', headers: { help: 'page 7' }, bpmnElementId: 'approve' },
    });
    expect(variables.map(({ name, data }) => [name, data?.value])).toEqual([['order', '{"total": 12}']]);
    expect(await query({ correlationKey: 'order-7', states: ['INSTANCE_STATE_STARTED'] })).toEqual([made]);
  });

  test('is claimed, given back, changed and completed', async () => {
    const { partition, id } = await begun();
    const claim = (assignee: string) =>
      api.client.call(methods.claimUserTask, ClaimUserTaskRequest.fromPartial({ partition, id, assignee }));
    expect((await claim('ada')).userTask).toMatchObject({ assignee: 'ada', revision: 2 });
    expect(await refusalOf(claim('bob'))).toMatchObject({
      ...{ code: status.FAILED_PRECONDITION, reason: 'USER_TASK_CLAIMED' },
    });
    const dueAt = new Date('2026-12-24T17:00:00Z');
    const back = await update({ partition, id, revision: 2, assignee: '', tags: { a: '1', b: '2' }, dueAt });
    expect(back.userTask).toMatchObject({ assignee: '', revision: 3, tags: { a: '1', b: '2' }, dueAt });
    const less = await update({ partition, id, revision: 3, deleteTags: ['a'], deleteDueAt: true });
    expect(less.userTask).toMatchObject({ tags: { b: '2' }, dueAt: undefined });
    const variablesJson = '{"approved": true}';
    const done = await update({ partition, id, revision: 4, outcome: COMPLETION, variablesJson, workerId: 'ada' });
    expect(done.userTask).toMatchObject({ state: 'INSTANCE_STATE_COMPLETED', revision: 5, completedBy: 'ada' });
    expect(await refusalOf(claim('ada'))).toMatchObject({ reason: 'USER_TASK_ENDED' });
  });

  test('of an old revision is not changed: ABORTED, so that callers read again', async () => {
    const { partition, id } = await begun();
    await update({ partition, id, revision: 1, priority: 5 });
    expect(await refusalOf(update({ partition, id, revision: 1, priority: 6 }))).toMatchObject({
      ...{ code: status.ABORTED, reason: 'REVISION_MISMATCH', fields: ['revision'] },
    });
  });

  test('answers a repeated request again', async () => {
    const { partition, id } = await begun();
    const request = { partition, id, revision: 1, priority: 5, requestId: `twice-${id}` };
    expect(await update(request)).toEqual(await update(request));
    expect(await refusalOf(update({ ...request, priority: 6 }))).toMatchObject({ reason: 'REQUEST_ID_REUSED' });
  });

  test('is not there for other tenants, nor under another id', async () => {
    const { partition, id } = await begun();
    const get = (fields: object, headers = {}) =>
      refusalOf(api.client.call(methods.getUserTask, GetUserTaskRequest.fromPartial(fields), { headers }));
    const missing = { code: status.NOT_FOUND, reason: 'USER_TASK_NOT_FOUND' };
    expect(await get({ partition, id: id + 256 })).toMatchObject(missing);
    expect(await get({ partition, id }, { 'baton-tenant-ids': 'other' })).toMatchObject(missing);
  });

  test('with an error that nothing catches stays as it is', async () => {
    const { partition, id } = await begun();
    const outcome = { kind: { $case: 'errorCode', value: 'E1' } } as const;
    expect(await refusalOf(update({ partition, id, revision: 1, outcome }))).toMatchObject({
      ...{ code: status.FAILED_PRECONDITION, reason: 'UNCAUGHT_ERROR', fields: ['outcome.error_code'] },
    });
  });

  test('is refused every contradiction at once', async () => {
    const { partition, id } = await begun();
    const request = {
      partition,
      id,
      revision: 1,
      tags: { a: '1' },
      deleteTags: ['a'],
      dueAt: new Date(),
      deleteDueAt: true,
    };
    const refused = await refusalOf(update(request));
    expect(refused).toMatchObject({ reason: 'REQUEST_INVALID', fields: ['delete_tags', 'delete_due_at'] });
  });
});

describe('a watch', () => {
  test('answers at once, then with each change, and goes on from a cursor', async () => {
    const answers = api.client.answers(
      methods.watchUserTasks,
      WatchUserTasksRequest.fromPartial({ processId: undefined }),
    );
    const first = await answers.next();
    expect(first).toMatchObject({ userTasks: [] });
    expect(first.cursor).not.toBe('');
    const made = await begun();
    let answer = await answers.next();
    while (!answer.userTasks.some(({ id }) => id === made.id)) answer = await answers.next();
    const again = api.client.answers(
      methods.watchUserTasks,
      WatchUserTasksRequest.fromPartial({ cursor: first.cursor }),
    );
    await again.next();
    expect((await again.next()).userTasks.map(({ id }) => id)).toContain(made.id);
  });

  test('with a broken cursor is refused', async () => {
    const answers = api.client.answers(methods.watchUserTasks, WatchUserTasksRequest.fromPartial({ cursor: 'broken' }));
    expect(await refusalOf(answers.next())).toMatchObject({
      ...{ code: status.INVALID_ARGUMENT, reason: 'PAGE_TOKEN_INVALID' },
    });
  });
});
