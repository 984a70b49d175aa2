/** Turns a leased job into what its worker gets: the job with its element, its process and the variables it asked for. */
import { type DeployedProcess, elementOf } from '../core/facts.js';
import type { ElementInstance, Job, JobLock, OpenJob, VariableData } from '../core/state.js';
import type { WorkingSet } from '../core/working-set.js';
import type { Element, JobDefinition } from '../model/process.js';
import type { JobDelivery } from './face.js';
import type { Graphs } from './graphs.js';
import type { Log } from './log.js';
import { StoreError } from './ports/lane.js';
import type { LeasedJob, TopicWish } from './ports/leases.js';

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** From the group that bore the job: everything is in its working set. */
export function deliveryOfBirth(
  set: WorkingSet,
  process: DeployedProcess,
  open: OpenJob,
  lock: JobLock,
  wish: TopicWish | undefined,
): JobDelivery {
  const job = set.get('job', open.id);
  const instance = set.get('processInstance', open.processInstanceId);
  const ei = set.get('elementInstance', open.elementInstanceId);
  if (job === undefined || instance === undefined || ei === undefined) throw new Error(`job ${open.id} is not whole`);
  const { correlationKey, traceParent } = instance;
  const variables = visible(set, ei, wish?.variables ?? null);
  const calledId = job.type === 'PASS_VARIABLES' ? latestCalled(set, ei) : null;
  return delivery(process, job, lock, { correlationKey, traceParent, calledId, variables });
}

function latestCalled(set: WorkingSet, ei: ElementInstance): number | null {
  let latest: number | null = null;
  for (const { id } of set.calledBy(ei.id)) if (latest === null || id > latest) latest = id;
  return latest;
}

/**
 * Null for a job that nobody can be given: its process can not be read, or its rows do not fit together. It stays locked,
 * so that it is not leased again and again, and those behind it are leased. Throws StoreError.
 */
export async function deliveryOfLease(
  { graphs, log }: { readonly graphs: Graphs; readonly log: Log },
  leased: LeasedJob,
): Promise<JobDelivery | null> {
  const { job, openJob, ...seen } = leased;
  try {
    const process = await graphs.readable(openJob.processId);
    if (process === null) return null;
    if (job === null || openJob.lock === null) throw new Error(`job ${openJob.id} was leased without history or lock`);
    return delivery(process, job, openJob.lock, seen);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    logBroken(log, openJob, error);
    return null;
  }
}

/** False when it threw: a job that can not be handed out is its own trouble only. */
export function isHandedOut(log: Log, openJob: OpenJob, handOut: () => void): boolean {
  try {
    handOut();
    return true;
  } catch (error) {
    logBroken(log, openJob, error);
    return false;
  }
}

function logBroken(log: Log, { partition, id }: OpenJob, error: unknown): void {
  log.error({ err: error, job: { partition, id } }, 'a job can not be handed out: this is a bug');
}

/** What is not in the job's own rows. */
type Seen = Pick<JobDelivery, 'correlationKey' | 'traceParent' | 'calledId' | 'variables'>;

function delivery(
  process: DeployedProcess,
  job: Job,
  lock: JobLock,
  { correlationKey, traceParent, calledId, variables }: Seen,
): JobDelivery {
  const element = elementOf(process, job.elementId);
  const definition = definitionOf(element, job);
  return {
    job,
    lock,
    bpmnProcessId: process.bpmnProcessId,
    version: process.version,
    bpmnElementId: element.id,
    elementName: element.name ?? null,
    headers: definition?.headers ?? NO_HEADERS,
    correlationKey,
    traceParent,
    calledId,
    variables,
  };
}

function definitionOf(element: Element, { type, listener }: Job): JobDefinition | undefined {
  const { listeners } = element;
  if (listener !== null) return (type === 'START_LISTENER' ? listeners?.start : listeners?.end)?.[listener];
  return 'job' in element ? element.job : undefined;
}

/** What the element sees, of equal names the innermost; with names, only those. */
function visible(set: WorkingSet, from: ElementInstance, names: readonly string[] | null): JobDelivery['variables'] {
  const seen = new Map<string, VariableData>();
  for (let scope: ElementInstance | undefined = from; scope !== undefined; ) {
    for (const { name, data } of set.variablesOf(scope.id)) {
      if (data !== null && !seen.has(name) && (names === null || names.includes(name))) seen.set(name, data);
    }
    scope = scope.parentId === null ? undefined : set.get('elementInstance', scope.parentId);
  }
  return [...seen].map(([name, data]) => ({ name, data }));
}
