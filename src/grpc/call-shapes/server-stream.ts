/** One request, and answers until one side ends the stream. */
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import { type CallContext, contextOf } from '../call-context.js';
import type { Received } from '../door.js';
import type { Edge } from '../edge.js';
import { toServiceError } from '../errors.js';
import { answer, type Responses } from './responses.js';

export type ServerStream<Request> = (request: Request, context: CallContext) => Responses;

export function serverStream<Request>(
  rpc: string,
  handler: ServerStream<Request>,
  edge: Edge,
): handleServerStreamingCall<Received<Request>, Uint8Array> {
  return (call) => {
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort());
    // Without a listener an error of the transport would end the process; what it means is told by `cancelled`.
    call.on('error', () => gone.abort());
    const received = call.request;
    if (received.ok) answer(rpc, call, handler(received.message, contextOf(rpc, call, gone.signal)), gone.signal, edge);
    else call.emit('error', toServiceError(received.problem));
  };
}
