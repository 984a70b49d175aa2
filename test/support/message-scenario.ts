/** A scenario in which messages find their receivers: what is sent or waited for is matched at once, as the engine does. */
import { decide } from '../../src/core/decide.js';
import type { Candidates, MessageStart } from '../../src/core/facts.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Task } from '../../src/core/state.js';
import { WorkingSet } from '../../src/core/working-set.js';
import { messageStartsOf } from '../../src/model/message-starts.js';
import { changesOf, Scenario, type Values } from './scenario.js';

type Match = Task & { readonly payload: Extract<Task['payload'], { readonly type: 'MATCH_MESSAGE' }> };

export class MessageScenario extends Scenario {
  /** Sends a message that is tried once; an instance that it starts is the one that is looked at. */
  send(name: string, correlationKey: string, variables: Values = {}): void {
    const set = new WorkingSet();
    const context = { set, facts: this.facts(), tenantIds: null };
    const once = { uniqueKey: '', onePerProcess: false, uniqueStart: false, expiration: null, traceParent: null };
    const sent = { type: 'sendMessage', tenantId: '', name, correlationKey, by: 'sender', ...once } as const;
    decide(context, { ...sent, variables: changesOf(variables) });
    this.keep(set);
    this.match();
    const { id = 0 } = this.world.all('message').at(-1) ?? {};
    const delivery = this.world.all('messageDelivery').findLast(({ messageId }) => messageId === id);
    if (delivery === undefined)
      throw new Error(`nobody receives the message "${name}" with the key "${correlationKey}"`);
    if (delivery.started) this.instance = { partition: delivery.partition, id: delivery.processInstanceId };
  }

  /** Carries out the matches that are due, and those that come of them. */
  match(): void {
    for (let task = this.due(); task !== undefined; task = this.due()) this.carryOut(task);
  }

  override executeTasks(most = Number.POSITIVE_INFINITY): number {
    let count = 0;
    for (this.match(); count < most && super.executeTasks(1) > 0; this.match()) count += 1;
    return count;
  }

  private due(): Match | undefined {
    return this.world.all('task').find(({ payload }) => payload.type === 'MATCH_MESSAGE') as Match | undefined;
  }

  private carryOut(task: Match): void {
    const set = new WorkingSet();
    this.loadWorld(set);
    const { partition, id, tenantId, payload } = task;
    const facts = { ...this.facts(), candidates: this.candidates(task) };
    const command = { ...payload, type: 'matchMessages', task: { partition, id }, tenantId, by: 'engine' } as const;
    this.known = [];
    let decision = decide({ set, facts, tenantIds: null }, command);
    for (; 'needs' in decision; decision = decide({ set, facts, tenantIds: null }, command)) {
      if (decision.needs === 'tree') throw new Error('a tree is needed, but all are there');
      this.lookUp(decision.processes);
    }
    if (isRefusal(decision)) throw new Error(`a match was refused: ${decision.message}`);
    this.keep(set);
  }

  /** All trees whole: which of them a message reaches is not the subject here. */
  private loadWorld(set: WorkingSet): void {
    const { world } = this;
    for (const { id, rootId } of world.all('processInstance')) {
      if (id !== rootId) continue;
      set.load(world.loadTree(id));
      set.markWhole(id);
    }
    const tasks = world.all('task').filter(({ rootId }) => rootId === null);
    set.load({ ...EMPTY, tasks, messages: world.all('message'), messageDeliveries: world.all('messageDelivery') });
  }

  private candidates({ tenantId, payload: { name, correlationKey } }: Match): Candidates {
    const fits = (row: { readonly name: string; readonly correlationKey: string; readonly tenantId: string }) =>
      row.name === name && row.correlationKey === correlationKey && row.tenantId === tenantId;
    const messages = this.world.all('message').filter((row) => fits(row) && row.endedAt === null);
    const subscriptions = this.world.all('messageSubscription').filter(fits);
    return {
      messages: messages.map(({ id }) => id),
      subscriptions: subscriptions.map(({ id }) => id),
      starts: this.starting(name),
      more: false,
    };
  }

  private starting(message: string): readonly MessageStart[] {
    const latest = new Map([...this.processes.values()].map((process) => [process.bpmnProcessId, process]));
    return [...latest.values()].flatMap(({ bpmnProcessId, id, firstElementId, graph }) =>
      messageStartsOf(graph.elements)
        .filter(({ name }) => name === message)
        .map(({ index }) => ({ bpmnProcessId, processId: id, elementId: firstElementId + index, taken: false })),
    );
  }

  private keep(set: WorkingSet): void {
    this.latest = set.changes();
    this.world.write(this.latest);
    this.check();
  }
}

const EMPTY = {
  processInstances: [],
  elementInstances: [],
  arrivals: [],
  variables: [],
  jobs: [],
  openJobs: [],
  incidents: [],
  userTasks: [],
  messageSubscriptions: [],
};
