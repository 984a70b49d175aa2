// Nothing bad comes through the door, and what is good does.
import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { createValidator } from '@bufbuild/protovalidate';
import { type MethodDefinition, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchServiceService } from '../../src/gen/baton/v1/batches.js';
import { ElementInstanceServiceService } from '../../src/gen/baton/v1/element_instances.js';
import { EngineServiceService } from '../../src/gen/baton/v1/engine.js';
import { IncidentServiceService } from '../../src/gen/baton/v1/incidents.js';
import { JobServiceService, WorkRequest } from '../../src/gen/baton/v1/jobs.js';
import { MessageServiceService } from '../../src/gen/baton/v1/messages.js';
import {
  CreateProcessInstanceRequest,
  GetProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { RecoveryServiceService } from '../../src/gen/baton/v1/recovery.js';
import { SignalServiceService } from '../../src/gen/baton/v1/signals.js';
import { TaskServiceService } from '../../src/gen/baton/v1/tasks.js';
import { UserTaskServiceService } from '../../src/gen/baton/v1/user_tasks.js';
import { VariableServiceService } from '../../src/gen/baton/v1/variables.js';
import { requestOf } from '../../src/grpc/contract.js';
import { Door, faultsOfItems, type Received } from '../../src/grpc/door.js';
import { codes } from '../../src/grpc/errors.js';
import { Reporter } from '../../src/grpc/report.js';
import { contract, methods } from './descriptors.js';
import { requestBytes } from './random-requests.js';

const door = new Door(contract);
const processes = door.guard(ProcessServiceService);
const instances = door.guard(ProcessInstanceServiceService);
const jobs = door.guard(JobServiceService);

type AnyMethod = Pick<MethodDefinition<Received<unknown>, unknown>, 'path' | 'requestDeserialize'>;
const guarded: readonly AnyMethod[] = [
  processes,
  instances,
  jobs,
  door.guard(BatchServiceService),
  door.guard(ElementInstanceServiceService),
  door.guard(EngineServiceService),
  door.guard(IncidentServiceService),
  door.guard(MessageServiceService),
  door.guard(RecoveryServiceService),
  door.guard(SignalServiceService),
  door.guard(TaskServiceService),
  door.guard(UserTaskServiceService),
  door.guard(VariableServiceService),
].flatMap((service) => Object.values(service));

const empty = CreateProcessInstanceRequest.fromPartial({});
const start = (request: Partial<CreateProcessInstanceRequest>): Buffer =>
  Buffer.from(CreateProcessInstanceRequest.encode({ ...empty, ...request }).finish());
const startReceived = (request: Partial<CreateProcessInstanceRequest>) =>
  instances.createProcessInstance.requestDeserialize(start(request));
const order = { process: { $case: 'bpmnProcess', value: { bpmnProcessId: 'order' } } } as const;

/** Paths of the fields at fault. */
function faultsOf(received: Received<unknown>): string[] {
  return received.ok ? [] : received.problem.faults.map(({ field }) => field);
}

describe('a good request', () => {
  test('comes through as it was sent', () => {
    const request = CreateProcessInstanceRequest.fromPartial({
      ...order,
      correlationKey: 'Größe 漢字 😀',
      tags: { customer: 'Zoë' },
      variables: [{ name: 'größe', data: { encoding: 'json', value: '12', encrypted: false } }],
    });
    expect(startReceived(request)).toMatchObject({ ok: true, message: request });
  });

  test('may hold U+FFFD, which only stands for broken text when it was not sent', () => {
    expect(startReceived({ ...order, correlationKey: 'a\uFFFDb' })).toMatchObject({ ok: true });
  });

  test('may have texts of as many characters as allowed, whatever they take', () => {
    expect(startReceived({ ...order, correlationKey: '😀'.repeat(255) })).toMatchObject({ ok: true });
    expect(faultsOf(startReceived({ ...order, correlationKey: '😀'.repeat(256) }))).toEqual(['correlation_key']);
  });

  test('may have fields that this server does not know', () => {
    const more = new BinaryWriter().raw(start(order)).tag(1_000, 2).string('new').finish();
    expect(instances.createProcessInstance.requestDeserialize(Buffer.from(more))).toMatchObject({ ok: true });
  });
});

describe('a bad request is INVALID_ARGUMENT', () => {
  test('with all its faults at once', () => {
    const received = startReceived({
      correlationKey: 'a\0b',
      tenantId: 'x y',
      variables: [{ name: 'a b' }, { name: 'ok', data: { encoding: '', value: '', encrypted: false } }],
      tags: { 'a b': 'c' },
    });
    expect(faultsOf(received).sort()).toEqual([
      'correlation_key',
      'process',
      'tags["a b"]',
      'tenant_id',
      'variables[0].name',
      'variables[1].data.encoding',
    ]);
    expect(received).toMatchObject({ ok: false, problem: { refused: 'REQUEST_INVALID' } });
    expect(codes.REQUEST_INVALID).toBe(status.INVALID_ARGUMENT);
  });

  test.each([
    ['bytes that are no message', Buffer.from([0x0a, 0x7f])],
    ['bytes that end too early', start({ ...order, correlationKey: 'key' }).subarray(0, -1)],
    [
      'text that is no UTF-8',
      Buffer.from(
        new BinaryWriter()
          .raw(start(order))
          .tag(3, 2)
          .bytes(Buffer.from([0xed, 0xa0, 0x80]))
          .finish(),
      ),
    ],
  ])('for %s', (_name, bytes) => {
    const received = instances.createProcessInstance.requestDeserialize(bytes);
    expect(received).toMatchObject({ ok: false, problem: { faults: [{ field: '', reason: 'malformed' }] } });
  });

  test('for the character NUL, in whatever text', () => {
    expect(faultsOf(startReceived({ ...order, variablesJson: '{"a": "\0"}' }))).toEqual(['variables_json']);
    expect(faultsOf(startReceived({ ...order, tags: { a: '\0' } }))).toEqual(['tags["a"]']);
  });

  test('for an integer beyond 2^53', () => {
    const bytes = new BinaryWriter().tag(1, 0).int64('9007199254740993').finish();
    expect(faultsOf(processes.getBpmnXml.requestDeserialize(Buffer.from(bytes)))).toEqual(['id']);
  });

  test.each(['2026-02-29', '2026-13-01', '0000-01-01', '23-11-2026', ''])('for the day %j', (partition) => {
    const bytes = GetProcessInstanceRequest.encode({ partition, id: 1, withoutVariables: false }).finish();
    expect(faultsOf(instances.getProcessInstance.requestDeserialize(Buffer.from(bytes)))).toEqual(['partition']);
  });

  test('for a time that no calendar has', () => {
    const time = new BinaryWriter().tag(1, 0).int64('1000000000000000').finish();
    const bytes = new BinaryWriter().tag(10, 2).bytes(time).finish();
    expect(faultsOf(instances.queryProcessInstances.requestDeserialize(Buffer.from(bytes)))).toEqual(['created_from']);
  });

  test('for a key that an object cannot hold', () => {
    const entry = new BinaryWriter().tag(1, 2).string('__proto__').tag(2, 2).string('x').finish();
    const bytes = new BinaryWriter().raw(start(order)).tag(4, 2).bytes(entry).finish();
    const received = instances.createProcessInstance.requestDeserialize(Buffer.from(bytes));
    expect(faultsOf(received)).toEqual(['tags["__proto__"]']);
    expect(startReceived({ ...order, correlationKey: '__proto__' })).toMatchObject({ ok: true });
  });

  test('judged by what handlers see, when a field comes twice', () => {
    const named = new BinaryWriter().tag(1, 2).string('order').finish();
    const versioned = new BinaryWriter().tag(2, 2).string('1').finish();
    const twice = new BinaryWriter().tag(2, 2).bytes(named).tag(2, 2).bytes(versioned).finish();
    const received = instances.createProcessInstance.requestDeserialize(Buffer.from(twice));
    expect(faultsOf(received)).toEqual(['bpmn_process.bpmn_process_id']);
  });

  test('and says in words what a pattern wants', () => {
    const bytes = Buffer.from(
      CreateProcessRequest.encode(CreateProcessRequest.fromPartial({ bpmnXml: 'x', tenantId: '?' })).finish(),
    );
    expect(processes.createProcess.requestDeserialize(bytes)).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('tenant_id: must have at most 60 characters') },
    });
  });
});

describe('a frame of outcomes', () => {
  const outcome = (sequence: number, lockToken: string) => ({
    sequence,
    outcome: { $case: 'complete', value: { partition: '2026-11-23', id: 17, lockToken } } as const,
  });
  const frame = (outcomes: ReturnType<typeof outcome>[]): Buffer =>
    Buffer.from(
      WorkRequest.encode(WorkRequest.fromPartial({ frame: { $case: 'outcomes', value: { outcomes } } })).finish(),
    );

  test('tells which of its outcomes are bad, so that the others count', () => {
    const received = jobs.work.requestDeserialize(frame([outcome(1, 'a'), outcome(2, ''), outcome(3, 'c')]));
    if (received.ok) throw new Error('It came through.');
    const faults = faultsOfItems(received, 'outcomes.outcomes');
    expect([...(faults?.keys() ?? [])]).toEqual([1]);
    expect(faults?.get(1)).toMatchObject({ refused: 'REQUEST_INVALID', faults: [{ field: 'complete.lock_token' }] });
    expect(received.message?.frame?.$case).toBe('outcomes');
  });

  test('is bad as a whole when something else is', () => {
    const received = jobs.work.requestDeserialize(frame([]));
    if (received.ok) throw new Error('It came through.');
    expect(faultsOfItems(received, 'outcomes.outcomes')).toBeNull();
  });
});

describe('the quick checks', () => {
  const validator = createValidator({ registry: contract.registry });
  const reporter = new Reporter(contract);

  test('cover every method of the contract', () => {
    const known = methods.map((method) => `/${method.parent.typeName}/${method.name}`);
    expect(guarded.map(({ path }) => path).sort()).toEqual(known.sort());
  });

  test.each(guarded.map((method) => [method.path, method] as const))('let nothing bad through %s', (path, method) => {
    const type = requestOf(contract, path);
    fc.assert(
      fc.property(requestBytes(type), (bytes) => {
        const received = method.requestDeserialize(Buffer.from(bytes));
        if (received.ok) expect([...violationsOf(type, bytes), ...reporter.faults(type, bytes, null)]).toEqual([]);
        else expect(received.problem.faults).not.toEqual([]);
      }),
    );
  });

  test('agree with protovalidate on what is good', () => {
    const seen = { good: 0, bad: 0 };
    const type = requestOf(contract, instances.createProcessInstance.path);
    fc.assert(
      fc.property(requestBytes(type), (bytes) => {
        const received = instances.createProcessInstance.requestDeserialize(Buffer.from(bytes));
        const own = received.ok ? [] : received.problem.faults.filter(({ reason }) => ownRules.has(reason ?? ''));
        expect(received.ok || own.length > 0).toBe(violationsOf(type, bytes).length === 0 || own.length > 0);
        seen[received.ok ? 'good' : 'bad'] += 1;
      }),
      { numRuns: 500 },
    );
    expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(5);
  });

  function violationsOf(type: DescMessage, bytes: Uint8Array): string[] {
    const result = validator.validate(type, fromBinary(type, bytes));
    if (result.kind === 'error') throw result.error;
    return result.kind === 'invalid' ? result.violations.map(String) : [];
  }
});

/** Rules that protovalidate does not know. */
const ownRules = new Set(['string.nul', 'string.date', 'timestamp.range', 'map.key']);
