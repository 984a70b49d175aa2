/**
 * What a stream still has to send, as an async iterator. Messages are made when they are asked for, so that all that came
 * while the wire was busy goes in one.
 */
export abstract class Outbox<End> implements AsyncIterator<Uint8Array, End> {
  #reader: ((result: IteratorResult<Uint8Array, End>) => void) | null = null;
  #answering = false;
  #end: { readonly value: End } | null = null;

  /** The next message, of what waits; null when nothing does. */
  protected abstract take(): Uint8Array | null;

  /** Forgets what waits. */
  protected abstract drop(): void;

  /** Ends after all that waits; `at once` drops that. */
  end(value: End, how: 'after all' | 'at once'): void {
    if (this.#end !== null) return;
    this.#end = { value };
    if (how === 'at once') this.drop();
    this.answerSoon();
  }

  next(): Promise<IteratorResult<Uint8Array, End>> {
    const result = this.#result();
    if (result !== null) return Promise.resolve(result);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** A waiting reader is answered when the present burst is over, so that the burst goes in one message. */
  protected answerSoon(): void {
    if (this.#reader === null || this.#answering) return;
    this.#answering = true;
    process.nextTick(() => {
      this.#answering = false;
      const reader = this.#reader;
      const result = reader === null ? null : this.#result();
      if (reader === null || result === null) return;
      this.#reader = null;
      reader(result);
    });
  }

  #result(): IteratorResult<Uint8Array, End> | null {
    const message = this.take();
    if (message !== null) return { done: false, value: message };
    return this.#end === null ? null : { done: true, value: this.#end.value };
  }
}
