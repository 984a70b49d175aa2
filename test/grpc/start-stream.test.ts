// Streams of starts over sockets, with the engine and a database behind them.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type CreateProcessInstanceRequest,
  ProcessInstanceServiceService as instances,
  type ProcessInstance,
  QueryProcessInstancesRequest,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { ErrorInfo } from '../../src/gen/google/rpc/error_details.js';
import { STREAM_REQUESTS } from '../../src/grpc/limits.js';
import { openApi, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { tasks } from '../support/models.js';
import { StartClient } from '../support/start-client.js';
import { startOf } from '../support/start-stream.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

/** Makes requests for a process of its own. */
async function deploy(
  id: string,
): Promise<(requestId: string, fields?: Partial<CreateProcessInstanceRequest>) => CreateProcessInstanceRequest> {
  await api.client.call(
    ProcessServiceService.createProcess,
    CreateProcessRequest.fromPartial({ bpmnXml: tasks(id, `topic-of-${id}`) }),
  );
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId: id, version: undefined } } as const;
  return (requestId, fields = {}) => startOf(`${id}-${requestId}`, { process, ...fields });
}

/** All instances of a process. */
async function started(bpmnProcessId: string): Promise<ProcessInstance[]> {
  const found: ProcessInstance[] = [];
  for (let pageToken = ''; ; ) {
    const request = QueryProcessInstancesRequest.fromPartial({ bpmnProcessId, pageSize: 1_000, pageToken });
    const { results, nextPageToken } = await api.client.call(instances.queryProcessInstances, request);
    found.push(...results);
    if (nextPageToken === '') return found;
    pageToken = nextPageToken;
  }
}

describe('a stream of starts', () => {
  test('starts more than its first credit, each once, and ends with OK', async () => {
    const request = await deploy('many');
    const stream = new StartClient(api.client);
    const count = STREAM_REQUESTS + 200;
    for (let sent = 0; sent < count; ) {
      await stream.until(() => stream.credit > 0);
      const size = Math.min(stream.credit, 300, count - sent);
      stream.send(...Array.from({ length: size }, (_, index) => request(String(sent + index))));
      sent += size;
    }
    await stream.until(() => stream.results.size === count);
    expect(stream.credit).toBe(STREAM_REQUESTS);
    stream.closeRequests();
    await stream.until(() => stream.end !== undefined);
    expect(stream.end).toMatchObject({ code: status.OK });
    const ids = [...stream.results.values()].map(
      ({ result }) => result?.$case === 'processInstance' && result.value.id,
    );
    expect(new Set(ids).size).toBe(count);
    expect((await started('many')).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  test('answers with the instance, and with an error of its own for each that is refused', async () => {
    const request = await deploy('mixed');
    const stream = new StartClient(api.client);
    const process = { $case: 'processId', value: 999_999 } as const;
    stream.send(
      request('good', { correlationKey: 'key', tags: { color: 'red' } }),
      request('nowhere', { process }),
      request('broken', { variablesJson: '{' }),
    );
    const good = await stream.instance('mixed-good');
    expect(good).toMatchObject({ bpmnProcessId: 'mixed', correlationKey: 'key', tags: { color: 'red' } });
    await stream.until(() => stream.results.size === 3);
    const reasons = ['mixed-nowhere', 'mixed-broken'].map((id) => {
      const result = stream.results.get(id)?.result;
      const details = result?.$case === 'error' ? result.value.details : [];
      return details.filter(({ typeUrl }) => typeUrl.endsWith('ErrorInfo')).map(({ value }) => ErrorInfo.decode(value));
    });
    expect(reasons.flat().map(({ reason }) => reason)).toEqual(['PROCESS_NOT_FOUND', 'VARIABLES_INVALID']);
  });

  test('a start repeats a single call with the same request id, and the other way round', async () => {
    const request = await deploy('same');
    const { processInstance: single } = await api.client.call(instances.createProcessInstance, request('one'));
    const stream = new StartClient(api.client);
    stream.send(request('one'), request('two'), request('two'));
    expect(await stream.instance('same-one')).toMatchObject({ id: single?.id });
    const two = await stream.instance('same-two');
    const { processInstance: again } = await api.client.call(instances.createProcessInstance, request('two'));
    expect(again?.id).toBe(two.id);
    stream.send(request('one', { correlationKey: 'another request' }));
    await stream.until(() => stream.results.get('same-one')?.result?.$case === 'error');
    expect(await started('same')).toHaveLength(2);
  });

  test('that was cut is taken up by another one: each start counts once', async () => {
    const request = await deploy('cut');
    const requests = Array.from({ length: 300 }, (_, index) => request(String(index)));
    const broken = new StartClient(api.client);
    broken.send(...requests.slice(0, 150));
    broken.send(...requests.slice(150));
    await broken.until(() => broken.results.size > 0);
    broken.cut();
    const stream = new StartClient(api.client);
    stream.send(...requests);
    for (const { requestId } of requests) await stream.instance(requestId);
    expect(await started('cut')).toHaveLength(300);
    for (const [requestId, { result }] of broken.results) {
      expect(result).toMatchObject({ value: { id: (await stream.instance(requestId)).id } });
    }
  });

  test('whose client does not read starts what it was sent, and the answers come when it reads', async () => {
    const request = await deploy('slow');
    const stream = new StartClient(api.client);
    await stream.until(() => stream.credit > 0);
    stream.pause();
    stream.send(...Array.from({ length: 500 }, (_, index) => request(String(index))));
    while ((await started('slow')).length < 500);
    expect(stream.results.size).toBe(0);
    stream.resume();
    await stream.until(() => stream.results.size === 500);
  });

  test('is asked to go elsewhere when the server stops, and what it had sent is answered', async () => {
    const request = await deploy('drained');
    const leaving = await openLeaving();
    const stream = new StartClient(leaving.client);
    await stream.until(() => stream.credit > 0);
    stream.send(...Array.from({ length: 50 }, (_, index) => request(String(index))));
    const drained = leaving.serving.drain(20_000);
    await stream.until(() => stream.messages.some(({ drainTimeLeft }) => drainTimeLeft !== undefined));
    stream.send(request('late'));
    stream.closeRequests();
    await stream.until(() => stream.end !== undefined);
    expect(stream.end).toMatchObject({ code: status.OK });
    expect(stream.results.size).toBe(51);
    await drained;
  });
});

/** A server that may be drained. On PGlite there is only one: that of all tests, which is started again. */
async function openLeaving(): Promise<TestApi> {
  if (database.settings.kind === 'postgres') return await openApi(database.settings);
  const leaving = api;
  onTestFinished(async () => {
    await leaving.stop();
    api = await startApi(database.settings);
  });
  return leaving;
}
