/**
 * The library ends a call by itself when a message is too large. A message that we write before the status has left would
 * then be an error of the transport, the status would never leave, and the client would wait for ever.
 */
import type { ServerHttp2Stream } from 'node:http2';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Writes nothing after the end of a two-way stream. Other calls end before they are heard, so they come back as they are. */
export const nothingAfterTheEnd: ServerInterceptor = ({ requestStream }, call) => {
  if (!requestStream) return call as ServerInterceptingCall;
  // The library has no public way to the stream under a call.
  const { stream } = call as unknown as { readonly stream: ServerHttp2Stream };
  return new ServerInterceptingCall(call, {
    sendMessage: (message, next) => {
      if (!stream.writableEnded) next(message);
    },
  });
};
