/** Any shape of call, answered with one problem whatever was asked. */
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { type Problem, toServiceError } from '../errors.js';

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** Streams have no callback: their error is an event of the call. */
export function refusing(problem: Problem) {
  return (call: AnyCall, callback?: sendUnaryData<unknown>): void => {
    if (callback === undefined) call.emit('error', toServiceError(problem));
    else callback(toServiceError(problem));
  };
}
