/** What requests that change something share: who asks, under which request id, and what a later version will take. */
import type { Caller } from '../engine/face.js';
import { type CallContext, callerOf } from './call-context.js';
import type { Fault } from './faults.js';
import { requestHash } from './request-hash.js';

interface Repeatable {
  readonly requestId: string;
}

interface Encoder<Request> {
  encode(message: Request): { finish(): Uint8Array };
}

/** The caller with the key of the request: the same id and request get the stored answer. */
export function repeatableCaller<Request extends Repeatable>(
  context: CallContext,
  type: Encoder<Request>,
  request: Request,
  ...tenantIds: readonly string[]
): Caller {
  const caller = callerOf(context, ...tenantIds);
  const { requestId } = request;
  if (requestId === '') return caller;
  return { ...caller, request: { rpc: context.rpc, requestId, hash: requestHash(type, request) } };
}

/** Never ignored: what the request asks for and this version can not do. */
export function notYet(asked: Readonly<Record<string, boolean>>): Fault[] {
  const faults: Fault[] = [];
  for (const field in asked) {
    if (asked[field]) faults.push({ reason: 'NOT_BUILT', field, message: 'is not built yet: leave it out' });
  }
  return faults;
}

/** Two items with one id would be each other's repetition. */
export function doubledRequestIds(requests: readonly Repeatable[]): Fault[] {
  const first = new Map<string, number>();
  return requests.flatMap(({ requestId }, index): Fault[] => {
    const before = first.get(requestId);
    if (before === undefined) first.set(requestId, index);
    if (requestId === '' || before === undefined) return [];
    const message = `is that of requests[${before}] too`;
    return [{ reason: 'REQUEST_INVALID', field: `requests[${index}].request_id`, message }];
  });
}
