// Owns the seam between the protocol of worker streams and what carries it: sockets, or a test.
import type { BatonError } from '../errors.js';
import type { WorkRequest, WorkResponse } from '../gen/baton/v1/jobs.js';

/** The body of a frame. */
export type RequestFrame = NonNullable<WorkRequest['frame']>;
export type ResponseFrame = NonNullable<WorkResponse['frame']>;

/** What comes from the other side. Nothing comes before `open` has returned. */
export interface StreamListener {
  frame(frame: ResponseFrame): void;
  /** There is room again after a `send` that answered false. */
  writable(): void;
  /** The stream is over: once, and last. Without an error it ended well. */
  ended(error: BatonError | undefined): void;
}

export interface WorkStream {
  /** Answers false when no more should be sent before `writable`; this frame is on its way nevertheless. */
  send(frame: RequestFrame): boolean;
  /** Drops the stream at once. Its listener hears nothing more. */
  close(): void;
}

export type OpenStream = (address: string, listener: StreamListener) => WorkStream;
