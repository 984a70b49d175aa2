/**
 * What a worker stream still has to send. Acks come first, for they free the worker; everything else keeps its order, so
 * that no job is canceled before it was sent.
 */
import { FRAME_ITEMS } from './limits.js';
import { Outbox } from './outbox.js';
import { FRAME_OVERHEAD, itemBytes, type ListKind, listFrame } from './work-frames.js';

type Waiting = { readonly frame: Uint8Array } | { readonly kind: 'jobs' | 'jobsCanceled'; readonly item: Uint8Array };

export class WorkOutbox<End> extends Outbox<End> {
  readonly #onTaken: () => void;
  readonly #acks: Uint8Array[] = [];
  readonly #waiting: Waiting[] = [];
  #frameBytes = Number.MAX_SAFE_INTEGER;
  #bytes = 0;

  /** `onTaken` is called when a frame was taken. */
  constructor(onTaken: () => void) {
    super();
    this.#onTaken = onTaken;
  }

  /** Bytes that nobody has taken yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** No frame becomes larger, as long as no single item is. */
  limitFrames(bytes: number): void {
    this.#frameBytes = bytes;
  }

  add(frame: Uint8Array): void {
    this.#waiting.push({ frame });
    this.#added(frame.length);
  }

  addItem(kind: ListKind, item: Uint8Array): void {
    if (kind === 'outcomeAcks') this.#acks.push(item);
    else this.#waiting.push({ kind, item });
    this.#added(item.length);
  }

  protected drop(): void {
    this.#acks.length = 0;
    this.#waiting.length = 0;
    this.#bytes = 0;
  }

  protected take(): Uint8Array | null {
    const frame = this.#acks.length > 0 ? this.#takeAcks() : this.#takeWaiting();
    if (frame !== null) this.#onTaken();
    return frame;
  }

  #added(bytes: number): void {
    this.#bytes += bytes;
    this.answerSoon();
  }

  #takeAcks(): Uint8Array {
    return this.#frameOf('outcomeAcks', this.#acks.splice(0, this.#fitting(this.#acks)));
  }

  #takeWaiting(): Uint8Array | null {
    const first = this.#waiting[0];
    if (first === undefined) return null;
    if ('frame' in first) {
      this.#waiting.shift();
      this.#bytes -= first.frame.length;
      return first.frame;
    }
    const items: Uint8Array[] = [];
    for (const next of this.#waiting) {
      if (!('kind' in next) || next.kind !== first.kind || items.length === FRAME_ITEMS) break;
      items.push(next.item);
    }
    items.length = this.#fitting(items);
    this.#waiting.splice(0, items.length);
    return this.#frameOf(first.kind, items);
  }

  /** How many items fit into one frame; one always does. */
  #fitting(items: readonly Uint8Array[]): number {
    let room = this.#frameBytes - FRAME_OVERHEAD;
    let count = 0;
    for (const item of items) {
      room -= itemBytes(item);
      if (count > 0 && (room < 0 || count === FRAME_ITEMS)) break;
      count += 1;
    }
    return count;
  }

  #frameOf(kind: ListKind, items: readonly Uint8Array[]): Uint8Array {
    for (const item of items) this.#bytes -= item.length;
    return listFrame(kind, items);
  }
}
