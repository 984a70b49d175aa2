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

/** Ends when the client has ended its side, or has gone. */
async function* messagesOf<T>(
  call: ServerDuplexStream<T, Uint8Array>,
  gone: AbortSignal,
): AsyncGenerator<T, undefined> {
  try {
    // The writing side must outlive the reading side.
    for await (const message of call.iterator({ destroyOnReturn: false })) yield message;
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

async function writeAll<T>(
  call: ServerDuplexStream<T, Uint8Array>,
  { responses, ended }: Responses,
  gone: AbortSignal,
): Promise<Problem | null> {
  for (;;) {
    const next = await responses.next();
    if (next.done === true) return next.value;
    if (gone.aborted) continue;
    if (!call.write(next.value)) await roomOr(call, gone, ended);
  }
}

function roomOr(call: ServerDuplexStream<unknown, Uint8Array>, gone: AbortSignal, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      call.off('drain', stop);
      gone.removeEventListener('abort', stop);
      ended.removeEventListener('abort', stop);
      resolve();
    };
    if (gone.aborted || ended.aborted) return resolve();
    call.on('drain', stop);
    gone.addEventListener('abort', stop);
    ended.addEventListener('abort', stop);
  });
}
