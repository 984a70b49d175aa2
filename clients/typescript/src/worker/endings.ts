// Owns how ends of streams and refusals of outcomes are judged, and the errors with which this side ends a stream.
import { BatonError } from '../errors.js';

/** Coming back without a repair would meet the same refusal (rule 14). */
const hopeless: ReadonlySet<string> = new Set(['INVALID_ARGUMENT']);

/** The same, unless the worker has been let in before: rights, keys and proxies change while it runs. */
const unwelcome: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED']);

export function isFinal(error: BatonError, welcomedBefore: boolean): boolean {
  return hopeless.has(error.code) || (!welcomedBefore && unwelcome.has(error.code));
}

/** A fault of the server or a full one says nothing about the outcome: the same may be accepted later. */
const passing: ReadonlySet<string> = new Set([
  'ABORTED',
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'RESOURCE_EXHAUSTED',
  'UNAVAILABLE',
  'UNKNOWN',
]);

export function passes({ code }: BatonError): boolean {
  return passing.has(code);
}

export function endedByServer(): BatonError {
  return new BatonError({ code: 'UNAVAILABLE', message: 'the server ended the stream' });
}

export function violation(message: string): BatonError {
  return new BatonError({ code: 'INTERNAL', reason: 'PROTOCOL_VIOLATION', message });
}

export function silence(forMs: number): BatonError {
  const message = `nothing came from the server for ${forMs / 1000} s`;
  return new BatonError({ code: 'UNAVAILABLE', reason: 'STREAM_SILENT', message });
}

export function unacknowledged(count: number): BatonError {
  const message = `the worker stopped before ${count} outcomes were acknowledged: they may count or not`;
  return new BatonError({ code: 'DEADLINE_EXCEEDED', message });
}
