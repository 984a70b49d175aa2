/** Every command and its handler. A command without one does not compile. */
import type { Command, CommandType } from '../command.js';
import type { Handler } from './handler.js';
import { resolveIncident } from './incidents.js';
import { completeJob, failJob, rejectJob, throwJobError, throwJobEscalation } from './jobs.js';
import { matchMessages } from './match.js';
import { expireMessage, findMessages, sendMessage } from './messages.js';
import { cancelProcessInstance, createProcessInstance } from './process-instances.js';
import { deliverSignal } from './signals.js';
import { resumeProcessInstance, suspendProcessInstance } from './suspension.js';
import { executeTask } from './tasks.js';
import { startByTimer } from './timer-starts.js';
import { claimUserTask, updateUserTask } from './user-tasks.js';
import { setVariables } from './variables.js';

const handlers: { readonly [T in CommandType]: Handler<Extract<Command, { readonly type: T }>> } = {
  createProcessInstance,
  cancelProcessInstance,
  suspendProcessInstance,
  resumeProcessInstance,
  completeJob,
  failJob,
  throwJobError,
  throwJobEscalation,
  rejectJob,
  resolveIncident,
  setVariables,
  updateUserTask,
  claimUserTask,
  executeTask,
  sendMessage,
  expireMessage,
  matchMessages,
  findMessages,
  startByTimer,
  deliverSignal,
};

/** TypeScript can not relate the key to the command, so the look-up holds the table's one cast. */
export function handlerOf<C extends Command>(command: C): Handler<C> {
  return handlers[command.type] as unknown as Handler<C>;
}
