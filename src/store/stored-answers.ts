/** Answers of requests that no lane runs: a repetition waits for the first one's row, and gets what is stored there. */
import type { RequestToKeep } from '../engine/ports/requests.js';
import { textAt } from './cells.js';
import type { Statements } from './database.js';
import { call, prepared, resultAt } from './statement.js';

const insertRequest = prepared(
  'keep_request',
  'insert into request (tenant_id, principal, rpc, request_id, hash, reference) ' +
    'values ($1, $2, $3, $4, $5, 0) on conflict do nothing',
);

const requestKey = 'tenant_id = $1 and principal = $2 and rpc = $3 and request_id = $4';
const readRequest = prepared('read_kept_request', `select hash, answer from request where ${requestKey}`);
const answerRequest = prepared('answer_request', `update request set answer = $5, reference = $6 where ${requestKey}`);

/** Null: it is new. */
export async function storedAnswer<T>(
  statements: Statements,
  request: RequestToKeep | null,
): Promise<T | 'REQUEST_ID_REUSED' | null> {
  if (request === null) return null;
  const key = [request.tenantId, request.principal, request.rpc, request.requestId];
  const results = await statements(call(insertRequest, ...key, request.hash), call(readRequest, ...key));
  if (resultAt(results, 0).count === 1) return null;
  const cells = resultAt(results, 1).rows[0] ?? [];
  return textAt(cells, 0) === request.hash ? (JSON.parse(textAt(cells, 1)) as T) : 'REQUEST_ID_REUSED';
}

export async function storeAnswer(
  statements: Statements,
  request: RequestToKeep | null,
  answer: unknown,
  reference: number,
): Promise<void> {
  if (request === null) return;
  const { tenantId, principal, rpc, requestId } = request;
  await statements(call(answerRequest, tenantId, principal, rpc, requestId, JSON.stringify(answer), reference));
}
