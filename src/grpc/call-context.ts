/**
 * Who calls, until when, and how it is told that nobody waits any more.
 *
 * Until there are keys every caller is `anonymous` and may see each tenant that it names: in the request, or, where a
 * request has no tenant, in the header `baton-tenant-ids` (names with commas between them; without it the default tenant).
 */
import type { Metadata } from '@grpc/grpc-js';
import type { Caller } from '../engine/face.js';

export interface CallContext {
  /** Name of the method, such as `CreateProcessInstance`. */
  readonly rpc: string;
  readonly principal: string;
  /** Tenants of the header. */
  readonly tenantIds: readonly string[];
  /** W3C traceparent of the caller. */
  readonly traceParent: string | null;
  /** Epoch milliseconds; null when the call has none. */
  readonly deadline: number | null;
  /** The caller has gone, or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** What a call of grpc-js tells of its caller. */
export interface IncomingCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
}

export const ANONYMOUS = 'anonymous';

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TENANT = /^[a-zA-Z0-9._-]{0,60}$/;

export function contextOf(rpc: string, call: IncomingCall, signal: AbortSignal): CallContext {
  const deadline = Number(call.getDeadline());
  const traceParent = textOf(call.metadata, 'traceparent');
  return {
    rpc,
    principal: ANONYMOUS,
    tenantIds: tenantsOf(call.metadata),
    traceParent: traceParent !== null && TRACE_PARENT.test(traceParent) ? traceParent : null,
    deadline: Number.isFinite(deadline) ? deadline : null,
    signal,
  };
}

/** The caller as the engine knows it, with the tenants that the request names. */
export function callerOf(context: CallContext, ...tenantIds: readonly string[]): Caller {
  const { principal, deadline, signal } = context;
  const seen = tenantIds.length === 0 ? context.tenantIds : tenantIds;
  return deadline === null ? { principal, tenantIds: seen, signal } : { principal, tenantIds: seen, deadline, signal };
}

/** Who acts, for the record: the worker that the request names, or the caller. */
export function actorOf(context: CallContext, workerId: string): string {
  return workerId === '' ? context.principal : workerId;
}

function tenantsOf(metadata: Metadata): readonly string[] {
  const header = textOf(metadata, 'baton-tenant-ids');
  if (header === null) return [''];
  return header
    .split(',')
    .map((each) => each.trim())
    .filter((each) => TENANT.test(each));
}

function textOf(metadata: Metadata, name: string): string | null {
  const [value] = metadata.get(name);
  return typeof value === 'string' ? value : null;
}
