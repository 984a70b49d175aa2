/**
 * Messages both ways: a handler reads an async iterator and hands out another one, of encoded messages. A write that finds
 * no room waits until there is some, or until nobody will read any more.
 */
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { type CallContext, contextOf } from '../call-context.js';
import type { Received } from '../door.js';
import { bugIn, type Edge } from '../edge.js';
import { type Problem, toServiceError } from '../errors.js';

export interface Responses {
  /** Encoded messages; at the end why the stream ends, null for OK. */
  readonly responses: AsyncIterator<Uint8Array, Problem | null>;
  /** Aborted when the stream has ended: then nothing waits for the reader any more. */
  readonly ended: AbortSignal;
}

export type Bidi<Request> = (requests: AsyncIterator<Received<Request>>, context: CallContext) => Responses;

export function bidiStream<Request>(
  rpc: string,
  handler: Bidi<Request>,
  edge: Edge,
): handleBidiStreamingCall<Received<Request>, Uint8Array> {
  return (call) => {
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort());
    // Without a listener an error of the transport would end the process; what it means is told by `cancelled`.
    call.on('error', () => gone.abort());
    const answer = handler(messagesOf(call, gone.signal), contextOf(rpc, call, gone.signal));
    writeAll(call, answer, gone.signal)
      .catch((error: unknown) => bugIn(edge.log, error, { rpc }))
      .then((end) => {
        if (gone.signal.aborted) return;
        if (end === null) call.end();
        else call.emit('error', toServiceError(end));
      });
  };
}

/**
 * Ends when the client has ended its side, or has gone. The stream's own iterator would destroy the stream at its error,
 * and with it what is not written yet: then a reader that comes late never hears that the stream has ended.
 */
async function* messagesOf<T>(
  call: ServerDuplexStream<T, Uint8Array>,
  gone: AbortSignal,
): AsyncGenerator<T, undefined> {
  let wake: () => void = () => undefined;
  const wakeUp = () => wake();
  for (const event of ['readable', 'end', 'close']) call.on(event, wakeUp);
  gone.addEventListener('abort', wakeUp);
  while (!gone.aborted) {
    const message: T | null = call.read();
    if (message !== null) yield message;
    else if (call.readableEnded || call.destroyed) return;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

/** Frames that are on their way to the transport: the next one waits, and gathers what comes meanwhile. */
const WRITES_UNDER_WAY = 2;

async function writeAll<T>(
  call: ServerDuplexStream<T, Uint8Array>,
  { responses, ended }: Responses,
  gone: AbortSignal,
): Promise<Problem | null> {
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
