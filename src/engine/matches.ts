/** Tasks as commands; and the matches at work, so that a sender is told what became of its message. */
import type {
  DeliverSignal,
  ExecuteTask,
  FindMessages,
  MatchedMessage,
  MatchMessages,
  MatchReply,
  StartByTimer,
} from '../core/command.js';
import { isRefusal, type Refusal } from '../core/refusal.js';
import type { Ref, Task } from '../core/state.js';
import { isAway } from './log.js';
import type { Reader } from './reader.js';
import { pause } from './retrying.js';

/** Null: the task is done by no lane. */
export function commandOf(
  row: Task,
  by: string,
): ExecuteTask | MatchMessages | FindMessages | StartByTimer | DeliverSignal | null {
  const task = { partition: row.partition, id: row.id };
  const { payload, tenantId } = row;
  if (payload.type === 'MATCH_MESSAGE') {
    const { name, correlationKey, messageId } = payload;
    return { type: 'matchMessages', task, tenantId, name, correlationKey, messageId, by };
  }
  if (payload.type === 'FIND_MESSAGES') {
    return { type: 'findMessages', task, tenantId, of: payload.of, after: payload.after, by };
  }
  if (payload.type === 'START_PROCESS_INSTANCE') {
    return { type: 'startByTimer', task, processId: row.processId ?? 0, tenantId, by };
  }
  if (payload.type === 'DELIVER_SIGNAL') {
    const { signalId, chain, after, most } = payload;
    return { type: 'deliverSignal', task, tenantId, signalId, chain, after, most, failure: null, by };
  }
  return payload.type === 'SEND_SIGNAL' ? null : { type: 'executeTask', task, by };
}

/** A sender is told what is known by then: its match may wait for locks of others. */
const ROUNDS = 10;

/** A memory only (I14): a sender whose match runs elsewhere reads what the database says. */
export class Matches {
  private readonly running = new Map<number, Promise<MatchReply | Refusal>>();
  private readonly reader: Pick<Reader, 'tasks'>;

  constructor(reader: Pick<Reader, 'tasks'>) {
    this.reader = reader;
  }

  follow(taskId: number, match: Promise<MatchReply | Refusal>): void {
    this.running.set(taskId, match);
    const done = () => this.running.delete(taskId);
    match.then(done, done);
  }

  /**
   * A beat may claim a match that is under way here. Meanwhile it would find nothing, and tell the sender so too early; but
   * the match may have found its task locked by that very claim, so what it has left is done after it.
   */
  async ended(taskId: number): Promise<void> {
    for (let match = this.running.get(taskId); match !== undefined; match = this.running.get(taskId)) {
      await match.catch(() => undefined);
    }
  }

  isUnderWay(taskId: number): boolean {
    return this.running.has(taskId);
  }

  /** The message as its match left it, once that is committed; null when only the database knows. */
  async outcome(task: Ref, messageId: number, tenantId: string): Promise<MatchedMessage | null> {
    const known = await this.outcomeHere(task, messageId);
    if (known === undefined) await this.matchedElsewhere(task, tenantId);
    return known ?? null;
  }

  private async outcomeHere(task: Ref, messageId: number): Promise<MatchedMessage | undefined> {
    for (let at: Ref | null = task; at !== null; ) {
      const reply: MatchReply | Refusal | undefined = await this.running.get(at.id)?.catch(() => undefined);
      if (reply === undefined || isRefusal(reply)) return undefined;
      const matched = reply.messages.find(({ row }) => row.id === messageId);
      if (matched !== undefined) return matched;
      at = reply.again;
    }
    return undefined;
  }

  /** Another transaction has the message: its task is there until that is committed. */
  private async matchedElsewhere({ partition, id }: Ref, tenantId: string): Promise<void> {
    const page = { size: 1, token: '', offset: 0 };
    for (let round = 1; round <= ROUNDS; round++) {
      const tasks = await this.reader.tasks({ partition, id, tenantIds: [tenantId] }, page).catch(nullIfAway);
      if (tasks !== null && (isRefusal(tasks) || tasks.results.length === 0)) return;
      await pause(round);
    }
  }
}

/** The message is committed: its sender, who would send it again, hears of no trouble with a look at its match. */
function nullIfAway(error: unknown): null {
  if (isAway(error)) return null;
  throw error;
}
