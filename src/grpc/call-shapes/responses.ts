/**
 * Answers of a stream, as a handler hands them out: an async iterator of encoded messages. A write that finds no room waits
 * until there is some, or until nobody will read any more.
 */
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { bugIn, type Edge } from '../edge.js';
import { type Problem, toServiceError } from '../errors.js';

export interface Responses {
  /** Encoded messages; at the end why the stream ends, null for OK. */
  readonly responses: AsyncIterator<Uint8Array, End>;
  /** Aborted when the stream has ended: then nothing waits for the reader any more. */
  readonly ended: AbortSignal;
}

type End = Problem | null;

type AnswerStream = ServerDuplexStream<never, Uint8Array> | ServerWritableStream<never, Uint8Array>;

/** Writes all answers, then ends the call; an exception ends it too, as the bug that it is. */
export function answer(rpc: string, call: object, given: Responses, gone: AbortSignal, edge: Edge): void {
  const stream = call as AnswerStream;
  writeAll(stream, given, gone)
    .catch((error: unknown) => bugIn(edge.log, error, { rpc }))
    .then((end) => {
      if (gone.aborted) return;
      if (end === null) stream.end();
      else stream.emit('error', toServiceError(end));
    });
}

/** Frames that are on their way to the transport: the next one waits, and gathers what comes meanwhile. */
const WRITES_UNDER_WAY = 2;

async function writeAll(call: AnswerStream, { responses, ended }: Responses, gone: AbortSignal): Promise<End> {
  const room = new Room(gone, ended);
  for (;;) {
    const next = await responses.next();
    if (next.done === true) return next.value;
    if (gone.aborted) continue;
    room.take();
    call.write(next.value, () => room.give());
    if (room.taken >= WRITES_UNDER_WAY) await room.wait();
  }
}

/**
 * Counts writes. The stream's own mark counts messages of any size and lies far too high for ours; a write that is called
 * back has found room in the window that the client's reading opens.
 */
class Room {
  taken = 0;
  readonly #over: readonly AbortSignal[];
  #wake: (() => void) | null = null;

  constructor(...over: readonly AbortSignal[]) {
    this.#over = over;
    for (const signal of over) signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  take(): void {
    this.taken += 1;
  }

  give(): void {
    this.taken -= 1;
    this.#wake?.();
  }

  /** Until there is room, or it no longer matters. */
  wait(): Promise<void> {
    if (this.#over.some((signal) => signal.aborted)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
