/**
 * What a stream of starts still has to send. A message takes all that waits by then: answers, credit, a notice.
 *
 * What an answer weighs is known from above only: to encode many in one go takes a third of the time.
 */
import {
  StreamCreateProcessInstancesResponse,
  type StreamCreateProcessInstancesResult,
} from '../gen/baton/v1/process_instances.js';
import { durationOf } from './convert.js';
import { ANSWER_BYTES, ANSWERS_BYTES } from './limits.js';
import type { StreamEnd } from './open-streams.js';
import { Outbox } from './outbox.js';

export class StartOutbox extends Outbox<StreamEnd> {
  readonly #leaving: (answers: number) => number;
  readonly #answers: StreamCreateProcessInstancesResult[] = [];
  #bytes = 0;
  #credit = 0;
  #drainTimeLeft: StreamCreateProcessInstancesResponse['drainTimeLeft'];
  /** There is something to send beside answers, be it a sign of life. */
  #notice = false;

  /** `leaving` is called with the answers of each message that leaves; what it returns is granted with them. */
  constructor(leaving: (answers: number) => number) {
    super();
    this.#leaving = leaving;
  }

  /** Bytes of answers that nobody has taken yet, at most. */
  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): boolean {
    return this.#notice || this.#answers.length > 0;
  }

  answer(answer: StreamCreateProcessInstancesResult): void {
    this.#answers.push(answer);
    this.#bytes += greatestBytes(answer);
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
    return StreamCreateProcessInstancesResponse.encode(message).finish();
  }

  #tell(): void {
    this.#notice = true;
    this.answerSoon();
  }

  /** As many as fit into one message; one always does. */
  #takeAnswers(): StreamCreateProcessInstancesResult[] {
    let bytes = 0;
    let count = 0;
    for (const answer of this.#answers) {
      const more = greatestBytes(answer);
      if (count > 0 && bytes + more > ANSWERS_BYTES) break;
      bytes += more;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#answers.splice(0, count);
  }
}

/** A character takes at most three bytes of UTF-8, and an entry of a map some more. */
function greatestBytes({ result }: StreamCreateProcessInstancesResult): number {
  let bytes = ANSWER_BYTES;
  if (result?.result?.$case !== 'processInstance') return bytes;
  const { tags } = result.result.value;
  for (const name in tags) bytes += 3 * (name.length + (tags[name]?.length ?? 0)) + 16;
  return bytes;
}
