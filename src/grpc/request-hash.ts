/**
 * The hash of a request in its canonical form: two requests with the same request id are the same when their hashes are.
 *
 * The form is the encoded message without the request id and without the trace context (a repetition has another one), with
 * maps in the order of their keys: clients of other languages order them at random. Fields that a later version adds
 * are absent from the bytes as long as nobody sets them, so a hash outlives an upgrade.
 */
import { createHash } from 'node:crypto';

interface Encoder<Request> {
  encode(message: Request): { finish(): Uint8Array };
}

export function requestHash<Request extends object>(type: Encoder<Request>, request: Request): string {
  const bytes = type.encode(canonical({ ...request, requestId: '', traceContext: undefined })).finish();
  return createHash('sha256').update(bytes).digest('base64url');
}

/** The same message; every map in the order of its keys. Fields of messages are written in the order of their numbers. */
function canonical<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(canonical) as T;
  const entries = Object.entries(value).map(([key, each]) => [key, canonical(each)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}
