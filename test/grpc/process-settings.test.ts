// UpdateProcess over gRPC: what belongs to the name of a process.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CreateProcessRequest,
  ProcessServiceService as methods,
  QueryProcessesRequest,
  UpdateProcessRequest,
} from '../../src/gen/baton/v1/processes.js';
import { startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { model } from '../support/scenario-model.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
  const bpmnXml = model('start -> work -> end');
  await api.client.call(methods.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

const update = (fields: Partial<UpdateProcessRequest>) =>
  api.client.call(methods.updateProcess, UpdateProcessRequest.fromPartial({ bpmnProcessId: 'p', ...fields }));

async function isEnabled(): Promise<boolean | undefined> {
  const query = QueryProcessesRequest.fromPartial({ bpmnProcessId: 'p' });
  return (await api.client.call(methods.queryProcesses, query)).results[0]?.enabled;
}

test('a process is enabled until somebody disables it; what is absent stays as it is', async () => {
  expect(await isEnabled()).toBe(true);
  for (const enabled of [false, undefined]) {
    expect((await update({ enabled })).process).toMatchObject({ bpmnProcessId: 'p', enabled: false, latest: true });
    expect(await isEnabled()).toBe(false);
  }
  expect((await update({ enabled: true })).process).toMatchObject({ enabled: true });
  expect(await isEnabled()).toBe(true);
});

test('a repetition changes nothing again, and another request under its id is refused', async () => {
  await update({ enabled: false, requestId: 'r1' });
  await update({ enabled: true });
  expect((await update({ enabled: false, requestId: 'r1' })).process).toMatchObject({ enabled: true });
  await expect(update({ enabled: true, requestId: 'r1' })).rejects.toMatchObject({ code: 6 });
});

test('an unknown process is not found, nor is one of another tenant', async () => {
  await expect(update({ bpmnProcessId: 'q', enabled: false })).rejects.toMatchObject({ code: 5 });
  await expect(update({ tenantId: 'other', enabled: false })).rejects.toMatchObject({ code: 5 });
  expect(await isEnabled()).toBe(true);
});

test('what is not built yet is refused, and nothing is changed', async () => {
  await expect(update({ parallelism: 3, enabled: false })).rejects.toMatchObject({ code: 12 });
  expect(await isEnabled()).toBe(true);
});
