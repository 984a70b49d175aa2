// The calls of BatonClient over real sockets: what is sent, what is repeated, and what errors say.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { Caller } from '../../../clients/typescript/src/caller.js';
import { systemClock } from '../../../clients/typescript/src/clock.js';
import { Connection } from '../../../clients/typescript/src/connection.js';
import { BatonClient, BatonError, type ClientOptions, contract } from '../../../clients/typescript/src/index.js';
import { FakeJobServer, makeJob, type Refusal, unavailable } from '../../support/fake-job-server.js';

const {
  IncidentServiceService: incidents,
  JobServiceService: jobs,
  ProcessInstance,
  ProcessInstanceServiceService: instances,
  ProcessServiceService: processes,
  VariableServiceService: variables,
} = contract;

const servers: FakeJobServer[] = [];
const clients: BatonClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

async function serve(): Promise<FakeJobServer> {
  const server = await FakeJobServer.start();
  servers.push(server);
  return server;
}

function connect(server: FakeJobServer | readonly FakeJobServer[], options: Partial<ClientOptions> = {}): BatonClient {
  const address = server instanceof FakeJobServer ? server.address : server.map((one) => one.address);
  const client = new BatonClient({ address, ...options });
  clients.push(client);
  return client;
}

const key = { partition: '2026-11-23', id: 5 };
const instance = ProcessInstance.create({ ...key, state: 'INSTANCE_STATE_STARTED' });
const ended = { ...instance, state: 'INSTANCE_STATE_COMPLETED' as const, endedAt: new Date('2026-11-23T10:00:00Z') };
const json = (name: string, value: string) => ({ name, data: { encoding: 'json', value, encrypted: false } });

describe('a call', () => {
  test('sends plain objects as variables, and defaults of the client', async () => {
    const server = await serve();
    const requests: contract.CreateProcessInstanceRequest[] = [];
    server.answer(instances.createProcessInstance, (request) => {
      requests.push(request);
      return { processInstance: instance, variables: [] };
    });
    const client = connect(server, { tenantId: 'acme', workerId: 'shop' });
    const created = await client.instances.create({
      bpmnProcessId: 'order',
      version: '3',
      variables: { items: [1, 2], nothing: undefined },
      tags: { channel: 'web' },
    });
    expect(created).toEqual({ processInstance: instance, variables: {}, rawVariables: {} });
    expect(requests).toEqual([
      {
        ...contract.CreateProcessInstanceRequest.create({
          process: { $case: 'bpmnProcess', value: { bpmnProcessId: 'order', version: '3' } },
          variablesJson: '{"items":[1,2]}',
          tags: { channel: 'web' },
          tenantId: 'acme',
          workerId: 'shop',
        }),
        requestId: requests[0]?.requestId,
      },
    ]);
    expect(requests[0]?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    await client.instances.create({ processId: 9, tenantId: 'other', requestId: 'mine' });
    expect(requests[1]).toMatchObject({
      process: { value: 9 },
      tenantId: 'other',
      requestId: 'mine',
      variablesJson: '',
    });
  });

  test('that meets a server that is away is repeated with the same request id, elsewhere', async () => {
    const [first, second] = [await serve(), await serve()];
    const ids: string[] = [];
    for (const server of [first, second]) {
      server.answer(instances.cancelProcessInstance, ({ requestId }) => {
        ids.push(requestId);
        return ids.length < 3 ? unavailable : { processInstance: ended };
      });
    }
    const client = connect([first, second]);
    expect(await client.instances.cancel(key)).toEqual(ended);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe('');
  });

  test('is repeated when its server has died', async () => {
    const [first, second] = [await serve(), await serve()];
    second.answer(processes.getBpmnXml, () => ({ bpmnXml: '<xml/>' }));
    await first.kill();
    const client = connect([first, second]);
    expect(await client.processes.getBpmnXml(1)).toBe('<xml/>');
  });

  test('that meets a full server waits as it says, and only then', async () => {
    const server = await serve();
    const answers: (Refusal | undefined)[] = [
      { code: status.RESOURCE_EXHAUSTED, reason: 'ENGINE_BUSY', message: 'full', retryAfterMs: 1 },
      undefined,
      { code: status.RESOURCE_EXHAUSTED, reason: 'LIMIT_EXCEEDED', message: 'too large' },
    ];
    server.answer(instances.cancelProcessInstance, () => answers.shift() ?? { processInstance: ended });
    const client = connect(server);
    expect(await client.instances.cancel(key)).toEqual(ended);
    await expect(client.instances.cancel(key)).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
  });

  test('is repeated while it has time, however often its server is away', async () => {
    const server = await serve();
    let calls = 0;
    server.answer(processes.getBpmnXml, () => {
      calls += 1;
      return calls > 50 ? { bpmnXml: '<xml/>' } : unavailable;
    });
    const withoutWaits = { clock: systemClock, random: () => 0, newRequestId: () => 'request' };
    const caller = new Caller(
      new Connection({ address: server.address }),
      { tenantId: '', workerId: '' },
      withoutWaits,
    );
    const { bpmnXml } = await caller.call(processes.getBpmnXml, contract.GetBpmnXmlRequest.create({ id: 1 }));
    caller.close();
    expect(bpmnXml).toBe('<xml/>');
  });

  test('is not repeated for ever, nor where repeating does not help', async () => {
    const server = await serve();
    let calls = 0;
    const refusals: Record<string, Refusal> = {
      '1': unavailable,
      '2': { code: status.NOT_FOUND, reason: 'PROCESS_NOT_FOUND', message: 'there is no process 2' },
      '3': { code: status.ABORTED, reason: 'CONFLICT', message: 'lost a race' },
    };
    server.answer(processes.getBpmnXml, ({ id }) => {
      calls += 1;
      return refusals[id] ?? unavailable;
    });
    const client = connect(server, { maxAttempts: 2 });
    await expect(client.processes.getBpmnXml(1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(calls).toBe(2);
    await expect(client.processes.getBpmnXml(2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.processes.getBpmnXml(3)).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(client.processes.getBpmnXml(1, { maxAttempts: 1 })).rejects.toThrow('SHUTTING_DOWN: the server stops');
    expect(calls).toBe(5);
  });

  test('ends at its deadline', async () => {
    const server = await serve();
    server.answer(processes.getBpmnXml, () => new Promise<Refusal>(() => undefined));
    const client = connect(server);
    await expect(client.processes.getBpmnXml(1, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  test('ends when its signal is aborted: before it, in it, and between its repetitions', async () => {
    const server = await serve();
    let onCall: () => void = () => undefined;
    let away = false;
    server.answer(processes.getBpmnXml, () => {
      onCall();
      return away ? { ...unavailable, retryAfterMs: 900 } : new Promise<Refusal>(() => undefined);
    });
    const client = connect(server);
    const reason = new Error('the user left');
    const canceled = { code: 'CANCELLED', cause: reason };
    await expect(client.processes.getBpmnXml(1, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject(canceled);
    for (away of [false, true]) {
      const controller = new AbortController();
      const called = new Promise<void>((resolve) => {
        onCall = resolve;
      });
      const call = client.processes.getBpmnXml(1, { signal: controller.signal });
      await called;
      controller.abort(reason);
      await expect(call).rejects.toMatchObject(canceled);
    }
  });

  test('of any method of the contract is possible', async () => {
    const server = await serve();
    const { BatchServiceService: batches, GetBatchRequest, Batch } = contract;
    server.answer(batches.getBatch, ({ id }) => ({ batch: Batch.create({ id }) }));
    const { batch } = await connect(server).call(batches.getBatch, GetBatchRequest.create({ id: 8 }));
    expect(batch?.id).toBe(8);
  });
});

describe('an error', () => {
  test('leads with its reason and holds what the server said', async () => {
    const server = await serve();
    server.answer(incidents.resolveIncident, () => ({
      code: status.FAILED_PRECONDITION,
      reason: 'INCIDENT_RESOLVED',
      message: 'incident 2026-11-23/5 is resolved',
      metadata: { incident: '2026-11-23/5' },
    }));
    const error = await connect(server)
      .incidents.resolve(key)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BatonError);
    expect(error).toMatchObject({
      name: 'BatonError',
      code: 'FAILED_PRECONDITION',
      reason: 'INCIDENT_RESOLVED',
      message: 'INCIDENT_RESOLVED: incident 2026-11-23/5 is resolved',
      metadata: { incident: '2026-11-23/5' },
      violations: [],
    });
  });

  test('lists every fault of the request, once', async () => {
    const server = await serve();
    server.answer(instances.createProcessInstance, () => ({
      code: status.INVALID_ARGUMENT,
      reason: 'REQUEST_INVALID',
      message: 'process: must be set',
      violations: [
        { field: 'process', description: 'must be set' },
        { field: 'tags["a b"]', description: 'key must match' },
      ],
    }));
    await expect(connect(server).instances.create({ processId: 0 })).rejects.toMatchObject({
      message: 'REQUEST_INVALID: process: must be set\n- tags["a b"]: key must match',
      violations: [
        { field: 'process', message: 'must be set' },
        { field: 'tags["a b"]', message: 'key must match' },
      ],
    });
  });

  test('of a model lists its problems with their places', async () => {
    const server = await serve();
    server.answer(processes.createProcess, () => ({
      code: status.INVALID_ARGUMENT,
      reason: 'MODEL_INVALID',
      message: 'the model has 1 problem',
      problems: [
        contract.ModelProblem.create({
          bpmnElementId: 'task',
          line: 12,
          column: 5,
          message: 'no flow leads here',
          advice: 'draw one',
        }),
      ],
    }));
    await expect(connect(server).processes.create({ bpmnXml: '<x/>' })).rejects.toMatchObject({
      message: 'MODEL_INVALID: the model has 1 problem\n- 12:5 task no flow leads here draw one',
      problems: [{ line: 12 }],
    });
  });

  test('without an answer of a server has the code as its reason', async () => {
    const server = await serve();
    await server.kill();
    const call = connect(server, { maxAttempts: 1 }).engine.getInfo();
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'UNAVAILABLE' });
    await expect(call).rejects.toThrow(/^UNAVAILABLE: /);
  });

  test('is what an empty or unknown answer becomes', async () => {
    const server = await serve();
    server.answer(instances.cancelProcessInstance, () => ({}));
    await expect(connect(server).instances.cancel(key)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(connect(server).engine.getTime()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });
});

describe('process instances', () => {
  test('can be waited for, over answers that come too early and servers that go away', async () => {
    const server = await serve();
    const requests: contract.CreateProcessInstanceRequest[] = [];
    const answers = [
      () => ({ processInstance: instance, variables: [] }),
      () => unavailable,
      () => ({ processInstance: ended, variables: [json('total', '42')] }),
    ];
    server.answer(instances.createProcessInstance, (request) => {
      requests.push(request);
      return (answers[requests.length - 1] ?? (() => unavailable))();
    });
    const client = connect(server);
    const input = { bpmnProcessId: 'order', awaitEnd: { variableNames: ['total'] } } as const;
    const created = await client.instances.create<{ total: number }>(input);
    expect(created.processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
    expect(created.variables.total).toBe(42);
    expect(requests).toHaveLength(3);
    expect(requests[0]?.awaitEnd).toEqual({ variableNames: ['total'], maxWait: { seconds: 20, nanos: 0 } });
    expect(requests[1]).toEqual(requests[0]);
    expect(requests[2]).toEqual(requests[0]);
  });

  test('that take too long are answered as they are, or with an error when only the call has a limit', async () => {
    const server = await serve();
    const waits: (contract.AwaitEnd | undefined)[] = [];
    server.answer(instances.createProcessInstance, ({ awaitEnd }) => {
      waits.push(awaitEnd);
      return { processInstance: instance, variables: [] };
    });
    const client = connect(server);
    const { processInstance } = await client.instances.create({ processId: 1, awaitEnd: { maxWaitMs: 50_000 } });
    expect(processInstance.state).toBe('INSTANCE_STATE_STARTED');
    expect(waits).toHaveLength(3);
    expect(new Set(waits.map((wait) => wait?.maxWait?.seconds))).toEqual(new Set([16]));
    await expect(client.instances.create({ processId: 1, awaitEnd: true }, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  test('start in bulk, each with its own id and result, however many', async () => {
    const server = await serve();
    const sizes: number[] = [];
    const ids = new Set<string>();
    server.answer(instances.createProcessInstances, ({ requests }) => {
      sizes.push(requests.length);
      for (const { requestId } of requests) ids.add(requestId);
      const refused = { code: status.NOT_FOUND, message: 'no such process', details: [] };
      return {
        results: requests.map(({ correlationKey }) =>
          correlationKey === 'bad'
            ? { result: { $case: 'error' as const, value: refused } }
            : { result: { $case: 'processInstance' as const, value: instance } },
        ),
      };
    });
    const inputs = Array.from({ length: 2_001 }, (_, place) => ({
      bpmnProcessId: 'order',
      correlationKey: place === 1_500 ? 'bad' : `${place}`,
    }));
    const started = await connect(server).instances.createMany(inputs);
    expect(sizes).toEqual([1_000, 1_000, 1]);
    expect(ids.size).toBe(2_001);
    expect(started[1_500]?.error).toMatchObject({ code: 'NOT_FOUND' });
    expect(started.filter(({ processInstance }) => processInstance)).toHaveLength(2_000);
  });

  test('are read with their own variables apart from those of inner scopes', async () => {
    const server = await serve();
    const variable = (name: string, elementInstanceId: number) => ({
      ...json(name, '1'),
      bpmnElementId: '',
      elementInstanceId,
    });
    server.answer(instances.getProcessInstance, () => ({
      ...contract.GetProcessInstanceResponse.create({ processInstance: instance }),
      jobs: [makeJob()],
      variables: [variable('mine', 5), variable('inner', 6)],
    }));
    const details = await connect(server).instances.get<{ mine: number }>(key);
    expect(details.variables).toEqual({ mine: 1 });
    expect(details.elementVariables).toHaveLength(2);
    expect(details.jobs[0]?.variables).toEqual({});
  });
});

describe('queries', () => {
  function paged(server: FakeJobServer) {
    const tokens: string[] = [];
    server.answer(jobs.queryJobs, ({ pageToken, topic }) => {
      tokens.push(`${topic}:${pageToken}`);
      const page = pageToken === '' ? 0 : Number(pageToken);
      // A page may be empty without being the last.
      const results = page === 1 ? [] : [makeJob(), makeJob()];
      return { results, nextPageToken: page === 2 ? '' : `${page + 1}` };
    });
    return tokens;
  }

  test('fetch page after page while somebody goes on reading', async () => {
    const server = await serve();
    const tokens = paged(server);
    const query = connect(server).jobs.query({ topic: 'work' });
    expect(tokens).toEqual([]);
    for await (const job of query) {
      expect(job.topic).toBe('work');
      break;
    }
    expect(tokens).toEqual(['work:']);
    expect(await query.toArray()).toHaveLength(4);
    expect(tokens.slice(1)).toEqual(['work:', 'work:1', 'work:2']);
  });

  test('can be read one page at a time', async () => {
    const server = await serve();
    paged(server);
    const query = connect(server).jobs.query();
    const first = await query.page();
    expect(first.results).toHaveLength(2);
    expect((await query.page('2')).nextPageToken).toBe('');
  });
});

describe('jobs and variables', () => {
  test('are locked and ended by single calls', async () => {
    const server = await serve();
    const job = makeJob({ variables: [json('amount', '7')] });
    let locked: contract.LockJobsRequest | undefined;
    let done: contract.CompleteJobRequest | undefined;
    let failed: contract.FailJobRequest | undefined;
    server.answer(jobs.lockJobs, (request) => {
      locked = request;
      return { jobs: [job] };
    });
    server.answer(jobs.completeJob, (request) => {
      done = request;
      return { job };
    });
    server.answer(jobs.failJob, (request) => {
      failed = request;
      return { job, incidentId: 3 };
    });
    const client = connect(server, { workerId: 'cron' });
    const [held] = await client.jobs.lock<{ amount: number }>({ topics: ['work'], lockMs: 1_500, maxWaitMs: 10_000 });
    expect(locked).toMatchObject({
      topics: [{ topic: 'work' }],
      lockDuration: { seconds: 1, nanos: 5e8 },
      maxWait: { seconds: 10, nanos: 0 },
      workerId: 'cron',
      requestId: expect.stringMatching(/./),
    });
    expect(held?.variables.amount).toBe(7);
    if (held === undefined) throw new Error('no job');
    await client.jobs.complete(held, { variables: { ok: true }, completion: { errorCode: 'E' } });
    expect(done).toMatchObject({
      lockToken: job.lockToken,
      variablesJson: '{"ok":true}',
      completion: { kind: { $case: 'errorCode', value: 'E' } },
    });
    const { incidentId } = await client.jobs.fail(held, { message: 'no', retryLimit: 0, retryAfter: 'PT5M' });
    expect(incidentId).toBe(3);
    expect(failed).toMatchObject({ errorMessage: 'no', retryLimit: 0, retryTimer: 'PT5M' });
  });

  test('of a process are read and written as plain objects', async () => {
    const server = await serve();
    let written: contract.SetProcessVariablesRequest | undefined;
    server.answer(variables.getProcessVariables, ({ names }) => ({
      variables: names.map((name) => json(name, '{"deep":[1]}')),
    }));
    server.answer(variables.setProcessVariables, (request) => {
      written = request;
      return {};
    });
    const client = connect(server);
    expect(await client.variables.getProcess(key, ['a'])).toEqual({
      variables: { a: { deep: [1] } },
      rawVariables: {},
    });
    await client.variables.setProcess({ ...key, variables: { a: 1 } });
    expect(written).toMatchObject({ ...key, variablesJson: '{"a":1}', variables: [] });
    const list = [{ name: 'a', data: undefined }];
    await client.variables.setProcess({ ...key, variables: list });
    expect(written).toMatchObject({ variablesJson: '', variables: list });
  });
});
