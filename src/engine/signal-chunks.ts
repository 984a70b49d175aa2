/** Delivering a signal: a receiver who can not be reached is passed by, and keeps the signal from nobody else. */
import type { Command, DeliverSignal, Reply } from '../core/command.js';
import { isRefusal, type Refusal } from '../core/refusal.js';
import type { Log } from './log.js';
import { StoreError } from './ports/lane.js';

type Run = (command: Command) => Promise<Reply | Refusal>;

/** The command of a task. */
export function carryOut(command: Command, run: Run, log: Log): Promise<Reply | Refusal> {
  return command.type === 'deliverSignal' ? deliver(command, run, log) : run(command);
}

/** What fails is halved, until it is known who can not be reached. Throws where the trouble is none of a receiver. */
async function deliver(chunk: DeliverSignal, run: Run, log: Log): Promise<Reply | Refusal> {
  for (let { most } = chunk; ; most = Math.ceil(most / 2)) {
    const answer = await attempt(run({ ...chunk, most }));
    if (!('failure' in answer)) return answer;
    if (most === 1) return pass({ ...chunk, most, failure: answer.failure }, run, log);
  }
}

async function pass(command: DeliverSignal, run: Run, log: Log): Promise<Reply | Refusal> {
  const answer = await run(command);
  const { signalId, failure } = command;
  const said = 'a receiver of a signal can not be reached, and is passed by';
  if ('receivers' in answer) for (const receiver of answer.receivers) log.error({ signalId, receiver, failure }, said);
  return answer;
}

/** A receiver's own: its process can not be read, or its decision or its write fails for good. */
async function attempt(reply: Promise<Reply | Refusal>): Promise<Reply | Refusal | { readonly failure: string }> {
  try {
    const answer = await reply;
    const isUnreadable = isRefusal(answer) && answer.refused === 'PROCESS_UNREADABLE';
    return isUnreadable ? { failure: answer.message } : answer;
  } catch (error) {
    if (error instanceof StoreError && error.kind !== 'failed') throw error;
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
