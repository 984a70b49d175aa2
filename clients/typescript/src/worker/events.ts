// Owns what a worker tells its owner while it runs.
import type { BatonError } from '../errors.js';
import type { DrainReason, JobCancelReason, JobState, Job as WireJob } from '../gen/baton/v1/jobs.js';

/** Which job an event is about. */
export type JobIdentity = Readonly<Omit<WireJob, 'variables'>>;

export interface WorkerEvents {
  /** A server has answered the hello; jobs come from now on. */
  connected: {
    readonly address: string;
    readonly serverId: string;
    readonly serverVersion: string;
    /** 1 on the first stream of the session. */
    readonly generation: number;
    /** Jobs from before that this worker holds still, and those that it lost. */
    readonly heldJobs: number;
    readonly lostJobs: number;
  };
  /** The stream is gone; jobs go on, and their outcomes are kept. */
  disconnected: {
    readonly address: string;
    readonly generation: number;
    /** Absent when the worker left by itself: the server drains, or the worker stops. */
    readonly error: BatonError | undefined;
    /** Absent when the worker does not come back. */
    readonly reconnectInMs: number | undefined;
  };
  /** The server will close the stream; the worker finishes what it can and goes elsewhere. */
  draining: { readonly address: string; readonly reason: DrainReason; readonly timeLeftMs: number };
  /** An outcome counts, and is durable. */
  accepted: { readonly job: JobIdentity; readonly state: JobState };
  /** An outcome does not count: the job ended otherwise, or is somebody else's by now. */
  refused: { readonly job: JobIdentity; readonly error: BatonError };
  /** A job in hand no longer counts; its signal is aborted. */
  canceled: { readonly job: JobIdentity; readonly reason: JobCancelReason };
  /** With a job: its handler threw what it did not mean to throw. Without: the worker can not go on. */
  error: { readonly error: Error; readonly job?: JobIdentity };
  /** The worker is at its end. The error says why, if nobody asked for it. */
  stopped: { readonly error: BatonError | undefined };
}
