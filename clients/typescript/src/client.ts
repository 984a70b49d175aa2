// Owns BatonClient: all calls of the API, by noun.

import { Caller, type CallOptions, type Method } from './caller.js';
import { Elements } from './calls/elements.js';
import { Engine } from './calls/engine.js';
import { Incidents } from './calls/incidents.js';
import { Instances } from './calls/instances.js';
import { Jobs } from './calls/jobs.js';
import { Messages } from './calls/messages.js';
import { Processes } from './calls/processes.js';
import { Signals } from './calls/signals.js';
import { Tasks } from './calls/tasks.js';
import { UserTasks } from './calls/user-tasks.js';
import { Variables } from './calls/variables.js';
import { Connection, type ConnectionOptions } from './connection.js';

export interface ClientOptions extends ConnectionOptions {
  /** Tenant of the requests that name none. The default tenant when absent. */
  readonly tenantId?: string;
  /** Who acts, for the record. The name of the authenticated caller when absent. */
  readonly workerId?: string;
  /** For each call with all its repetitions, unless it says otherwise. 30,000 when absent. */
  readonly timeoutMs?: number;
  /** How often a call is tried that meets a server that is away or full: while there is time when absent, 1 for never again. */
  readonly maxAttempts?: number;
}

/** Connects when it is first used. One client is enough for a process; it may be used by any number of calls at once. */
export class BatonClient {
  readonly processes: Processes;
  readonly instances: Instances;
  readonly elements: Elements;
  readonly variables: Variables;
  readonly jobs: Jobs;
  readonly userTasks: UserTasks;
  readonly messages: Messages;
  readonly signals: Signals;
  readonly incidents: Incidents;
  readonly tasks: Tasks;
  readonly engine: Engine;
  readonly tenantId: string;
  /** How servers are reached; a Worker that is given this client reaches them the same way. */
  readonly connection: Connection;
  readonly #caller: Caller;

  constructor(options: ClientOptions = {}) {
    const { tenantId = '', workerId = '', timeoutMs, maxAttempts } = options;
    this.connection = new Connection(options);
    this.tenantId = tenantId;
    const caller = new Caller(this.connection, { tenantId, workerId, timeoutMs, maxAttempts });
    this.#caller = caller;
    this.processes = new Processes(caller);
    this.instances = new Instances(caller);
    this.elements = new Elements(caller);
    this.variables = new Variables(caller);
    this.jobs = new Jobs(caller);
    this.userTasks = new UserTasks(caller);
    this.messages = new Messages(caller);
    this.signals = new Signals(caller);
    this.incidents = new Incidents(caller);
    this.tasks = new Tasks(caller);
    this.engine = new Engine(caller);
  }

  /**
   * Any other unary call of the contract, with the same deadline, repetition and request id:
   * `client.call(contract.BatchServiceService.getBatch, contract.GetBatchRequest.create({ id }))`.
   */
  call<Q extends object, A>(method: Method<Q, A>, request: Q, options?: CallOptions): Promise<A> {
    return this.#caller.call(method, { ...request }, options);
  }

  /** Calls that are under way end with CANCELLED. Workers have connections of their own. */
  close(): void {
    this.#caller.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
