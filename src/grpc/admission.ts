/**
 * Which calls are let in (I8): each kind has its room, so that callers who wait for an end, or read, keep nobody from
 * starting, and nothing keeps finished work out. A call takes its place from its request to the last byte of its answer,
 * so a client that reads its answers slowly takes its own room, not memory.
 */
import type { Problem } from './errors.js';
import { CALLS, CALLS_BYTES } from './limits.js';

export type CallKind = keyof typeof CALLS;

export type CallRooms = Readonly<Record<CallKind, number>>;

/** What ends or gives back held jobs is never refused for load. */
const FINISHED: ReadonlySet<string> = new Set([
  'CompleteJob',
  'FailJob',
  'ThrowJobError',
  'ThrowJobEscalation',
  'ExtendJobLocks',
  'UnlockJobs',
]);

export function kindOf(rpc: string, request: object): CallKind {
  if (FINISHED.has(rpc)) return 'finished';
  if (/^(Get|Query)/.test(rpc)) return 'reading';
  const { awaitEnd, maxWait } = request as { awaitEnd?: unknown; maxWait?: unknown };
  return awaitEnd === undefined && maxWait === undefined ? 'changing' : 'waiting';
}

export class Admission {
  readonly #rooms: CallRooms;
  readonly #taken: Record<CallKind, number> = { finished: 0, reading: 0, waiting: 0, changing: 0 };
  #bytes = 0;

  constructor(rooms: CallRooms = CALLS) {
    this.#rooms = rooms;
  }

  /** Takes a place; the function that comes back gives it back, once. */
  enter(kind: CallKind, bytes: number): Problem | (() => void) {
    const problem = kind === 'finished' ? null : this.#whyNot(kind, bytes);
    if (problem !== null) return problem;
    this.#taken[kind] += 1;
    this.#bytes += bytes;
    return () => {
      this.#taken[kind] -= 1;
      this.#bytes -= bytes;
    };
  }

  #whyNot(kind: CallKind, bytes: number): Problem | null {
    const limit = this.#rooms[kind];
    if (this.#taken[kind] >= limit) return busy(`${limit} calls of this kind (${kind}) are under way`, kind, limit);
    if (this.#bytes > 0 && this.#bytes + bytes > CALLS_BYTES) {
      return busy(`the requests of the calls under way have ${this.#bytes} bytes`, 'bytes', CALLS_BYTES);
    }
    return null;
  }
}

function busy(what: string, name: string, limit: number): Problem {
  const message = `${what}, which is all that this server has room for; try again later`;
  return { refused: 'ENGINE_BUSY', message, metadata: { name, limit: String(limit) } };
}
