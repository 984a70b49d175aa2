/** Messages of a worker stream: what the worker's hello means to the engine, and what the server's frames say. */
import type { Ref } from '../core/state.js';
import type { EngineInfo, WorkerHello } from '../engine/face.js';
import type { JobHandle, TopicWish } from '../engine/ports/leases.js';
import type {
  CanceledJob,
  DrainReason,
  JobCancelReason,
  JobOutcomeAck,
  JobState,
  TopicSubscription,
  WorkHello,
  WorkResponse,
} from '../gen/baton/v1/jobs.js';
import { durationOf, millisecondsOf } from './convert.js';
import { type Problem, type Reason, toStatus } from './errors.js';
import type { Fault } from './faults.js';
import { DEFAULT_HOLD_MS, MESSAGE_BYTES, SILENT_INTERVALS, STREAM_CREDIT } from './limits.js';

export type ServerFrame = NonNullable<WorkResponse['frame']>;

/** No variable names means all that the element can see. */
export function topicWish({ topic, variableNames, withoutVariables }: TopicSubscription): TopicWish {
  return { topic, variables: withoutVariables ? [] : variableNames.length > 0 ? variableNames : null };
}

/** A topic can be asked for once. */
export function topicFaults(topics: readonly TopicSubscription[], field: string): Fault[] {
  const first = new Map<string, number>();
  return topics.flatMap(({ topic }, index): Fault[] => {
    const before = first.get(topic);
    if (before === undefined) {
      first.set(topic, index);
      return [];
    }
    const message = `names "${topic}" again, after ${field}[${before}]`;
    return [{ reason: 'REQUEST_INVALID', field: `${field}[${index}].topic`, message }];
  });
}

export function workerHello(hello: WorkHello): WorkerHello {
  return {
    workerId: hello.workerId,
    sessionId: hello.sessionId.toLowerCase(),
    generation: hello.generation,
    tenantIds: tenantsOf(hello.tenantIds),
    topics: hello.topics.map((topic) => ({ ...topicWish(topic), maxHoldMs: holdOf(topic) })),
    held: hello.held,
  };
}

/** Named tenants; without any, the default one. */
export function tenantsOf(tenantIds: readonly string[]): readonly string[] {
  return tenantIds.length > 0 ? tenantIds : [''];
}

export function holdOf({ maxHold }: TopicSubscription): number {
  return maxHold === undefined ? DEFAULT_HOLD_MS : millisecondsOf(maxHold);
}

/** Answers a hello; of the jobs that the worker named, those are lost that were not kept. */
export function welcome(info: EngineInfo, held: readonly JobHandle[], kept: readonly Ref[]): ServerFrame {
  const ids = new Set(kept.map(({ id }) => id));
  return {
    $case: 'hello',
    value: {
      serverId: info.serverId,
      serverVersion: info.version,
      heartbeatInterval: durationOf(info.heartbeatIntervalMs),
      silenceLimit: durationOf(info.heartbeatIntervalMs * SILENT_INTERVALS),
      resumeWindow: durationOf(info.resumeWindowMs),
      defaultMaxHold: durationOf(DEFAULT_HOLD_MS),
      maxMessageBytes: MESSAGE_BYTES,
      maxCredit: STREAM_CREDIT,
      held: held.filter(({ id }) => ids.has(id)),
      lost: held.filter(({ id }) => !ids.has(id)).map((handle) => canceled(handle, 'JOB_CANCEL_REASON_LOCK_ENDED')),
    },
  };
}

export function canceled({ partition, id, lockToken }: JobHandle, reason: JobCancelReason): CanceledJob {
  return { partition, id, lockToken, reason };
}

export const heartbeat: ServerFrame = { $case: 'heartbeat', value: {} };

export function drain(reason: DrainReason, timeLeftMs: number): ServerFrame {
  return { $case: 'drain', value: { reason, timeLeft: durationOf(Math.max(0, timeLeftMs)) } };
}

export function accepted(sequence: number, state: JobState): JobOutcomeAck {
  return { sequence, result: { $case: 'accepted', value: { state } }, stillHeld: false };
}

/** After these the worker holds the job no longer, whatever it thinks. */
const lostBy: Partial<Record<Reason, true>> = {
  JOB_NOT_FOUND: true,
  JOB_NOT_HELD: true,
  LOCK_TOKEN_MISMATCH: true,
  JOB_ENDED: true,
  JOB_CANCELED: true,
};

export function endsHolding({ refused: reason }: Problem): boolean {
  return lostBy[reason] === true;
}

/** Nothing is wrong with the outcome: it is to be sent again, on another stream. */
const later: Partial<Record<Reason, true>> = {
  SHUTTING_DOWN: true,
  DATABASE_UNAVAILABLE: true,
  ENGINE_BUSY: true,
  DEADLINE_PASSED: true,
};

export function isForLater({ refused: reason }: Problem): boolean {
  return later[reason] === true;
}

/** The engine says in words why it drains a stream. */
export function drainReason(reason: string): DrainReason {
  return /rebalance/i.test(reason) ? 'DRAIN_REASON_REBALANCE' : 'DRAIN_REASON_SHUTDOWN';
}

export function refused(sequence: number, problem: Problem, stillHeld: boolean): JobOutcomeAck {
  return { sequence, result: { $case: 'refused', value: toStatus(problem) }, stillHeld };
}
