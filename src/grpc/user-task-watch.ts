/** One watch of user tasks: what the engine has, as answers, and a heartbeat while it has nothing. */
import { isRefusal } from '../core/refusal.js';
import type { Engine, UserTaskWatcher, WatchedUserTasks, WatchFilter } from '../engine/face.js';
import type { UserTaskView } from '../engine/reader.js';
import { type UserTask, type WatchUserTasksRequest, WatchUserTasksResponse } from '../gen/baton/v1/user_tasks.js';
import type { CallContext } from './call-context.js';
import { absentIfEmpty } from './convert.js';
import type { Problem } from './errors.js';
import { WATCH_HEARTBEAT_MS } from './limits.js';
import type { OpenStream, StreamEnd } from './open-streams.js';
import { filterOf, tenantsIn } from './queries.js';
import { drained } from './stream-ends.js';

type ToMessages = (views: readonly UserTaskView[]) => Promise<readonly UserTask[]>;

export function watchUserTasks(
  engine: Engine,
  request: WatchUserTasksRequest,
  context: CallContext,
  toMessages: ToMessages,
): OpenStream {
  const over = new AbortController();
  let why: Problem | null = null;
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  context.signal.addEventListener('abort', () => over.abort(), { once: true });

  async function* answers(): AsyncGenerator<Uint8Array, StreamEnd> {
    const watcher = await engine.watchUserTasks(conditionsOf(request, context), request.cursor);
    if (isRefusal(watcher)) return watcher;
    try {
      // At once: who queries after this answer misses nothing between the two.
      yield encoded(watcher, []);
      while (!over.signal.aborted) {
        const news: WatchedUserTasks | Problem = await watcher.next(WATCH_HEARTBEAT_MS, over.signal);
        if ('refused' in news) return news;
        if (!over.signal.aborted) yield encoded(news, await toMessages(news.userTasks));
      }
      return why;
    } finally {
      watcher.close();
    }
  }

  async function* responses(): AsyncGenerator<Uint8Array, StreamEnd> {
    try {
      return yield* answers();
    } finally {
      settle();
    }
  }

  return {
    responses: responses(),
    ended: over.signal,
    settled,
    drain(reason) {
      why = drained(reason);
      over.abort();
    },
  };
}

function conditionsOf(request: WatchUserTasksRequest, context: CallContext): WatchFilter {
  const { processId, candidateUser, candidateGroups } = request;
  const assignee = request.assignee === undefined ? undefined : absentIfEmpty(request.assignee);
  return filterOf({ processId, assignee, candidateUser, candidateGroups }, tenantsIn(request.tenantIds, context));
}

function encoded({ cursor }: Pick<UserTaskWatcher, 'cursor'>, userTasks: readonly UserTask[]): Uint8Array {
  return WatchUserTasksResponse.encode({ cursor, userTasks: [...userTasks] }).finish();
}
