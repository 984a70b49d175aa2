/**
 * What a stream of requests still has to send. A message takes all that waits by then: answers, credit, a notice.
 *
 * What an answer weighs is known from above only: to encode many in one go takes a third of the time.
 */
import type { Duration } from '../gen/google/protobuf/duration.js';
import { durationOf } from './convert.js';
import { ANSWER_BYTES, ANSWERS_BYTES } from './limits.js';
import type { StreamEnd } from './open-streams.js';
import { Outbox } from './outbox.js';

export interface Answer<Result> {
  readonly requestId: string;
  readonly result: Result;
}

export interface AnswerShape<Result> {
  /** Bytes of an answer at most, beside those that each one may have. */
  weigh(result: Result): number;
  encode(message: {
    readonly credit: number;
    readonly results: Answer<Result>[];
    readonly drainTimeLeft: Duration | undefined;
  }): Uint8Array;
}

export class RequestOutbox<Result> extends Outbox<StreamEnd> {
  readonly #leaving: (answers: number) => number;
  readonly #shape: AnswerShape<Result>;
  readonly #answers: Answer<Result>[] = [];
  #bytes = 0;
  #credit = 0;
  #drainTimeLeft: Duration | undefined;
  /** There is something to send beside answers, be it a sign of life. */
  #notice = false;

  /** `leaving` is called with the answers of each message that leaves; what it returns is granted with them. */
  constructor(shape: AnswerShape<Result>, leaving: (answers: number) => number) {
    super();
    this.#shape = shape;
    this.#leaving = leaving;
  }

  /** Bytes of answers that nobody has taken yet, at most. */
  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): boolean {
    return this.#notice || this.#answers.length > 0;
  }

  answer(answer: Answer<Result>): void {
    this.#answers.push(answer);
    this.#bytes += this.#bytesOf(answer);
    this.answerSoon();
  }

  grant(credit: number): void {
    this.#credit += credit;
    this.#tell();
  }

  drain(timeLeftMs: number): void {
    this.#drainTimeLeft = durationOf(timeLeftMs);
    this.#tell();
  }

  beat(): void {
    this.#tell();
  }

  protected drop(): void {
    this.#answers.length = 0;
    this.#bytes = 0;
    this.#notice = false;
  }

  protected take(): Uint8Array | null {
    if (!this.waiting) return null;
    const results = this.#takeAnswers();
    const credit = this.#credit + this.#leaving(results.length);
    const message = { credit, results, drainTimeLeft: this.#drainTimeLeft };
    this.#credit = 0;
    this.#drainTimeLeft = undefined;
    this.#notice = false;
    return this.#shape.encode(message);
  }

  #tell(): void {
    this.#notice = true;
    this.answerSoon();
  }

  /** As many as fit into one message; one always does. */
  #takeAnswers(): Answer<Result>[] {
    let bytes = 0;
    let count = 0;
    for (const answer of this.#answers) {
      const more = this.#bytesOf(answer);
      if (count > 0 && bytes + more > ANSWERS_BYTES) break;
      bytes += more;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#answers.splice(0, count);
  }

  #bytesOf({ result }: Answer<Result>): number {
    return ANSWER_BYTES + this.#shape.weigh(result);
  }
}
