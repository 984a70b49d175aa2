/** The credit of one worker stream between the worker's frames and the engine: cut to the limit, with or without bytes. */
import type { WorkCredit } from '../gen/baton/v1/jobs.js';
import { STREAM_CREDIT } from './limits.js';

/** Bytes for workers that never send any: more than a stream can carry. */
const WITHOUT_LIMIT = 2 ** 52;

export class StreamCredit {
  /** Granted to the stream and not yet used, passed on to the engine or not. */
  #jobs = 0;
  #newJobs = 0;
  #newBytes = 0;
  #usedBytes = 0;
  #budget: 'undecided' | 'none' | 'bytes' = 'undecided';

  granted({ jobs, bytes }: WorkCredit): void {
    const added = Math.min(jobs, STREAM_CREDIT - this.#jobs);
    this.#jobs += added;
    this.#newJobs += added;
    if (bytes === 0) return;
    // A budget that comes late replaces the one without a limit.
    if (this.#budget === 'none') this.#newBytes -= WITHOUT_LIMIT - this.#usedBytes;
    this.#budget = 'bytes';
    this.#newBytes = Math.min(this.#newBytes + bytes, WITHOUT_LIMIT);
  }

  /** What the engine does not know yet; null when there is nothing. */
  takeNew(): { readonly jobs: number; readonly bytes: number } | null {
    const jobs = this.#newJobs;
    if (this.#budget === 'undecided' && jobs > 0) {
      this.#budget = 'none';
      this.#newBytes = WITHOUT_LIMIT;
    }
    const bytes = this.#newBytes;
    if (jobs === 0 && bytes === 0) return null;
    this.#newJobs = 0;
    this.#newBytes = 0;
    return { jobs, bytes };
  }

  used(bytes: number): void {
    this.#jobs -= 1;
    this.#usedBytes += bytes;
  }
}
