// Owns the calls about user tasks, the work of people.
import type { Caller, CallOptions } from '../caller.js';
import {
  ClaimUserTaskRequest,
  GetUserTaskRequest,
  UserTaskServiceService as methods,
  QueryUserTasksRequest,
  UpdateUserTaskRequest,
  type UserTask,
  WatchUserTasksRequest,
  type WatchUserTasksResponse,
} from '../gen/baton/v1/user_tasks.js';
import { type Input, type Key, make } from '../input.js';
import type { Pages } from '../pages.js';
import {
  type ReadVariables,
  readVariables,
  type Variables,
  type VariablesInput,
  writeVariableList,
  writeVariables,
} from '../variables.js';
import { asIs, promised } from './support.js';

/** The server says something every 10 seconds. */
const SILENCE_MS = 30_000;

type Update = Input<UpdateUserTaskRequest, 'partition' | 'id' | 'revision'>;

export type UpdateUserTaskInput = Omit<Update, 'variables' | 'variablesJson' | 'processVariables'> & {
  readonly variables?: VariablesInput;
  readonly processVariables?: VariablesInput;
};

export class UserTasks {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  query(filter: Input<QueryUserTasksRequest> = {}, options?: CallOptions): Pages<UserTask> {
    return this.#caller.pages(methods.queryUserTasks, make(QueryUserTasksRequest, filter), options, asIs);
  }

  async get<V = Variables>(
    { partition, id }: Key,
    variableNames: readonly string[] = [],
    options?: CallOptions,
  ): Promise<{ readonly userTask: UserTask } & ReadVariables<V>> {
    const request = make(GetUserTaskRequest, { partition, id, variableNames });
    const { userTask, variables } = await this.#caller.call(methods.getUserTask, request, options);
    return { userTask: promised(userTask, 'user_task'), ...readVariables<V>(variables) };
  }

  /** Changes or ends a user task; `revision` is the one that was read. */
  async update(input: UpdateUserTaskInput, options?: CallOptions): Promise<UserTask> {
    const processVariables = writeVariableList(input.processVariables);
    const request = make(UpdateUserTaskRequest, { ...input, ...writeVariables(input.variables), processVariables });
    const { userTask } = await this.#caller.call(methods.updateUserTask, request, options);
    return promised(userTask, 'user_task');
  }

  /**
   * Tells of user tasks that are made, changed or ended: each answer has those that changed, as they are now, and the
   * cursor to go on from. The first answer, without user tasks, comes at once: what is queried after it misses nothing.
   * When a server goes, another one goes on from the last cursor.
   */
  async *watch(
    filter: Input<WatchUserTasksRequest> = {},
    { signal }: Pick<CallOptions, 'signal'> = {},
  ): AsyncGenerator<WatchUserTasksResponse, void> {
    let { cursor = '' } = filter;
    const again = () => make(WatchUserTasksRequest, { ...filter, cursor });
    for await (const answer of this.#caller.watch(methods.watchUserTasks, again, SILENCE_MS, signal)) {
      cursor = answer.cursor;
      yield answer;
    }
  }

  async claim(
    input: Input<ClaimUserTaskRequest, 'partition' | 'id' | 'assignee'>,
    options?: CallOptions,
  ): Promise<UserTask> {
    const { userTask } = await this.#caller.call(methods.claimUserTask, make(ClaimUserTaskRequest, input), options);
    return promised(userTask, 'user_task');
  }
}
