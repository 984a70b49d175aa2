/**
 * The outcomes of one worker stream: applied as they come, acknowledged as they finish. An outcome that was applied before
 * is acknowledged again (the engine knows); one that breaks the rules is refused by its ack and hurts no other.
 *
 * I1: an ack is the result of a commit. I6: an exception is a bug, logged with the job.
 */
import { isRefusal } from '../core/refusal.js';
import type { Caller, Engine } from '../engine/face.js';
import type { JobOutcome, JobOutcomeAck } from '../gen/baton/v1/jobs.js';
import { wireJobState } from './convert.js';
import type { Problem } from './errors.js';
import type { HeldJobs } from './held-jobs.js';
import { type OutcomeCommand, outcomeCommand } from './outcomes.js';
import { accepted, endsHolding, isForLater, refused } from './work-messages.js';

export interface OutcomeParts {
  readonly engine: Pick<Engine, 'submit'>;
  caller(): Caller;
  readonly held: HeldJobs;
  bug(error: unknown, what: object): Problem;
  ack(ack: JobOutcomeAck): void;
  /** The outcome can not be applied now, so it has no ack: the worker comes back and sends it again. */
  notNow(problem: Problem): void;
  /** One outcome less is being applied. */
  applied(): void;
}

export class WorkOutcomes {
  readonly #parts: OutcomeParts;
  #lastSequence = 0;
  #applying = 0;
  #applyingBytes = 0;

  constructor(parts: OutcomeParts) {
    this.#parts = parts;
  }

  /** Outcomes without an ack yet. */
  get applying(): number {
    return this.#applying;
  }

  /** What they took on the wire. */
  get applyingBytes(): number {
    return this.#applyingBytes;
  }

  /** `refusedAtDoor` holds those that break the rules, by their place. A problem ends the stream. */
  take(
    outcomes: readonly JobOutcome[],
    refusedAtDoor: ReadonlyMap<number, Problem>,
    by: string,
    frameBytes: number,
  ): Problem | null {
    const bytes = frameBytes / outcomes.length;
    for (const [place, { sequence, outcome }] of outcomes.entries()) {
      if (sequence <= this.#lastSequence) return outOfOrder(sequence, this.#lastSequence, place);
      this.#lastSequence = sequence;
      const atDoor = refusedAtDoor.get(place);
      if (atDoor !== undefined) this.#parts.ack(refused(sequence, atDoor, true));
      else if (outcome === undefined) throw new Error(`outcome ${sequence} is empty, and the door let it pass`);
      else this.#start(sequence, outcomeCommand(outcome, by, ''), outcome.value, bytes);
    }
    return null;
  }

  #start(sequence: number, command: OutcomeCommand | Problem, job: Handle, bytes: number): void {
    if ('refused' in command) {
      this.#refuse(sequence, job, command);
      return;
    }
    const what = { job: command.job, outcome: command.type };
    this.run(this.#apply(sequence, command), what, (problem) => this.#refuse(sequence, job, problem), bytes);
  }

  /** Counts the work as being applied until it is done; bugs come back as a problem. */
  run(work: Promise<void>, what: object, onBug: (problem: Problem) => void, bytes = 0): void {
    this.#applying += 1;
    this.#applyingBytes += bytes;
    work
      .catch((error: unknown) => onBug(this.#parts.bug(error, what)))
      .finally(() => {
        this.#applying -= 1;
        this.#applyingBytes -= bytes;
        this.#parts.applied();
      });
  }

  async #apply(sequence: number, command: OutcomeCommand): Promise<void> {
    const { engine, held, ack } = this.#parts;
    const reply = await engine.submit(command, this.#parts.caller());
    const job = { id: command.job.id, lockToken: command.lockToken };
    if (isRefusal(reply)) return this.#refuse(sequence, job, reply);
    held.release(job.id, job.lockToken);
    ack(accepted(sequence, wireJobState[reply.state ?? 'DONE']));
  }

  #refuse(sequence: number, { id, lockToken }: Handle, problem: Problem): void {
    const { ack, held, notNow } = this.#parts;
    if (isForLater(problem)) {
      notNow(problem);
      return;
    }
    if (endsHolding(problem)) held.release(id, lockToken);
    ack(refused(sequence, problem, held.find(id, lockToken) !== null));
  }
}

interface Handle {
  readonly id: number;
  readonly lockToken: string;
}

function outOfOrder(sequence: number, last: number, place: number): Problem {
  const message = `sequence ${sequence} came after ${last}; on one stream sequences rise`;
  const metadata = { sequence: String(sequence), last: String(last) };
  return { refused: 'PROTOCOL_VIOLATION', message, metadata, field: `outcomes.outcomes[${place}].sequence` };
}
