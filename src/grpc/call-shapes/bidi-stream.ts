/** Messages both ways: a handler reads an async iterator and hands out another one, of encoded messages. */
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { type CallContext, contextOf } from '../call-context.js';
import type { Received } from '../door.js';
import type { Edge } from '../edge.js';
import { answer, type Responses } from './responses.js';

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
    answer(rpc, call, handler(messagesOf(call, gone.signal), contextOf(rpc, call, gone.signal)), gone.signal, edge);
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
