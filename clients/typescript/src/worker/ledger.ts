// Owns what a worker owes: jobs in hand, outcomes without ack, and the credit that is out. Numbers only, no protocol.
import type { JobHandle, Job as WireJob } from '../gen/baton/v1/jobs.js';
import type { Outcome } from './outcomes.js';

/** A job in hand. */
export interface HeldJob {
  readonly wire: WireJob;
  /** Its outcome no longer counts: it was canceled, or its lock was lost. */
  released: boolean;
}

/** An outcome that has no ack yet. Kept and sent again after each reconnect, until it has one. */
export interface OwedOutcome {
  readonly sequence: number;
  readonly held: HeldJob;
  outcome: Outcome;
  /** Made by this library in place of an outcome that the server could not take. */
  readonly substitute: boolean;
  /** How often the server has refused it for a reason that passes. */
  readonly refusals: number;
}

/** The list of held jobs in a hello takes no more: half for jobs in hand, half for outcomes. */
export const greatestConcurrency = 5_000;

/** Outcomes without ack, beyond which no more jobs are asked for. */
const smallestWindow = 1_000;

export class Ledger {
  readonly #concurrency: number;
  readonly #window: number;
  /** By lock token, which is unique for each hand-out. */
  readonly #held = new Map<string, HeldJob>();
  /** In the order of their sequence. */
  readonly #owed = new Map<number, OwedOutcome>();
  #busy = 0;
  #credit = 0;
  #sequence = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
    this.#window = Math.max(concurrency, smallestWindow);
  }

  /** Nothing in hand and nothing to say. */
  get quiet(): boolean {
    return this.#held.size === 0 && this.#owed.size === 0;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  get owedCount(): number {
    return this.#owed.size;
  }

  get owed(): OwedOutcome[] {
    return [...this.#owed.values()];
  }

  take(wire: WireJob): HeldJob {
    const held = { wire, released: false };
    this.#held.set(wire.lockToken, held);
    this.#busy += 1;
    this.#credit = Math.max(0, this.#credit - 1);
    return held;
  }

  /** A handler has ended. */
  finish(held: HeldJob): void {
    this.#busy -= 1;
    this.#held.delete(held.wire.lockToken);
  }

  owe(held: HeldJob, outcome: Outcome, { substitute = false, refusals = 0 } = {}): OwedOutcome {
    this.#held.delete(held.wire.lockToken);
    this.#sequence += 1;
    const owed = { sequence: this.#sequence, held, outcome, substitute, refusals };
    this.#owed.set(owed.sequence, owed);
    return owed;
  }

  /** The job is in hand again, without a handler, until its outcome is sent under another sequence. */
  keep(held: HeldJob): void {
    this.#held.set(held.wire.lockToken, held);
  }

  /** Undefined for an ack that came before. */
  settle(sequence: number): OwedOutcome | undefined {
    const owed = this.#owed.get(sequence);
    this.#owed.delete(sequence);
    return owed;
  }

  /** The job's outcome no longer counts; its handler may still run, and its place is taken until it ends. */
  release(lockToken: string): HeldJob | undefined {
    const held = this.#held.get(lockToken);
    if (held === undefined) return undefined;
    held.released = true;
    this.#held.delete(lockToken);
    return held;
  }

  releaseAll(): HeldJob[] {
    return [...this.#held.keys()].flatMap((token) => this.release(token) ?? []);
  }

  /** Another session begins: nothing of this one counts any more. */
  forget(): void {
    this.#owed.clear();
    this.#sequence = 0;
  }

  /** What a hello lists: jobs in hand, and those whose outcome has no ack. */
  handles(): JobHandle[] {
    const jobs = [...this.#held.values(), ...[...this.#owed.values()].map(({ held }) => held)];
    return jobs.map(({ wire: { partition, id, lockToken } }) => ({ partition, id, lockToken }));
  }

  /** Credit is not kept across streams. */
  disconnected(): void {
    this.#credit = 0;
  }

  /** How many more jobs to ask for: one for each free place, while the acks keep up (I8). */
  grant(greatest: number): number {
    const places = this.#concurrency - this.#busy - this.#credit;
    const room = this.#concurrency + this.#window - this.#busy - this.#credit - this.#owed.size;
    const granted = Math.max(0, Math.min(places, room, greatest - this.#credit));
    this.#credit += granted;
    return granted;
  }
}
