/**
 * A lane: one connection, one open commit group, one queue (design section 5).
 *
 * There are no timers: a group closes when the previous commit has returned, so an idle lane answers at once and a busy
 * one groups by itself.
 */
import { refuse } from '../core/refusal.js';
import type { Availability } from './availability.js';
import { type CommitParts, commitGroup, type Outcome, type Stopped } from './commit.js';
import { OutOfIds } from './ids.js';
import { LaneQueue } from './lane-queue.js';
import { GROUP_REPEATS, IDS_IN_RESERVE, MISSES_BEFORE_WAITING, STOPS_ALONE } from './limits.js';
import { isAway } from './log.js';
import { type LaneConnection, StoreError } from './ports/lane.js';
import { pause } from './retrying.js';
import { mustWait, type Submission } from './submission.js';
import { Trees } from './trees.js';

export interface LaneParts extends Omit<CommitParts, 'trees' | 'inDoubt'> {
  readonly availability: Availability;
  openLane(): Promise<LaneConnection>;
  /** Replies, pushes, hand-overs: called once for each group that is known to be committed (I1). */
  committed(outcome: Outcome): void;
}

export class Lane {
  readonly trees = new Trees();
  private readonly parts: LaneParts & CommitParts;
  private readonly queue = new LaneQueue();
  private connection: LaneConnection | undefined;
  private oldMark: string | null = null;
  private running: Promise<void> | undefined;

  constructor(parts: LaneParts) {
    this.parts = {
      ...parts,
      trees: this.trees,
      inDoubt: (error) => {
        if (isAway(error)) parts.availability.failed(this, error);
        this.tellWhoWaits();
      },
    };
  }

  get load(): number {
    return this.queue.length;
  }

  submit(submission: Submission): void {
    if (this.endsHere(submission, Date.now())) return;
    if (!this.queue.hasRoomFor(submission)) {
      const waiting = String(this.queue.waitingStarts);
      submission.answer(refuse('ENGINE_BUSY', `${waiting} starts are waiting already; try again later`, { waiting }));
      return;
    }
    this.queue.add(submission);
    this.running ??= this.run();
  }

  /** Resolves when all that was submitted has been answered. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  async close(): Promise<void> {
    await this.idle();
    await this.connection?.close();
  }

  private async run(): Promise<void> {
    // What arrives in the same turn of the event loop shares the first group.
    await undefined;
    while (this.queue.length > 0) {
      const group = this.take();
      if (group.length > 0) await this.settle(group);
    }
    this.running = undefined;
  }

  /** The next group, without those whose callers do not wait any more: they are told, and nothing is decided for them. */
  private take(): Submission[] {
    const now = Date.now();
    return this.queue.take().filter((submission) => !this.endsHere(submission, now));
  }

  /** Answers every command of the group, or puts it back into the queue. It does not throw. */
  private async settle(group: readonly Submission[]): Promise<void> {
    try {
      await this.runGroup(group);
    } catch (error) {
      const known = error instanceof Error ? error : new Error(String(error));
      this.parts.log.error({ err: known, commands: group.map(({ command }) => command.type) }, 'a commit group failed');
      this.parts.availability.gaveUp(this);
      for (const submission of group) submission.fail(known);
    }
  }

  private async runGroup(submissions: readonly Submission[]): Promise<void> {
    let group = submissions;
    const alone = group.length === 1 && (group[0]?.misses ?? 0) >= MISSES_BEFORE_WAITING;
    for (let round = 1; group.length > 0; round++) {
      const outcome = await this.attempt(group, alone);
      if ('group' in outcome) return this.finish(outcome);
      if ('stopped' in outcome) {
        if (group.length > 1) return this.oneByOne(group);
        this.suspect(round);
      } else if (outcome.kind === 'in doubt') {
        // Repeating what may have happened could do it twice: each caller decides, with its request id.
        throw outcome;
      } else if (outcome.kind === 'failed' || (outcome.kind === 'retry' && round > GROUP_REPEATS)) {
        if (group.length === 1) throw outcome;
        this.parts.log.warn({ err: outcome, commands: group.length }, 'a commit group runs one by one');
        return this.oneByOne(group);
      } else if (isAway(outcome)) {
        group = await this.waitForDatabase(group, round, outcome);
      }
    }
  }

  private async attempt(group: readonly Submission[], alone: boolean): Promise<Outcome | Stopped | StoreError> {
    const { parts } = this;
    let ids = IDS_IN_RESERVE;
    for (;;) {
      try {
        await parts.ids.ensure(ids);
        for (const submission of group) this.identify(submission);
        const connection = await this.connect();
        return await commitGroup(parts, connection, group, this.oldMark, alone);
      } catch (error) {
        if (error instanceof StoreError) return error;
        if (!(error instanceof OutOfIds)) throw error;
        ids *= 4;
      }
    }
  }

  /** A lost connection is given back before another is asked for: the pool counts it until then. */
  private async connect(): Promise<LaneConnection> {
    if (this.connection?.usable) return this.connection;
    const lost = this.connection;
    this.connection = undefined;
    await lost?.close();
    this.trees.forgetAll();
    this.connection = await this.parts.openLane();
    return this.connection;
  }

  /** A group that is repeated keeps the identities that it gave: its request rows refer to them. */
  private identify(submission: Submission): void {
    if (submission.isStart) submission.newId ??= this.parts.ids.next(submission.shard);
  }

  /** A command alone exceeded the time limit: by an expression, by a pause of the machine, or by a bug. */
  private suspect(round: number): void {
    const expression = this.parts.slow.stopped();
    this.parts.log.warn({ expression: expression?.text, round }, 'a decision exceeded the time limit');
    if (round > STOPS_ALONE) throw new Error(`a decision exceeded the time limit ${round} times`);
  }

  /** So that the one poisoned command is found, and only it fails (I4). */
  private async oneByOne(group: readonly Submission[]): Promise<void> {
    for (const submission of group) await this.settle([submission]);
  }

  private finish(outcome: Outcome): void {
    const { group, mark } = outcome;
    // Only a write says that the database can be written.
    if (mark === null) this.parts.availability.gaveUp(this);
    else this.parts.availability.succeeded(this);
    if (mark !== null) this.oldMark = mark;
    this.queue.putBack(group.postponed);
    for (const { submission, error } of group.broken) {
      this.parts.log.error({ err: error, command: submission.command }, 'a command failed: this is a bug');
      submission.fail(error);
    }
    this.parts.committed(outcome);
  }

  /** The database is away: who can not wait any longer is told, the others do. A lost connection alone costs no time. */
  private async waitForDatabase(
    group: readonly Submission[],
    round: number,
    error: StoreError,
  ): Promise<readonly Submission[]> {
    if (error.kind === 'lost' && round === 1) return group;
    const { availability } = this.parts;
    availability.failed(this, error);
    const stopping = this.parts.stopping();
    if (!stopping) await pause(round);
    const now = Date.now();
    const left = group.filter((submission) => !this.endsHere(submission, now, stopping));
    if (left.length === 0) availability.gaveUp(this);
    this.tellWhoWaits();
    return left;
  }

  /** The queue's part of the same: its commands would else wait for those before them. */
  private tellWhoWaits(): void {
    if (!this.parts.availability.lasts) return;
    const now = Date.now();
    this.queue.drop((submission) => this.endsHere(submission, now));
  }

  /** Tells who can not wait: its deadline has passed, or the database is away for long and it may come again. */
  private endsHere(submission: Submission, now: number, stopping = false): boolean {
    if (isPast(submission, now)) return true;
    const mayWait = !this.parts.availability.lasts || mustWait(submission.command);
    if (mayWait && !stopping) return false;
    submission.answer(refuse('DATABASE_UNAVAILABLE', 'the database can not be used now; nothing was changed'));
    return true;
  }
}

/** Tells a caller whose deadline has passed before its command began. */
function isPast(submission: Submission, now: number): boolean {
  const { deadline, signal } = submission.caller;
  if (!signal?.aborted && (deadline === undefined || deadline > now)) return false;
  submission.answer(refuse('DEADLINE_PASSED', 'the deadline passed before the command began; nothing was changed'));
  return true;
}
