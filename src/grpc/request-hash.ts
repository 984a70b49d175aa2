/**
 * The hash of a request in its canonical form: two requests with the same request id are the same when their hashes are.
 *
 * The form is the encoded message without the request id and without the trace context (a repetition has another one), with
 * maps in the order of their keys: clients of other languages order them at random. Fields that a later version adds
 * are absent from the bytes as long as nobody sets them, so a hash outlives an upgrade.
 */
import { hash } from 'node:crypto';

interface Encoder<Request> {
  encode(message: Request): { finish(): Uint8Array };
}

export function requestHash<Request extends object>(type: Encoder<Request>, request: Request): string {
  const bytes = type.encode(canonical({ ...request, requestId: '', traceContext: undefined })).finish();
  return hash('sha256', bytes, 'base64url');
}

/**
 * The same message, with every map in the order of its keys; fields of messages are written in the order of their numbers.
 * Mostly nothing is out of order, and nothing is copied.
 */
function canonical<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return canonicalItems(value) as T;
  let copy: T | undefined;
  for (const key in value) {
    const each = canonical(value[key]);
    if (each === value[key]) continue;
    copy ??= { ...value };
    copy[key] = each;
  }
  return copy ?? (isUnordered(value) ? sorted(value) : value);
}

function canonicalItems(items: readonly unknown[]): readonly unknown[] {
  return items.some((item) => canonical(item) !== item) ? items.map(canonical) : items;
}

/** Maps of requests are of text to text (a test holds that); a message that looks like one takes no harm. */
function isUnordered(value: object): boolean {
  let before = '';
  let ordered = true;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each !== 'string') return false;
    if (key < before) ordered = false;
    before = key;
  }
  return !ordered;
}

function sorted<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) as T;
}
