/** One request, one answer. */
import type { handleUnaryCall } from '@grpc/grpc-js';
import { kindOf } from '../admission.js';
import { type CallContext, contextOf } from '../call-context.js';
import type { Received } from '../door.js';
import { bugIn, type Edge, forLog } from '../edge.js';
import { type Problem, toServiceError } from '../errors.js';

/** A handler knows messages only, so that another face can call it too. */
export type Unary<Request, Response> = (request: Request, context: CallContext) => Promise<Response | Problem>;

export function unary<Request, Response extends object>(
  rpc: string,
  handler: Unary<Request, Response>,
  edge: Edge,
): handleUnaryCall<Received<Request>, Response> {
  return (call, callback) => {
    const received = call.request;
    if (!received.ok) {
      callback(toServiceError(received.problem));
      return;
    }
    const entered = edge.admission.enter(kindOf(rpc, received.message as object), received.bytes);
    if (typeof entered !== 'function') {
      callback(toServiceError(entered));
      return;
    }
    const gone = new AbortController();
    let answered = false;
    // Also after the last byte of an answer: there is one such event for each call, and then nobody is to be told.
    call.once('cancelled', () => {
      if (!answered) gone.abort(GONE);
      entered();
    });
    const context = contextOf(rpc, call, gone.signal);
    handler(received.message, context)
      .catch((error: unknown) => problemOfThrown(error, context, received.message, edge))
      .then((answer) => {
        answered = true;
        if (isProblem(answer)) callback(toServiceError(answer));
        else callback(null, answer);
      });
  };
}

/** Made once: an error of its own, with its stack, costs more than most calls. */
const GONE = new Error('the caller of this call has gone');

/** Nobody listens to the answer of a call that is gone, so what it threw on being told so is no bug. */
function problemOfThrown(error: unknown, { signal, rpc }: CallContext, request: unknown, edge: Edge): Problem {
  if (signal.aborted) return { refused: 'DEADLINE_PASSED', message: 'nobody waits for this call any more' };
  return bugIn(edge.log, error, { rpc, request: forLog(request) });
}

export function isProblem(answer: object): answer is Problem {
  return 'refused' in answer;
}
