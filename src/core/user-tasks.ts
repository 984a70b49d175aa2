/** User tasks as the core makes them: what the model says of the work, with its expressions evaluated. */
import type { Expression } from '../model/expression.js';
import { MAX_CANDIDATES, MAX_NAME_CHARACTERS } from '../model/limits.js';
import { momentOf } from '../model/moments.js';
import type { UserTaskDefinition } from '../model/process.js';
import type { Execution } from './execution.js';
import type { ElementInstance, UserTask } from './state.js';
import { evaluate, type MappingFailure } from './variables.js';

/** What the model says of a user task, with its expressions evaluated. */
type Settings = Pick<
  UserTask,
  'assignee' | 'candidateUsers' | 'candidateGroups' | 'dueAt' | 'followUpAt' | 'priority' | 'formKey'
>;

/** The user task of a visit. A setting that is not what it must be keeps it from being made: an incident, no guess. */
export function createUserTask(
  x: Execution,
  ei: ElementInstance,
  definition: UserTaskDefinition,
): MappingFailure | undefined {
  const settings = settingsOf(x, ei, definition);
  if ('reason' in settings) return settings;
  const instance = x.instance(ei.processInstanceId);
  x.set.put('userTask', {
    partition: ei.partition,
    id: x.newId(),
    rootId: ei.rootId,
    processInstanceId: ei.processInstanceId,
    elementInstanceId: ei.id,
    elementId: ei.elementId,
    processId: instance.processId,
    tenantId: instance.tenantId,
    correlationKey: instance.correlationKey,
    state: 'STARTED',
    revision: 1,
    ...settings,
    tags: {},
    createdAt: x.now,
    createdBy: x.by,
    endedAt: null,
    endedBy: null,
    changeNumber: x.changeNumber,
  });
  return undefined;
}

// --- Settings that may be expressions --------------------------------------------------------------------------------

function settingsOf(x: Execution, ei: ElementInstance, definition: UserTaskDefinition): Settings | MappingFailure {
  const reader = new SettingsReader(x, ei);
  const settings: Settings = {
    assignee: reader.read('assignee', definition.assignee, aName) ?? null,
    candidateUsers: reader.read('candidate users', definition.candidateUsers, someNames) ?? [],
    candidateGroups: reader.read('candidate groups', definition.candidateGroups, someNames) ?? [],
    dueAt: reader.read('due date', definition.dueDate, aMoment) ?? null,
    followUpAt: reader.read('follow-up date', definition.followUpDate, aMoment) ?? null,
    priority: reader.read('priority', definition.priority, aPriority) ?? 0,
    formKey: reader.read('form', definition.formKey, aName) ?? null,
  };
  return reader.failure ?? settings;
}

/** What a value means as a setting; null is one that is not set. */
type Reading<T> = (value: unknown, now: number) => T | null | { readonly problem: string };

class SettingsReader {
  /** The first one. */
  failure: MappingFailure | undefined;
  private readonly x: Execution;
  private readonly ei: ElementInstance;

  constructor(x: Execution, ei: ElementInstance) {
    this.x = x;
    this.ei = ei;
  }

  read<T>(what: string, source: unknown, reading: Reading<T>): T | undefined {
    if (!isExpression(source)) return this.accept(what, reading(source ?? null, this.x.now));
    const evaluation = evaluate(this.x, this.ei, source);
    const described = `${what} "${source.text}"`;
    if (evaluation.ok) return this.accept(described, reading(evaluation.value, this.x.now));
    this.failure ??= { reason: evaluation.reason, message: `${described}: ${evaluation.message}` };
    return undefined;
  }

  private accept<T>(what: string, value: T | null | { readonly problem: string }): T | undefined {
    if (value === null) return undefined;
    if (typeof value !== 'object' || !('problem' in value)) return value as T;
    this.failure ??= { reason: 'EXPRESSION_FAILED', message: `${what}: ${value.problem}` };
    return undefined;
  }
}

function isExpression(source: unknown): source is Expression {
  return typeof source === 'object' && source !== null && 'evaluate' in source;
}

const aName: Reading<string> = (value) => {
  if (value === null || value === '') return null;
  return isName(value) ? value : { problem: `it must be text of up to ${MAX_NAME_CHARACTERS} characters` };
};

/** One name, or a list of names. */
const someNames: Reading<readonly string[]> = (value) => {
  if (value === null || value === '') return null;
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  const distinct = [...new Set(names)];
  if (distinct.length <= MAX_CANDIDATES && distinct.every((name) => isName(name) && name !== '')) {
    return distinct as string[];
  }
  const problem = `it must be a list of up to ${MAX_CANDIDATES} texts of up to ${MAX_NAME_CHARACTERS} characters`;
  return { problem };
};

const aMoment: Reading<number> = (value, now) => (value === null || value === '' ? null : momentOf(value, now));

const aPriority: Reading<number> = (value) => {
  if (value === null) return null;
  const isWhole = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  return isWhole ? value : { problem: 'it must be a whole number of 32 bits' };
};

/** The database takes no NUL. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_CHARACTERS && !value.includes('\u0000');
}
