/**
 * Delivering messages: each to the oldest subscription, else to a start event (I10).
 *
 * The rows were found, then locked and read again. What went meanwhile is a reason to look once more; what came meanwhile
 * brings a match of its own.
 */
import { happensAgain } from '../../model/events.js';
import { type JointStart, jointStartOf } from '../../model/message-starts.js';
import { advance } from '../advance.js';
import type { MatchedMessage, MatchMessages } from '../command.js';
import { type CatchingElement, trigger } from '../events.js';
import { Execution } from '../execution.js';
import { type Candidates, elementOf, type MessageStart } from '../facts.js';
import { holdJointStart, holdStartKey, isJointlyStarted, passMessageKey } from '../held-keys.js';
import { startJointly } from '../joint-starts.js';
import { startAt } from '../starts.js';
import type { Message, MessageDelivery, MessageSubscription, Ref } from '../state.js';
import { putTreelessTask } from '../treeless-tasks.js';
import { variablesOfText } from '../variables-text.js';
import type { Context, Handler } from './handler.js';

export const matchMessages: Handler<MatchMessages> = (context, command) => {
  const { set, facts } = context;
  const { candidates } = facts;
  const task = set.get('task', command.task.id);
  if (task === undefined || candidates === null) return { messages: [], again: null };
  set.remove('task', task);
  const match = new Match(context, command, candidates);
  const messages = candidates.messages.flatMap((id) => match.deliver(id) ?? []);
  return { messages, again: match.isDone ? null : again(context, command) };
};

function again({ set, facts }: Context, command: MatchMessages): Ref {
  const { task, tenantId, by, name, correlationKey, messageId } = command;
  const payload = { type: 'MATCH_MESSAGE', name, correlationKey, messageId } as const;
  return putTreelessTask(set, facts, { treeId: task.id, tenantId, by }, payload);
}

class Match {
  private readonly context: Context;
  private readonly command: MatchMessages;
  private readonly candidates: Candidates;
  /** Processes of which this match has started an instance uniquely. */
  private readonly taken = new Set<string>();
  private missed = false;
  private delivered = false;

  constructor(context: Context, command: MatchMessages, candidates: Candidates) {
    this.context = context;
    this.command = command;
    this.candidates = candidates;
  }

  /** False: a message found its receiver gone, or there is more than one match takes. */
  get isDone(): boolean {
    return !this.missed && !(this.candidates.more && this.delivered);
  }

  /** The message as it is afterwards; undefined when it is not there any more. */
  deliver(id: number): MatchedMessage | undefined {
    const { set, facts } = this.context;
    const message = set.get('message', id);
    if (message === undefined || message.endedAt !== null) {
      // Others were found in its place, had it been gone before.
      if (this.candidates.more) this.missed = true;
      return undefined;
    }
    const lapsed = message.expiresAt !== null && message.expiresAt <= facts.now;
    if (lapsed && id !== this.command.messageId) return undefined;
    const received = new Set([...set.deliveriesOf(id)].map(({ bpmnProcessId }) => bpmnProcessId));
    const isEnough = () => received.size > 0 && !message.onePerProcess;
    let wasGone = false;
    for (const subscriptionId of this.candidates.subscriptions) {
      if (isEnough()) break;
      const subscription = set.get('messageSubscription', subscriptionId);
      if (subscription === undefined || subscription.suspended) {
        wasGone = true;
      } else if (!received.has(subscription.bpmnProcessId)) {
        received.add(subscription.bpmnProcessId);
        this.give(message, subscription);
      }
    }
    if (wasGone && !isEnough()) {
      // Another one may wait that was not looked for: nothing is decided before that is known.
      this.missed = true;
      return undefined;
    }
    let started: number | null = null;
    for (const start of this.candidates.starts) {
      if (isEnough()) break;
      if (received.has(start.bpmnProcessId) || start.halted || (message.uniqueStart && this.isTaken(start))) continue;
      const joint = this.jointStart(start);
      if (joint !== undefined && isJointlyStarted(set, message, start.bpmnProcessId)) {
        this.missed = true;
        return undefined;
      }
      received.add(start.bpmnProcessId);
      started = this.start(message, start, joint);
    }
    if (isEnough()) this.end(message, null, started);
    else if (lapsed) this.end(message, message.expiresAt, null);
    return { row: set.get('message', id) ?? message, deliveries: [...set.deliveriesOf(id)] };
  }

  private give(message: Message, subscription: MessageSubscription): void {
    const { set, facts } = this.context;
    const x = new Execution(set, facts, this.command.by, subscription.rootId);
    const element = elementOf(x.processOf(subscription), subscription.elementId) as CatchingElement;
    if (!happensAgain(element)) set.remove('messageSubscription', subscription);
    this.note(message, subscription.bpmnProcessId, { ...subscription, started: false });
    const owner = x.elementInstance(subscription.elementInstanceId);
    trigger(x, owner, element, variablesOfText(message.variables));
    advance(x);
  }

  private isTaken({ bpmnProcessId, taken }: MessageStart): boolean {
    return taken || this.taken.has(bpmnProcessId);
  }

  /** Where the process needs more than this message to start. */
  private jointStart({ processId, elementId }: MessageStart): JointStart | undefined {
    const process = this.context.facts.process(processId);
    return jointStartOf(process.graph, elementOf(process, elementId));
  }

  /** The id of the new instance. */
  private start(message: Message, found: MessageStart, joint: JointStart | undefined): number {
    const { bpmnProcessId, processId, elementId } = found;
    const { set, facts } = this.context;
    const { partition } = facts;
    const id = facts.newId(this.command.task.id);
    const process = facts.process(processId);
    const x = new Execution(set, facts, this.command.by, id);
    const { correlationKey, traceParent } = message;
    const given = { correlationKey, tags: {}, contextType: null, contextId: null, traceParent };
    const variables = variablesOfText(message.variables);
    const at = elementOf(process, elementId) as CatchingElement;
    const ei =
      joint === undefined
        ? startAt(x, process, elementId, given, variables)
        : startJointly(x, process, [joint, at], given, message, variables);
    const holdsUniqueKey = message.uniqueKey !== '' && !message.onePerProcess;
    const holdsKeys = message.uniqueStart || holdsUniqueKey || joint !== undefined ? true : null;
    x.changeInstance(x.instance(id), { startVariables: message.variables, messageId: message.id, holdsKeys });
    if (message.uniqueStart) {
      this.taken.add(bpmnProcessId);
      holdStartKey(set, message, bpmnProcessId, id);
    }
    if (joint !== undefined) holdJointStart(set, message, bpmnProcessId, found.joint, id);
    const received = { partition, processInstanceId: id, elementInstanceId: ei.id, started: true };
    this.note(message, bpmnProcessId, received);
    advance(x);
    return id;
  }

  private note(
    { id }: Message,
    bpmnProcessId: string,
    received: Omit<MessageDelivery, 'messageId' | 'bpmnProcessId' | 'createdAt'>,
  ): void {
    const { partition, processInstanceId, elementInstanceId, started } = received;
    const { set, facts } = this.context;
    this.delivered = true;
    const delivery = { partition, processInstanceId, elementInstanceId, started, createdAt: facts.now };
    set.put('messageDelivery', { messageId: id, bpmnProcessId, ...delivery });
  }

  private end(message: Message, expiresAt: number | null, started: number | null): void {
    const { set, facts } = this.context;
    set.put('message', { ...message, expiresAt, endedAt: facts.now });
    passMessageKey(set, message, started);
  }
}
