// Owns worker streams over gRPC: one channel for each, so that a new stream never meets a dead connection.
import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type { Connection } from '../connection.js';
import { fromServiceError } from '../errors.js';
import { JobServiceService, type WorkRequest, type WorkResponse } from '../gen/baton/v1/jobs.js';
import type { OpenStream, StreamListener, WorkStream } from './transport.js';

const { path, requestSerialize, responseDeserialize } = JobServiceService.work;

export function grpcTransport(connection: Connection): OpenStream {
  return (address, listener) => {
    const channel = connection.open(address);
    const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, connection.metadata(), {});
    return new GrpcStream(call, listener, () => channel.close());
  };
}

class GrpcStream implements WorkStream {
  readonly #call: ClientDuplexStream<WorkRequest, WorkResponse>;
  readonly #release: () => void;
  #listener: StreamListener | undefined;

  constructor(call: ClientDuplexStream<WorkRequest, WorkResponse>, listener: StreamListener, release: () => void) {
    this.#call = call;
    this.#listener = listener;
    this.#release = release;
    // A frame of a kind that is not known here is one of a newer server.
    call.on('data', ({ frame }: WorkResponse) => frame && this.#listener?.frame(frame));
    call.on('drain', () => this.#listener?.writable());
    // The status comes after the error, always, and says the same.
    call.on('error', () => undefined);
    call.on('status', (ended) => this.#ended(ended));
  }

  send(frame: WorkRequest['frame']): boolean {
    return this.#listener === undefined || this.#call.write({ frame });
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
