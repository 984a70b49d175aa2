/**
 * Frames of the server on a worker stream, as bytes. Jobs and acks are encoded once, when they come; a frame is made when
 * the wire has room for it, of all that waits by then.
 */
import { CanceledJob, JobOutcomeAck, WorkResponse } from '../gen/baton/v1/jobs.js';

/** The frame kinds that carry a list; in each the list is field 1. */
export type ListKind = 'jobs' | 'outcomeAcks' | 'jobsCanceled';

/** Tags of WorkResponse: field number and wire type of an embedded message. */
const frameTags: Readonly<Record<ListKind, number>> = {
  jobs: (2 << 3) | 2,
  outcomeAcks: (3 << 3) | 2,
  jobsCanceled: (4 << 3) | 2,
};

const ITEM_TAG = (1 << 3) | 2;

/** Greatest overhead of a frame around one item: two tags and two lengths. */
export const FRAME_OVERHEAD = 12;

export const encodeAck = (ack: JobOutcomeAck): Uint8Array => JobOutcomeAck.encode(ack).finish();

export const encodeCanceled = (job: CanceledJob): Uint8Array => CanceledJob.encode(job).finish();

export function encodeFrame(frame: NonNullable<WorkResponse['frame']>): Uint8Array {
  return WorkResponse.encode({ frame }).finish();
}

/** One frame around items that are encoded already. */
export function listFrame(kind: ListKind, items: readonly Uint8Array[]): Uint8Array {
  let inner = 0;
  for (const item of items) inner += itemBytes(item);
  const frame = Buffer.allocUnsafe(1 + lengthBytes(inner) + inner);
  frame[0] = frameTags[kind];
  let position = writeLength(frame, 1, inner);
  for (const item of items) {
    frame[position] = ITEM_TAG;
    position = writeLength(frame, position + 1, item.length);
    frame.set(item, position);
    position += item.length;
  }
  return frame;
}

/** What an item takes of a frame. */
export function itemBytes(item: Uint8Array): number {
  return 1 + lengthBytes(item.length) + item.length;
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}

function writeLength(frame: Buffer, from: number, length: number): number {
  let position = from;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) frame[position++] = (rest & 0x7f) | 0x80;
  frame[position++] = rest;
  return position;
}
