// Owns what goes out over one stream: outcomes and credit, gathered into few frames, as fast as the other side reads.
import type { Clock } from '../clock.js';
import type { JobOutcome } from '../gen/baton/v1/jobs.js';
import { JobFailure } from './failures.js';
import type { OwedOutcome } from './ledger.js';
import { exactSize, sizeAtMost, thrown } from './outcomes.js';
import type { RequestFrame, WorkStream } from './transport.js';

/** The contract allows no more outcomes in a frame. */
const outcomesPerFrame = 1_000;

/** Tags and lengths around the outcomes, and the credit that goes with them. */
const frameOverhead = 64;

export interface OutboxActions {
  /** How many more jobs to ask for now. */
  grant(): number;
  /** A frame went out. */
  sent(): void;
}

export class Outbox {
  readonly #stream: WorkStream;
  readonly #clock: Clock;
  readonly #maxMessageBytes: number;
  readonly #actions: OutboxActions;
  #queue: OwedOutcome[] = [];
  #scheduled = false;
  #full = false;
  #closed = false;

  constructor(stream: WorkStream, clock: Clock, maxMessageBytes: number, actions: OutboxActions) {
    this.#stream = stream;
    this.#clock = clock;
    this.#maxMessageBytes = maxMessageBytes;
    this.#actions = actions;
  }

  /** Outcomes go out in the order in which they were added, which is that of their sequence. */
  add(owed: OwedOutcome): void {
    this.#queue.push(owed);
  }

  /** What ends in the same turn of the event loop goes out in one frame. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  send(frame: RequestFrame): void {
    if (this.#closed) return;
    this.#full = !this.#stream.send(frame);
    this.#actions.sent();
  }

  /** The other side reads again. */
  writable(): void {
    this.#full = false;
    this.flush();
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  /** A server that does not read gets no more, and no credit either: nothing piles up in between (I8). */
  flush(): void {
    while (!this.#full && this.#queue.length > 0) {
      const outcomes = this.#next();
      const jobs = this.#queue.length === 0 ? this.#actions.grant() : 0;
      const credit = jobs > 0 ? { jobs, bytes: 0 } : undefined;
      this.send({ $case: 'outcomes', value: { outcomes, credit } });
    }
    const jobs = this.#full || this.#closed ? 0 : this.#actions.grant();
    if (jobs > 0) this.send({ $case: 'credit', value: { jobs, bytes: 0 } });
  }

  /** As many outcomes as one frame may hold. */
  #next(): JobOutcome[] {
    const limit = this.#maxMessageBytes - frameOverhead;
    const outcomes: JobOutcome[] = [];
    let bytes = 0;
    for (const owed of this.#queue.slice(0, outcomesPerFrame)) {
      const size = sizeAtMost(owed);
      if (outcomes.length > 0 && bytes + size > limit) break;
      if (size > limit) makeFit(owed, limit);
      outcomes.push({ sequence: owed.sequence, outcome: owed.outcome });
      bytes += size;
    }
    this.#queue = this.#queue.slice(outcomes.length);
    return outcomes;
  }
}

/** A message that is too large would end the stream, again on each new one: the job fails instead, and says why. */
function makeFit(owed: OwedOutcome, limit: number): void {
  const size = exactSize(owed);
  if (size <= limit) return;
  const message = `the outcome has ${size} bytes, and the server takes messages of at most ${limit} bytes: return less`;
  owed.outcome = thrown(owed.held.wire, new JobFailure(message));
}
