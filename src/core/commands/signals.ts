/** Bringing a signal to those who were settled to receive it: each that still waits goes on, each start event starts. */
import { happensAgain } from '../../model/events.js';
import { advance } from '../advance.js';
import type { DeliverSignal } from '../command.js';
import { type CatchingElement, trigger } from '../events.js';
import { Execution } from '../execution.js';
import { type Audience, type AudienceTarget, elementOf } from '../facts.js';
import { triggerLater } from '../halted-tasks.js';
import { SIGNAL_CHUNK } from '../signal-rows.js';
import { startAt } from '../starts.js';
import type { SignalSubscription } from '../state.js';
import { putTreelessTask } from '../treeless-tasks.js';
import { variablesOfText } from '../variables-text.js';
import type { Context, Handler } from './handler.js';

export const deliverSignal: Handler<DeliverSignal> = (context, command) => {
  const { set, facts } = context;
  const { audience } = facts;
  const task = set.get('task', command.task.id);
  if (task === undefined || audience === null) return { receivers: [] };
  set.remove('task', task);
  const { signalId, chain, failure, tenantId, by } = command;
  for (const target of audience.targets) {
    const row = { signalId, id: target.id, failure: null };
    set.know('signalTarget', row);
    if (failure !== null) {
      set.put('signalTarget', { ...row, failure });
    } else {
      set.remove('signalTarget', row);
      reach(context, command, audience, target);
    }
  }
  if (audience.last !== null) {
    const most = failure === null ? Math.min(2 * command.most, SIGNAL_CHUNK) : 1;
    const next = { type: 'DELIVER_SIGNAL', signalId, chain, after: audience.last, most } as const;
    putTreelessTask(set, facts, { treeId: task.id, tenantId, by }, next);
  }
  return { receivers: audience.targets.map(({ id }) => id) };
};

function reach(context: Context, command: DeliverSignal, audience: Audience, { id, start }: AudienceTarget): void {
  const subscription = context.set.get('signalSubscription', id);
  if (start !== null) startOne(context, command, audience, start);
  else if (subscription !== undefined) give(context, command, audience, subscription);
}

function startOne(
  { set, facts }: Context,
  { task, by }: DeliverSignal,
  { variables, traceParent }: Audience,
  { processId, elementId }: NonNullable<AudienceTarget['start']>,
): void {
  const id = facts.newId(task.id);
  const x = new Execution(set, facts, by, id);
  const given = { correlationKey: null, tags: {}, contextType: null, contextId: null, traceParent };
  startAt(x, facts.process(processId), elementId, given, variablesOfText(variables));
  x.changeInstance(x.instance(id), { startVariables: variables });
  advance(x);
}

function give({ set, facts }: Context, { by }: DeliverSignal, { variables }: Audience, row: SignalSubscription): void {
  const x = new Execution(set, facts, by, row.rootId);
  const catching = elementOf(x.processOf(row), row.elementId) as CatchingElement;
  if (!happensAgain(catching)) set.remove('signalSubscription', row);
  if (x.isSuspended(row)) {
    triggerLater(x, row, variables);
    return;
  }
  trigger(x, x.elementInstance(row.elementInstanceId), catching, variablesOfText(variables));
  advance(x);
}
