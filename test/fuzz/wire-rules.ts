// What a server may answer: OK, or a status with a reason that is documented; never INTERNAL.
import { status } from '@grpc/grpc-js';
import { codes, ERROR_DOMAIN, type Reason } from '../../src/grpc/errors.js';
import type { Ending } from './wire-client.js';

/** What was wrong below the message: there the transport may answer for itself, which knows no reasons. */
export type Below = 'nothing' | 'deadline' | 'frame' | 'headers';

/** What grpc-js says by itself, by what was wrong. */
const OF_THE_TRANSPORT: Readonly<Record<Below, ReadonlySet<number | undefined>>> = {
  nothing: new Set(),
  deadline: new Set([status.DEADLINE_EXCEEDED]),
  frame: new Set([
    status.INTERNAL,
    status.UNIMPLEMENTED,
    status.RESOURCE_EXHAUSTED,
    status.DEADLINE_EXCEEDED,
    undefined,
  ]),
  headers: new Set([status.INTERNAL, status.UNIMPLEMENTED, status.DEADLINE_EXCEEDED, undefined]),
};

/** The name of the outcome; throws when the server must not end a call in this way. */
export function judged(ending: Ending, below: Below): string {
  const { code, reason, domain } = ending;
  if (code === status.OK) return 'OK';
  if (reason === '' && OF_THE_TRANSPORT[below].has(code)) return `transport: ${nameOf(code)}`;
  const expected = domain === ERROR_DOMAIN && Object.hasOwn(codes, reason) ? codes[reason as Reason] : undefined;
  if (expected === undefined) throw new Error(`an end without a known reason: ${JSON.stringify(ending)}`);
  if (reason === 'INTERNAL') throw new Error(`INTERNAL: ${JSON.stringify(ending)}`);
  if (code !== expected) throw new Error(`${reason} with another status: ${JSON.stringify(ending)}`);
  return `${nameOf(code)} ${reason}`;
}

function nameOf(code: number | undefined): string {
  return code === undefined ? 'no status' : (status[code] ?? String(code));
}
