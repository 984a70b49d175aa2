// Owns two-way streams over gRPC: one channel for each, so that a new stream never meets a dead connection.
import { type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import type { Connection } from './connection.js';
import { type BatonError, fromServiceError } from './errors.js';

/** What comes from the other side. Nothing comes before `open` has returned. */
export interface DuplexListener<A> {
  message(message: A): void;
  /** There is room again after a `send` that answered false. */
  writable(): void;
  /** The stream is over: once, and last. Without an error it ended well. */
  ended(error: BatonError | undefined): void;
}

export interface Duplex<Q> {
  /** Answers false when no more should be sent before `writable`; this message is on its way nevertheless. */
  send(message: Q): boolean;
  /** Nothing more will be sent; the other side may go on. */
  finish(): void;
  /** Drops the stream at once. Its listener hears nothing more. */
  close(): void;
}

export type OpenDuplex<Q, A> = (address: string, listener: DuplexListener<A>) => Duplex<Q>;

/** A two-way method as the generated code describes it. */
export interface DuplexMethod<Q, A> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

export function overGrpc<Q, A>(connection: Connection, method: DuplexMethod<Q, A>): OpenDuplex<Q, A> {
  const { path, requestSerialize, responseDeserialize } = method;
  return (address, listener) => {
    const channel = connection.open(address);
    const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, connection.metadata(), {});
    return new GrpcDuplex(call, listener, () => channel.close());
  };
}

class GrpcDuplex<Q, A> implements Duplex<Q> {
  readonly #call: ClientDuplexStream<Q, A>;
  readonly #release: () => void;
  #listener: DuplexListener<A> | undefined;

  constructor(call: ClientDuplexStream<Q, A>, listener: DuplexListener<A>, release: () => void) {
    this.#call = call;
    this.#listener = listener;
    this.#release = release;
    call.on('data', (message: A) => this.#listener?.message(message));
    call.on('drain', () => this.#listener?.writable());
    // The status comes after the error, always, and says the same.
    call.on('error', () => undefined);
    call.on('status', (ended) => this.#ended(ended));
  }

  send(message: Q): boolean {
    return this.#listener === undefined || this.#call.write(message);
  }

  finish(): void {
    if (this.#listener !== undefined) this.#call.end();
  }

  close(): void {
    if (this.#listener === undefined) return;
    this.#listener = undefined;
    this.#call.cancel();
    this.#release();
  }

  #ended(ended: StatusObject): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#release();
    listener?.ended(ended.code === status.OK ? undefined : fromServiceError(Object.assign(new Error(), ended)));
  }
}
