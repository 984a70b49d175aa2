/** Why the server ends a two-way stream. */
import type { Problem } from './errors.js';
import { SILENT_INTERVALS } from './limits.js';
import type { Frame, State } from './work-states.js';

export const empty: Problem = { refused: 'REQUEST_INVALID', message: 'the message holds no frame', field: 'frame' };

export const replaced: Problem = {
  refused: 'SESSION_REPLACED',
  message: 'a newer stream of this session has said hello; go on with that one',
};

export function outOfPlace(state: State, kind: Frame['$case']): Problem {
  return state === 'awaiting-hello'
    ? { refused: 'REQUEST_INVALID', message: `the first frame is ${kind}, not hello`, field: 'frame' }
    : { refused: 'PROTOCOL_VIOLATION', message: `a second ${kind} on one stream`, field: kind };
}

export function silent(intervalMs: number): Problem {
  return { refused: 'STREAM_SILENT', message: `nothing came for ${SILENT_INTERVALS * intervalMs} ms` };
}

export function drained(reason: string): Problem {
  return { refused: 'SHUTTING_DOWN', message: `the server closed this stream: ${reason}` };
}

export function withoutCredit(requests: number, credit: number): Problem {
  return { refused: 'PROTOCOL_VIOLATION', message: `${requests} requests came with credit for ${credit}` };
}

export function badRequest(index: number, field: string, message: string): Problem {
  const path = `requests[${index}].${field}`;
  return { refused: 'PROTOCOL_VIOLATION', message: `${path} ${message}`, field: path };
}

/** What an item is answered by: a fault in it ends the stream. */
export function isAbout(faults: ReadonlyMap<number, Problem>, name: 'sequence' | 'request_id'): boolean {
  return [...faults.values()].some((problem) => problem.faults?.some(({ field }) => field === name) === true);
}
