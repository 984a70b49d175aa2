/**
 * Ad-hoc sub-processes (BPMN 2.0.2, 10.3.5.3 and 13.3.5): what begins in one, when a worker is asked for more, and when one
 * is complete. What is chosen gets a token that no flow has brought: it waits, and goes, like any other.
 */
import type { AdHocSubProcess, Element } from '../model/process.js';
import { collect } from './ad-hoc-output.js';
import { type Execution, found, NO_FLOW } from './execution.js';
import { createJob } from './jobs.js';
import type { Hanging } from './kept-tasks.js';
import { ELEMENTS_CHOSEN_AT_ONCE } from './limits.js';
import { NeedsTree } from './needs.js';
import type { Arrival, ElementInstance } from './state.js';
import { evaluate, evaluateCondition, type MappingFailure } from './variables.js';

// --- Beginning -------------------------------------------------------------------------------------------------------

/** The ids that the model's list has now. */
export function listed(
  x: Execution,
  { activeElements }: AdHocSubProcess,
  ei: ElementInstance,
): readonly string[] | MappingFailure {
  if (activeElements === undefined) throw new Error('an ad-hoc sub-process without a list asks a worker');
  const evaluation = evaluate(x, ei, activeElements);
  const fail = (problem: string) =>
    ({ reason: 'EXPRESSION_FAILED', message: `list "${activeElements.text}": ${problem}` }) as const;
  if (!evaluation.ok) return { ...fail(evaluation.message), reason: evaluation.reason };
  const { value } = evaluation;
  if (!Array.isArray(value) || !value.every(isText)) return fail('it must be a list of ids of elements');
  const most = ELEMENTS_CHOSEN_AT_ONCE;
  return value.length > most ? fail(`${value.length} elements are more than the ${most} allowed`) : value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Each begins once for each time that it is named. What is wrong comes back, and then none begins. */
export function choose(
  x: Execution,
  element: AdHocSubProcess,
  ei: ElementInstance,
  ids: readonly string[],
): string | undefined {
  const { elements } = x.processOf(ei).graph;
  const first = element.first.map((index) => found(elements[index], 'element', index));
  const byId = new Map(first.map((each) => [each.id, each]));
  const wrong = ids.find((id) => !byId.has(id));
  if (wrong !== undefined)
    return `"${wrong}" can not begin in ${element.id}; it is none of ${[...byId.keys()].join(', ')}`;
  place(
    x,
    ei,
    ids.map((id) => byId.get(id) as Element),
  );
  return undefined;
}

/** Tokens of the sub-process itself: no flow has brought them. */
function place(x: Execution, scope: ElementInstance, elements: readonly Element[]): void {
  if (elements.length === 0) return;
  for (const { index } of elements) x.setOut(scope, scope, NO_FLOW, index);
  x.count(scope.id, elements.length);
}

const SELECT = 'SELECT_AD_HOC_ACTIVITIES';

/**
 * Asks a worker what begins. One that was asked before knew less, so its job goes; a job that has failed is done again
 * with what is known then.
 */
export function ask(x: Execution, { job }: AdHocSubProcess, ei: ElementInstance): MappingFailure | undefined {
  if (job === undefined) throw new Error('an ad-hoc sub-process that asks nobody');
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  if (isTriedAgain(x, ei)) return undefined;
  for (const open of [...x.set.openJobsOf(ei.id)]) if (open.type === SELECT) x.takeBack(open);
  return createJob(x, ei, SELECT, job);
}

function isTriedAgain(x: Execution, ei: ElementInstance): boolean {
  for (const task of x.set.tasksOf(ei.id)) if (asksWhatBegins(x, task)) return true;
  for (const incident of x.set.incidentsOf(ei.id))
    if (incident.resolvedAt === null && asksWhatBegins(x, incident)) return true;
  return false;
}

/** The same scope may ask for the definitions of its event sub-processes too. */
function asksWhatBegins(x: Execution, row: Hanging): boolean {
  if ('payload' in row) return row.payload.type === 'ACTIVATE_JOB' && isSelecting(x, row.payload.jobId);
  // A job without tries left is not loaded: a definition that nobody could give is repaired first.
  if ('phase' in row) return row.phase === 'JOB';
  return 'type' in row && row.type === SELECT;
}

function isSelecting(x: Execution, jobId: number | null): boolean {
  return x.set.get('job', jobId ?? 0)?.type === SELECT;
}

// --- One after the other -------------------------------------------------------------------------------------------------

/** Whether a token may go on: not when its sub-process is complete, and in a sequence not while another activity is at work. */
export function admits(x: Execution, scope: ElementInstance, element: Element, arrival: Arrival): boolean {
  const adHoc = x.elementOf(scope);
  if (adHoc.type !== 'AD_HOC_SUB_PROCESS') return true;
  if (scope.endedByElement === null) return !adHoc.sequential || !isActivity(element) || !isBusy(x, scope);
  withdraw(x, arrival, scope);
  return false;
}

/** That may have been the last token of its scope. */
function withdraw(x: Execution, arrival: Arrival, scope: ElementInstance): void {
  x.set.put('arrival', { ...arrival, withdrawnBy: scope.id, changeNumber: x.changeNumber });
  x.count(scope.id, -1, scope);
}

/** The next activity of a sequence sets out, where none is at work; false when there is none. */
export function continueSequence(x: Execution): boolean {
  for (const id of [...x.moved].sort((one, other) => one - other)) {
    const scope = x.elementInstance(id);
    if (!isSequence(x, scope) || scope.endedAt !== null || scope.endedByElement !== null) continue;
    if (x.isSuspended(scope) || isBusy(x, scope)) continue;
    const next = nextInTurn(x, scope);
    if (next === undefined) continue;
    x.agenda.push({ type: 'arrive', arrivalId: next.id });
    return true;
  }
  return false;
}

export function isSequence(x: Execution, scope: ElementInstance): boolean {
  const element = x.elementOf(scope);
  return element.type === 'AD_HOC_SUB_PROCESS' && element.sequential;
}

/** The oldest token that waits for its turn, however they were loaded (I2). */
function nextInTurn(x: Execution, scope: ElementInstance): Arrival | undefined {
  let next: Arrival | undefined;
  for (const arrival of x.set.arrivalsIn(scope.id)) {
    const waits = arrival.consumedBy === null && arrival.withdrawnBy === null && isActivity(x.elementOf(arrival));
    if (waits && (next === undefined || arrival.id < next.id)) next = arrival;
  }
  return next;
}

function isBusy(x: Execution, scope: ElementInstance): boolean {
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  for (const child of x.set.childrenOf(scope.id)) {
    if (child.endedAt === null && isActivity(x.elementOf(child))) return true;
  }
  return false;
}

/** An event sub-process is none: it begins whenever its event happens. */
function isActivity(element: Element): boolean {
  return 'boundaryEvents' in element && element.type !== 'EVENT_SUB_PROCESS';
}

// --- Being complete ------------------------------------------------------------------------------------------------------

/** False without a condition, too. */
export function isComplete(
  x: Execution,
  { completionCondition }: AdHocSubProcess,
  ei: ElementInstance,
): boolean | MappingFailure {
  if (completionCondition === undefined) return false;
  return evaluateCondition(x, ei, completionCondition, (text) => `completion condition "${text}"`);
}

/** Nothing begins in it any more; what still runs is ended, or may come to its end. */
export function complete(x: Execution, element: AdHocSubProcess, ei: ElementInstance, by: ElementInstance): void {
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  if (element.cancelsRemaining) x.endChildren(ei, 'TERMINATED', by);
  else closeAsking(x, ei);
  x.change(ei, { endedByElement: by.id });
}

/** Nobody is to say what begins any more, and tokens that wait are withdrawn where they arrive. */
function closeAsking(x: Execution, ei: ElementInstance): void {
  x.release(ei, 'TERMINATED', (row) => !('phase' in row) && !asksWhatBegins(x, row));
  x.offerTokens(ei);
}

/**
 * Where an activity that is done goes on to. In an ad-hoc sub-process it may have completed that, and then nothing
 * follows; else a worker is asked what begins beside it. Where it was the last, whoever finds its scope empty asks.
 */
export function withinAdHoc(
  x: Execution,
  ei: ElementInstance,
  chooseFlows: () => readonly number[] | MappingFailure,
): readonly number[] | MappingFailure {
  if (ei.parentId === null) return chooseFlows();
  const scope = x.elementInstance(ei.parentId);
  const element = x.elementOf(scope);
  if (element.type !== 'AD_HOC_SUB_PROCESS' || !isActivity(x.elementOf(ei))) return chooseFlows();
  const failure = collect(x, element, scope, ei);
  if (failure !== undefined) return failure;
  if (scope.endedByElement !== null) return [];
  const holds = isComplete(x, element, scope);
  if (typeof holds === 'object') return holds;
  if (holds) complete(x, element, scope, ei);
  const flows = holds ? [] : chooseFlows();
  if (holds || 'reason' in flows || element.activeElements !== undefined) return flows;
  const isLast = flows.length === 0 && scope.liveChildren === 1;
  return (isLast ? undefined : ask(x, element, scope)) ?? flows;
}
