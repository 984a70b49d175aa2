/** A command on its way through a lane, and what its caller is told. */
import type {
  Command,
  CommandType,
  CompleteJob,
  FailJob,
  RejectJob,
  Replies,
  Reply,
  ThrowJobError,
  ThrowJobEscalation,
  VariableChange,
} from '../core/command.js';
import type { CalledProcess } from '../core/facts.js';
import type { Refusal } from '../core/refusal.js';
import type { Owner, Ref } from '../core/state.js';
import type { Caller } from './face.js';

export interface Submission {
  readonly command: Command;
  readonly caller: Caller;
  /** Null for the engine's own commands: they see every tenant. */
  readonly tenantIds: readonly string[] | null;
  readonly shard: number;
  /** It makes a new tree: new work, which may be refused for load (I8). */
  readonly isStart: boolean;
  /** What it weighs in memory and on the wire: the values of its variables. */
  readonly characters: number;
  /** The identity of the new instance, given when its group begins; null for commands on existing rows. */
  newId: number | null;
  readonly answer: (answer: Reply | Refusal) => void;
  /** For bugs, and for trouble that outlasts the caller's deadline. */
  readonly fail: (error: Error) => void;
  /** How often its root was found locked elsewhere. */
  misses: number;
  /** Its decision needs all that lives in the tree. */
  needsTree: boolean;
  /** Or all that hangs on these element instances of it. */
  readonly owners: Owner[];
  /** What its calls name, as far as they were reached: looked up when its next group begins. */
  readonly calls: CalledProcess[];
}

/** Finished work, and the engine's own: it waits for the database however long that is away (I8). */
export function mustWait(command: Command): boolean {
  return isOutcome(command) || OF_ENGINE.has(command.type);
}

const OF_ENGINE: ReadonlySet<CommandType> = new Set<CommandType>([
  'executeTask',
  'matchMessages',
  'findMessages',
  'startByTimer',
  'deliverSignal',
]);

export function isOutcome(
  command: Command,
): command is CompleteJob | FailJob | ThrowJobError | ThrowJobEscalation | RejectJob {
  return 'lockToken' in command;
}

/** The answer to a repeated request: the same reference, whoever did the work. */
export const repeated: { readonly [T in CommandType]: (reference: Ref) => Replies[T] } = {
  createProcessInstance: (instance) => ({ instance, made: null }),
  cancelProcessInstance: (instance) => ({ instance }),
  suspendProcessInstance: (instance) => ({ instance }),
  resumeProcessInstance: (instance) => ({ instance }),
  completeJob: (job) => ({ job, repeated: true, state: null }),
  failJob: (job) => ({ job, repeated: true, state: null }),
  throwJobError: (job) => ({ job, repeated: true, state: null }),
  throwJobEscalation: (job) => ({ job, repeated: true, state: null }),
  rejectJob: (job) => ({ job, repeated: true, state: null }),
  resolveIncident: (incident) => ({ incident, job: null }),
  setVariables: (scope) => ({ scope }),
  updateUserTask: (userTask) => ({ userTask }),
  claimUserTask: (userTask) => ({ userTask }),
  executeTask: () => ({ executed: true }),
  sendMessage: ({ id }) => ({ id, found: false, task: null }),
  expireMessage: ({ id }) => ({ id }),
  matchMessages: () => ({ messages: [], again: null }),
  findMessages: () => ({ found: 0 }),
  startByTimer: () => ({ instance: null }),
  deliverSignal: () => ({ receivers: [] }),
};

/** The row that a command addresses: what a stored request refers to. Null: the row that it will make. */
export const addressed: { readonly [T in CommandType]: (command: Extract<Command, { type: T }>) => Ref | null } = {
  createProcessInstance: () => null,
  cancelProcessInstance: ({ instance }) => instance,
  suspendProcessInstance: ({ instance }) => instance,
  resumeProcessInstance: ({ instance }) => instance,
  completeJob: ({ job }) => job,
  failJob: ({ job }) => job,
  throwJobError: ({ job }) => job,
  throwJobEscalation: ({ job }) => job,
  rejectJob: ({ job }) => job,
  resolveIncident: ({ incident }) => incident,
  setVariables: ({ scope }) => scope,
  updateUserTask: ({ userTask }) => userTask,
  claimUserTask: ({ userTask }) => userTask,
  executeTask: ({ task }) => task,
  sendMessage: () => null,
  expireMessage: ({ id }) => ({ partition: NO_PARTITION, id }),
  matchMessages: ({ task }) => task,
  findMessages: ({ task }) => task,
  startByTimer: ({ task }) => task,
  deliverSignal: ({ task }) => task,
};

/** Messages have no partition; a request row has one. */
const NO_PARTITION = '1970-01-01';

export function addressedBy(command: Command): Ref | null {
  return (addressed[command.type] as (command: Command) => Ref | null)(command);
}

export function charactersOf(command: Command): number {
  let characters = 'variables' in command ? valuesOf(command.variables) : 0;
  if (command.type === 'completeJob' || command.type === 'updateUserTask') {
    characters += valuesOf(command.processVariables) + valuesOf(command.elementVariables);
  }
  if ('completion' in command && command.completion?.type === 'calledProcess') {
    characters += valuesOf(command.completion.variables);
  }
  return characters;
}

function valuesOf(changes: readonly VariableChange[]): number {
  let characters = 0;
  for (const { data } of changes) characters += data?.value.length ?? 0;
  return characters;
}
