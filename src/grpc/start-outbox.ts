/**
 * What a stream of starts still has to send. Each part is an encoded message of its own, and a message is the parts one
 * after the other: that is how protobuf merges messages.
 */
import { StreamCreateProcessInstancesResponse } from '../gen/baton/v1/process_instances.js';
import { durationOf } from './convert.js';
import { ANSWERS_BYTES } from './limits.js';
import type { StreamEnd } from './open-streams.js';
import { Outbox } from './outbox.js';

type Parts = Partial<StreamCreateProcessInstancesResponse>;

export class StartOutbox extends Outbox<StreamEnd> {
  readonly #leaving: (answers: number) => number;
  /** Credit, drain, a sign of life: what is not an answer. */
  #notices: Uint8Array[] = [];
  #answers: Uint8Array[] = [];
  #bytes = 0;

  /** `leaving` is called with the answers of each message that leaves; what it returns is granted with them. */
  constructor(leaving: (answers: number) => number) {
    super();
    this.#leaving = leaving;
  }

  /** Bytes of answers that nobody has taken yet. */
  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): boolean {
    return this.#notices.length + this.#answers.length > 0;
  }

  answer(answer: NonNullable<Parts['results']>[number]): void {
    const part = encoded({ results: [answer] });
    this.#answers.push(part);
    this.#bytes += part.length;
    this.answerSoon();
  }

  grant(credit: number): void {
    this.#notice({ credit });
  }

  drain(timeLeftMs: number): void {
    this.#notice({ drainTimeLeft: durationOf(timeLeftMs) });
  }

  beat(): void {
    this.#notice({});
  }

  protected drop(): void {
    this.#notices = [];
    this.#answers = [];
    this.#bytes = 0;
  }

  protected take(): Uint8Array | null {
    if (!this.waiting) return null;
    const parts = this.#notices;
    this.#notices = [];
    const answers = this.#takeAnswers();
    const credit = this.#leaving(answers.length);
    if (credit > 0) parts.push(encoded({ credit }));
    parts.push(...answers);
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  #notice(parts: Parts): void {
    this.#notices.push(encoded(parts));
    this.answerSoon();
  }

  /** As many as fit into one message; one always does. */
  #takeAnswers(): Uint8Array[] {
    let bytes = 0;
    let count = 0;
    for (const answer of this.#answers) {
      if (count > 0 && bytes + answer.length > ANSWERS_BYTES) break;
      bytes += answer.length;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#answers.splice(0, count);
  }
}

function encoded({ credit = 0, results = [], drainTimeLeft }: Parts): Uint8Array {
  return StreamCreateProcessInstancesResponse.encode({ credit, results, drainTimeLeft }).finish();
}
