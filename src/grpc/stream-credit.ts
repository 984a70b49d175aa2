/**
 * The credit of one worker stream between the worker's frames and the engine, cut to limits of ours.
 *
 * I8: the engine may always send no more bytes than a backlog may have, whatever the worker has granted: the rest follows
 * when that is on its way. So a reader that takes nothing costs no more than that.
 */
import type { WorkCredit } from '../gen/baton/v1/jobs.js';
import { STREAM_BACKLOG_BYTES, STREAM_CREDIT } from './limits.js';

export class StreamCredit {
  /** Granted to the stream and not yet used, passed on to the engine or not. */
  #jobs = 0;
  #newJobs = 0;
  /** Bytes that the worker takes; null while it has named none. */
  #budget: number | null = null;
  /** Bytes that the engine may send. */
  #passedBytes = 0;

  granted({ jobs, bytes }: WorkCredit): void {
    const added = Math.min(jobs, STREAM_CREDIT - this.#jobs);
    this.#jobs += added;
    this.#newJobs += added;
    if (bytes > 0) this.#budget = Math.min((this.#budget ?? 0) + bytes, Number.MAX_SAFE_INTEGER);
  }

  /** What the engine does not know yet; null when there is nothing. To be asked while nothing waits for the reader. */
  takeNew(): { readonly jobs: number; readonly bytes: number } | null {
    const jobs = this.#newJobs;
    const bytes = Math.min(this.#budget ?? STREAM_BACKLOG_BYTES, STREAM_BACKLOG_BYTES) - this.#passedBytes;
    // Small jobs take little of it: that is made up for with the next credit.
    const enough = bytes === 0 || this.#passedBytes > STREAM_BACKLOG_BYTES / 2;
    if (jobs === 0 && (this.#jobs <= 0 || enough)) return null;
    this.#newJobs = 0;
    this.#passedBytes += bytes;
    return { jobs, bytes };
  }

  used(bytes: number): void {
    this.#jobs -= 1;
    this.#passedBytes -= bytes;
    if (this.#budget !== null) this.#budget -= bytes;
  }
}
