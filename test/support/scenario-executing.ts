/** What an engine does by itself in a scenario: it executes tasks as they become due, and brings messages and signals. */
import type {
  Command,
  DeliverSignal,
  ExecuteTask,
  MatchMessages,
  Replies,
  SendMessage,
  VariableChange,
} from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Signal, Task } from '../../src/core/state.js';
import { variablesText } from '../../src/core/variables-text.js';
import { PARTITION } from './scenario-deciding.js';
import { Looking, type Values } from './scenario-looking.js';
import { delivery, freeze } from './scenario-signals.js';

/** `undefined` deletes. */
export function changesOf(values: Values): readonly VariableChange[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    data: value === undefined ? null : { encoding: 'json', value: JSON.stringify(value), encrypted: false },
  }));
}

export class Executing extends Looking {
  /** Carries a command out; a refusal is a failed test. */
  run<C extends Command>(command: C): Replies[C['type']] {
    const decision = this.decide(command);
    if (isRefusal(decision)) throw new Error(`${command.type} was refused: ${decision.message}`);
    return decision as Replies[C['type']];
  }

  /** Executes what is due, and what becomes due by that; answers how many tasks there were. */
  executeTasks(most = Number.POSITIVE_INFINITY): number {
    let count = 0;
    const due = () => this.world.all('task').find(({ dueAt }) => dueAt <= this.now);
    for (let task = due(); task !== undefined && count < most; task = due()) {
      this.executeOne(task);
      count += 1;
    }
    return count;
  }

  /** What a task is executed by. */
  execution({ partition, id, payload, tenantId }: Task): ExecuteTask | MatchMessages | DeliverSignal {
    if (payload.type === 'DELIVER_SIGNAL') {
      return { ...payload, type: 'deliverSignal', failure: null, task: { partition, id }, tenantId, by: 'engine' };
    }
    if (payload.type !== 'MATCH_MESSAGE') return { type: 'executeTask', task: { partition, id }, by: 'engine' };
    return { ...payload, type: 'matchMessages', task: { partition, id }, tenantId, by: 'engine' };
  }

  /** Tasks that are due, the earliest first; of the same time what was written first. */
  dueTasks(): readonly Task[] {
    const tasks = this.world.all('task').filter(({ dueAt }) => dueAt <= this.now);
    return tasks.sort((one, other) => one.dueAt - other.dueAt || one.id - other.id);
  }

  /** Executes what is due, and what becomes due by that; false when that does not come to rest soon. */
  settle(most = 50): boolean {
    for (let count = 0; count < most; count++) {
      const [task] = this.dueTasks();
      if (task === undefined) return true;
      if (task.type === 'CONTINUE') return false;
      this.executeOne(task);
    }
    return false;
  }

  /** Somebody receives it at once; an instance that it starts is the one that is looked at. */
  send(name: string, correlationKey: string, values: Values = {}): void {
    const { id } = this.run(this.message(name, correlationKey, values));
    this.executeTasks();
    const delivery = this.world.all('messageDelivery').findLast(({ messageId }) => messageId === id);
    if (delivery === undefined) throw new Error(`nobody receives "${name}" with the key "${correlationKey}"`);
    if (delivery.started) this.instance = { partition: delivery.partition, id: delivery.processInstanceId };
  }

  /** Nobody has to be there for it, if it may wait for a day. */
  message(name: string, correlationKey: string, values: Values = {}, waits = false): SendMessage {
    return {
      type: 'sendMessage',
      ...{ tenantId: '', name, correlationKey, uniqueKey: '', onePerProcess: false, uniqueStart: false },
      expiration: waits ? { duration: 'P1D' } : null,
      variables: changesOf(values),
      traceParent: null,
      by: 'sender',
    };
  }

  private executeOne(task: Task): void {
    const { payload } = task;
    // Nothing waits for a key to be free: unique starts are not the subject here.
    if (payload.type === 'FIND_MESSAGES') {
      this.world.rows.task.delete(task.id);
      return;
    }
    if (payload.type !== 'SEND_SIGNAL') {
      this.run(this.execution(task));
      return;
    }
    const signal = this.world.rows.signal.get(payload.signalId);
    this.world.rows.task.delete(task.id);
    if (signal !== undefined) this.sendToAll(signal, payload.rootId);
  }

  /** To all who wait now; `executeTasks` reaches them. */
  sendSignal(name: string, variables: Values = {}, tenantId = ''): void {
    const signal = {
      ...{ id: this.nextId(), tenantId, name, variables: variablesText(changesOf(variables)), traceParent: null },
      ...{ thrownBy: null, createdAt: this.now, createdBy: 'sender', subscriberCount: null },
    };
    this.sendToAll(signal, null);
  }

  private sendToAll(signal: Signal, thrownIn: number | null): void {
    freeze(this.world, this.processes.values(), signal, thrownIn);
    const task = delivery(signal, this.nextId(), PARTITION);
    this.world.rows.task.set(task.id, task);
  }

  later(milliseconds: number): void {
    this.now += milliseconds;
  }
}
