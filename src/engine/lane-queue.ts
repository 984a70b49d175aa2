/**
 * What waits in one lane, in two rooms: work on trees that exist, and starts of new ones (I8).
 *
 * Starts are bounded, by number and by what they weigh; what exists is never refused. Each room has its part of a group, so
 * that a lane full of starts still takes outcomes at once, and a lane full of outcomes still starts. A start has no
 * predecessor, so overtaking it changes no tree's order.
 */
import {
  GROUP_CHARACTERS,
  GROUP_COMMANDS,
  GROUP_STARTS,
  LANE_QUEUE_CHARACTERS,
  LANE_QUEUE_STARTS,
  MISSES_BEFORE_WAITING,
} from './limits.js';
import type { Submission } from './submission.js';

export class LaneQueue {
  private readonly work: Submission[] = [];
  private readonly starts: Submission[] = [];
  private startCharacters = 0;

  get length(): number {
    return this.work.length + this.starts.length;
  }

  /** Starts that wait. */
  get waitingStarts(): number {
    return this.starts.length;
  }

  /** The first of the starts has room, whatever it weighs. */
  hasRoomFor({ isStart, characters }: Submission): boolean {
    if (!isStart || this.starts.length === 0) return true;
    return this.starts.length < LANE_QUEUE_STARTS && this.startCharacters + characters <= LANE_QUEUE_CHARACTERS;
  }

  add(submission: Submission): void {
    if (submission.isStart) {
      this.starts.push(submission);
      this.startCharacters += submission.characters;
    } else {
      this.work.push(submission);
    }
  }

  /** Before all others, in their order. They were admitted before, so there is room. */
  putBack(submissions: readonly Submission[]): void {
    const starts = submissions.filter(({ isStart }) => isStart);
    this.work.unshift(...submissions.filter(({ isStart }) => !isStart));
    this.starts.unshift(...starts);
    for (const { characters } of starts) this.startCharacters += characters;
  }

  /** Takes out those whose callers do not wait any more. */
  drop(ends: (submission: Submission) => boolean): void {
    this.work.push(...this.work.splice(0).filter((submission) => !ends(submission)));
    this.starts.push(...this.starts.splice(0).filter((submission) => !ends(submission)));
    this.startCharacters = this.starts.reduce((sum, { characters }) => sum + characters, 0);
  }

  /** The next group. A command that was missed too often goes alone, and waits for its lock. */
  take(): Submission[] {
    const [first] = this.work;
    if (first !== undefined && first.misses >= MISSES_BEFORE_WAITING) return this.work.splice(0, 1);
    const forStarts = Math.min(this.starts.length, GROUP_STARTS);
    const group = this.work.splice(0, fitting(this.work, GROUP_COMMANDS - forStarts));
    const starts = this.starts.splice(0, fitting(this.starts, GROUP_COMMANDS - group.length));
    for (const start of starts) {
      this.startCharacters -= start.characters;
      group.push(start);
    }
    return group;
  }
}

/** How many of the first go into one group; the first always does. */
function fitting(waiting: readonly Submission[], most: number): number {
  let room = GROUP_CHARACTERS;
  let count = 0;
  for (const { characters, misses } of waiting) {
    room -= characters;
    if (count === most || (count > 0 && (room < 0 || misses >= MISSES_BEFORE_WAITING))) break;
    count += 1;
  }
  return count;
}
