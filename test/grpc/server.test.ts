// The edge of the server over real sockets: what every method shares.
import { Client, credentials, type MethodDefinition, status } from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BatchServiceService, GetBatchRequest } from '../../src/gen/baton/v1/batches.js';
import { EngineServiceService, SetTimeRequest } from '../../src/gen/baton/v1/engine.js';
import { CompleteJobRequest, JobServiceService, LockJobsRequest } from '../../src/gen/baton/v1/jobs.js';
import {
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { GetProcessStateRequest, RecoveryServiceService } from '../../src/gen/baton/v1/recovery.js';
import { refusalOf, startApi, type TestApi, type TestClient } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { hello } from '../support/work-stream.js';

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

describe('a request that is not valid', () => {
  test('is refused with all violations at once, and nothing is done', async () => {
    const { client } = api;
    const request = CreateProcessInstanceRequest.fromPartial({
      correlationKey: 'x'.repeat(256),
      tenantId: 'not a tenant',
      variables: [{ name: 'no name', data: { encoding: '', value: '1' } }],
    });
    const refusal = await refusalOf(client.call(ProcessInstanceServiceService.createProcessInstance, request));
    expect(refusal).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'REQUEST_INVALID' });
    expect([...refusal.fields].sort()).toEqual([
      'correlation_key',
      'process',
      'tenant_id',
      'variables[0].data.encoding',
      'variables[0].name',
    ]);
  });

  test.each([
    ['bytes that are no message', Buffer.from([0x0a, 0xff])],
    ['a text that is not UTF-8', Buffer.from([0x0a, 0x02, 0xc3, 0x28])],
    ['an integer beyond 2^53', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ])('is INVALID_ARGUMENT for %s', async (_, bytes) => {
    const { client } = api;
    const refusal = await refusalOf(client.callWithBytes(JobServiceService.completeJob, bytes));
    expect(refusal).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'REQUEST_INVALID' });
  });

  test('with faults that no rule can express has them all, too', async () => {
    const { client } = api;
    const request = CompleteJobRequest.fromPartial({
      partition: '2026-11-23',
      id: 1,
      lockToken: 'token',
      variables: [{ name: 'a', data: { encoding: 'json', value: '{' } }],
      variablesJson: '{"a":1}',
    });
    const refusal = await refusalOf(client.call(JobServiceService.completeJob, request));
    expect(refusal).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'VARIABLES_INVALID' });
    expect(refusal.fields).toEqual(['variables[0].data.value', 'variables_json']);
  });

  test('because it is too large names the limit', async () => {
    const { client } = api;
    const bytes = Buffer.concat([Buffer.from([0x12, 0x80, 0x80, 0x80, 0x0b]), Buffer.alloc(11 * 2 ** 21, 'x')]);
    const refusal = await refusalOf(client.callWithBytes(ProcessServiceService.createProcess, bytes));
    expect(refusal).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'LIMIT_EXCEEDED' });
  });

  test('on a stream ends the stream with all violations', async () => {
    const { client } = api;
    const stream = client.work();
    stream.send(hello({ workerId: '', generation: 0 }));
    const end = await stream.ended();
    expect(end).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'REQUEST_INVALID' });
    expect([...end.fields].sort()).toEqual(['hello.generation', 'hello.worker_id']);
  });

  test('as bytes on a stream ends the stream', async () => {
    const { client } = api;
    const stream = client.work();
    stream.sendBytes(Buffer.from([0x0a, 0x7f, 0x01]));
    expect(await stream.ended()).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'REQUEST_INVALID' });
  });
});

const instance = { partition: '2026-11-23', id: 1 };

test('time is told to everybody, and moved only where the server allows it', async () => {
  const { getTime, setTime } = EngineServiceService;
  const { time, offset } = await api.client.call(getTime, {});
  expect([time instanceof Date, offset]).toEqual([true, { seconds: 0, nanos: 0 }]);
  const target = { $case: 'timeDuration', value: 'PT1H' } as const;
  const refusal = await refusalOf(api.client.call(setTime, SetTimeRequest.fromPartial({ target })));
  expect(refusal).toMatchObject({ code: status.FAILED_PRECONDITION, reason: 'SET_TIME_OFF' });
});

describe('what is not built', () => {
  const { getProcessState } = RecoveryServiceService;
  const { getBatch } = BatchServiceService;
  test.each<[string, (client: TestClient) => Promise<object>]>([
    ['GetProcessState', (client) => client.call(getProcessState, GetProcessStateRequest.fromPartial(instance))],
    ['GetBatch', (client) => client.call(getBatch, GetBatchRequest.fromPartial({ id: 1 }))],
  ])('%s says so with its reason', async (_, call) => {
    const refusal = await refusalOf(call(api.client));
    expect(refusal).toMatchObject({ code: status.UNIMPLEMENTED, reason: 'NOT_BUILT' });
    expect(refusal.message).toMatch(/is not built yet: .+/);
  });

  test('and streams says so on the stream', async () => {
    const { serving } = api;
    const client = new Client(serving.address, credentials.createInsecure());
    onTestFinished(() => client.close());
    const { path } = ProcessInstanceServiceService.watchProcessInstance;
    const bytes = Buffer.from([0x0a, 10, ...Buffer.from('2026-11-23'), 0x10, 1]);
    const call = client.makeServerStreamRequest(
      path,
      (value: Buffer) => value,
      (value) => value,
      bytes,
    );
    const code = await new Promise((resolve) => {
      call.on('data', () => undefined);
      call.on('error', () => undefined);
      call.on('status', (end) => resolve(end.code));
    });
    expect(code).toBe(status.UNIMPLEMENTED);
  });

  test('as a part of a request is refused, never ignored', async () => {
    const { client } = api;
    const request = CreateProcessRequest.fromPartial({
      bpmnXml: '<x/>',
      parallelism: 3,
      journalMode: 'JOURNAL_MODE_FULL',
    });
    const refusal = await refusalOf(client.call(ProcessServiceService.createProcess, request));
    expect(refusal).toMatchObject({
      code: status.UNIMPLEMENTED,
      reason: 'NOT_BUILT',
      fields: ['parallelism', 'journal_mode'],
    });
  });
});

const check = health.Check as unknown as MethodDefinition<{ service: string }, HealthAnswer>;

interface HealthAnswer {
  readonly status: string;
}

describe('health', () => {
  test('is told for the server and for each service', async () => {
    for (const service of ['', 'baton.v1.JobService', 'baton.v1.RecoveryService']) {
      expect(await api.client.call(check, { service })).toEqual({ status: 'SERVING' });
    }
  });
});

describe('reflection', () => {
  test('lists all services, and answers with the file of a method', async () => {
    const { serving } = api;
    const answers = await reflect(serving.address, [
      Buffer.from([0x3a, 1, ...Buffer.from('*')]),
      Buffer.from([0x22, 24, ...Buffer.from('baton.v1.JobService.Work')]),
    ]);
    const listed = answers[0]?.toString('latin1') ?? '';
    const services = ['Process', 'ProcessInstance', 'ElementInstance', 'Variable', 'Job', 'UserTask', 'Message'];
    for (const name of [...services, 'Signal', 'Incident', 'Task', 'Batch', 'Recovery', 'Engine']) {
      expect(listed).toContain(`baton.v1.${name}Service`);
    }
    expect(listed).toContain('grpc.health.v1.Health');
    expect(answers[1]?.toString('latin1')).toContain('baton/v1/jobs.proto');
  });

  test('survives a client that goes away in the middle', async () => {
    const { client, serving } = api;
    const other = new Client(serving.address, credentials.createInsecure());
    const call = other.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      (value: Buffer) => value,
      (value) => value,
    );
    call.on('error', () => undefined);
    call.write(Buffer.from([0x3a, 1, ...Buffer.from('*')]));
    await new Promise((resolve) => call.once('data', resolve));
    call.cancel();
    other.close();
    const request = LockJobsRequest.fromPartial({ workerId: 'w', topics: [{ topic: 'nothing' }] });
    expect(await client.call(JobServiceService.lockJobs, request)).toEqual({ jobs: [] });
  });
});

function reflect(address: string, requests: readonly Buffer[]): Promise<Buffer[]> {
  const client = new Client(address, credentials.createInsecure());
  const answers: Buffer[] = [];
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    (value) => value,
    (value) => value,
  );
  return new Promise((resolve, reject) => {
    call.on('data', (answer: Buffer) => {
      answers.push(answer);
      if (answers.length === requests.length) call.end();
    });
    call.on('error', reject);
    call.on('end', () => {
      client.close();
      resolve(answers);
    });
    for (const request of requests) call.write(request);
  });
}
