// Owns calls with one request and many answers: one try, which ends when nothing came for too long.
import type { Client, ClientReadableStream } from '@grpc/grpc-js';
import type { Clock } from './clock.js';
import type { Connection } from './connection.js';
import { BatonError } from './errors.js';

/** A method with many answers as the generated code describes it. */
export interface StreamMethod<Q, A> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: true;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

interface Parts {
  readonly client: Client;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Nothing for so long means that the stream is dead. */
  readonly silenceMs: number;
}

/** The answers, until the server ends the stream. Leaving the loop cancels the call. */
export async function* answersOf<Q, A>(method: StreamMethod<Q, A>, request: Q, parts: Parts): AsyncGenerator<A, void> {
  const { client, connection, clock, signal, silenceMs } = parts;
  const { path, requestSerialize, responseDeserialize } = method;
  const call: ClientReadableStream<A> = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    connection.metadata(),
  );
  const cancel = () => call.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  let isSilent = false;
  const fallSilent = () => {
    isSilent = true;
    call.cancel();
  };
  let quiet = clock.after(silenceMs, fallSilent);
  try {
    for await (const answer of call as AsyncIterable<A>) {
      quiet();
      yield answer;
      quiet = clock.after(silenceMs, fallSilent);
    }
  } catch (error) {
    if (!isSilent) throw error;
    throw new BatonError({ code: 'UNAVAILABLE', message: `nothing came for ${silenceMs} ms`, cause: error });
  } finally {
    quiet();
    signal.removeEventListener('abort', cancel);
    call.cancel();
  }
}
