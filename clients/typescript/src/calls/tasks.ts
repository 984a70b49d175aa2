// Owns the calls about tasks, the engine's own units of later work.
import type { Caller, CallOptions } from '../caller.js';
import {
  ExecuteTasksRequest,
  type ExecuteTasksResponse,
  TaskServiceService as methods,
  QueryTasksRequest,
  type Task,
  UnlockTasksRequest,
} from '../gen/baton/v1/tasks.js';
import { type Input, make } from '../input.js';
import type { Pages } from '../pages.js';
import { asIs } from './support.js';

export class Tasks {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  query(filter: Input<QueryTasksRequest> = {}, options?: CallOptions): Pages<Task> {
    return this.#caller.pages(methods.queryTasks, make(QueryTasksRequest, filter), options, asIs);
  }

  /** Executes due tasks now, instead of leaving them to the engine. */
  execute(input: Input<ExecuteTasksRequest> = {}, options?: CallOptions): Promise<ExecuteTasksResponse> {
    return this.#caller.call(methods.executeTasks, make(ExecuteTasksRequest, input), options);
  }

  /** Answers how many were given back. */
  async unlock(input: Input<UnlockTasksRequest, 'engineId'>, options?: CallOptions): Promise<number> {
    const { count } = await this.#caller.call(methods.unlockTasks, make(UnlockTasksRequest, input), options);
    return count;
  }
}
