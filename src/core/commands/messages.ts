/** Messages: sending, ending, and looking for those that can be delivered. What delivers them is `match.ts`. */
import { dueTime } from '../../model/timers.js';
import type { Expiration, ExpireMessage, FindMessages, SendMessage } from '../command.js';
import { passMessageKey, releaseKey } from '../held-keys.js';
import { putMessage } from '../messages.js';
import { refuse } from '../refusal.js';
import type { Message } from '../state.js';
import { putTreelessTask } from '../treeless-tasks.js';
import { variablesText } from '../variables-text.js';
import type { Handler } from './handler.js';

export const sendMessage: Handler<SendMessage> = ({ set, facts }, command) => {
  const { keyHolder, newRoot, now } = facts;
  if (keyHolder?.holds) return { id: keyHolder.key.messageId ?? 0, found: true, task: null };
  if (keyHolder !== null) releaseKey(set, keyHolder.key);
  const { tenantId, name, correlationKey, uniqueKey, onePerProcess, uniqueStart, traceParent } = command;
  const message: Message = {
    ...{ id: newRoot.id, tenantId, name, correlationKey, uniqueKey, onePerProcess, uniqueStart, traceParent },
    variables: variablesText(command.variables),
    thrownBy: null,
    createdAt: now,
    createdBy: command.by,
    expiresAt: expiryOf(command.expiration, now),
    endedAt: null,
  };
  return { id: message.id, found: false, task: putMessage({ set, facts }, message.id, message) };
};

/** The texts were checked at the door. Without any, and when all its times have passed, the message is tried once. */
function expiryOf(expiration: Expiration | null, now: number): number {
  if (expiration === null) return now;
  if ('at' in expiration) return Math.max(now, expiration.at);
  const due =
    'cycle' in expiration ? dueTime('CYCLE', expiration.cycle, now) : dueTime('DURATION', expiration.duration, now);
  return 'problem' in due ? now : Math.max(now, due.dueAt);
}

export const expireMessage: Handler<ExpireMessage> = ({ set, facts, tenantIds }, { id }) => {
  const message = set.get('message', id);
  if (message === undefined || (tenantIds !== null && !tenantIds.includes(message.tenantId))) {
    return refuse('MESSAGE_NOT_FOUND', `message ${id} does not exist`, { message: String(id) });
  }
  if (hasEnded(message, facts.now)) {
    const how = message.expiresAt === null ? 'was delivered' : 'has expired';
    return refuse('MESSAGE_ENDED', `message ${id} ${how}`, { message: String(id) });
  }
  set.put('message', { ...message, expiresAt: facts.now, endedAt: facts.now });
  passMessageKey(set, message, null);
  return { id };
};

/** One that is tried once has not ended before its match. */
function hasEnded({ endedAt, expiresAt, createdAt }: Message, now: number): boolean {
  return endedAt !== null || expiresAt === null || (expiresAt <= now && expiresAt !== createdAt);
}

export const findMessages: Handler<FindMessages> = ({ set, facts }, command) => {
  const task = set.get('task', command.task.id);
  if (task === undefined || facts.matches === null) return { found: 0 };
  const { tenantId, by, of } = command;
  const origin = { treeId: task.id, tenantId, by };
  const { pairs, last } = facts.matches;
  set.remove('task', task);
  for (const pair of pairs) putTreelessTask(set, facts, origin, { type: 'MATCH_MESSAGE', ...pair, messageId: null });
  if (last !== null) putTreelessTask(set, facts, origin, { type: 'FIND_MESSAGES', of, after: last });
  return { found: pairs.length };
};
