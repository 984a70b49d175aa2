// Owns spans of time: milliseconds for callers, Duration and ISO 8601 text for the wire.
import type { Duration } from './gen/google/protobuf/duration.js';

export function toDuration(milliseconds: number): Duration {
  const seconds = Math.trunc(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

export function toMilliseconds(duration: Duration | undefined): number | undefined {
  return duration && duration.seconds * 1000 + duration.nanos / 1e6;
}

/** ISO 8601 text such as `PT30S`, or milliseconds. */
export type Span = string | number;

export function toIsoText(span: Span | undefined): string {
  return typeof span === 'number' ? `PT${span / 1000}S` : (span ?? '');
}
