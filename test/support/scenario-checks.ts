/** What holds between any two commands, whatever they were: checked by the scenario runner after each of them. */
import type { DeployedProcess } from '../../src/core/facts.js';
import { elementOf } from '../../src/core/facts.js';
import { type Changes, type ElementInstance, hasEnded, type Rows, type Table } from '../../src/core/state.js';
import { TABLES, type World, waits } from './scenario-world.js';

/** Empty when all is well. */
export function faultsOf(world: World, processes: ReadonlyMap<number, DeployedProcess>): readonly string[] {
  return [
    ...counters(world),
    ...parents(world),
    ...jobs(world),
    ...userTasks(world),
    ...tokens(world),
    ...ended(world),
    ...stuck(world, processes),
  ];
}

/** A scope counts its living children and the tokens on its flows. */
function* counters(world: World): Generator<string> {
  const counts = new Map<number | null, number>();
  const add = (scope: number | null) => counts.set(scope, (counts.get(scope) ?? 0) + 1);
  for (const ei of world.all('elementInstance')) if (!hasEnded(ei.state)) add(ei.parentId);
  for (const arrival of world.all('arrival')) if (waits(arrival)) add(arrival.scopeId);
  for (const scope of world.all('elementInstance')) {
    const living = counts.get(scope.id) ?? 0;
    if (scope.liveChildren !== living) yield `scope ${scope.id} counts ${scope.liveChildren}, but ${living} live in it`;
  }
}

function* parents(world: World): Generator<string> {
  for (const ei of world.all('elementInstance')) {
    const instance = world.rows.processInstance.get(ei.processInstanceId);
    if (instance === undefined) yield `element instance ${ei.id} has no process instance`;
    const parent = ei.parentId === null ? undefined : world.rows.elementInstance.get(ei.parentId);
    if (ei.parentId !== null && parent === undefined) yield `element instance ${ei.id} has no parent`;
    if (parent !== undefined && hasEnded(parent.state) && !hasEnded(ei.state)) {
      yield `element instance ${ei.id} lives in scope ${parent.id}, which has ended`;
    }
    if (hasEnded(ei.state) !== (ei.endedAt !== null)) yield `element instance ${ei.id} is ${ei.state} at ${ei.endedAt}`;
  }
}

/** An open job has a CREATED row and a living element; a CREATED job is open, or waits for exactly one task. */
function* jobs(world: World): Generator<string> {
  for (const open of world.all('openJob')) {
    const job = world.rows.job.get(open.id);
    const halted = world.rows.processInstance.get(open.processInstanceId)?.state === 'SUSPENDED';
    if (open.suspended !== halted)
      yield `open job ${open.id} is ${open.suspended ? '' : 'not '}suspended, unlike its instance`;
    if (job?.state !== 'CREATED') yield `open job ${open.id} has a job row that is ${job?.state}`;
  }
  for (const job of world.all('job')) {
    const ei = world.rows.elementInstance.get(job.elementInstanceId);
    if (job.state !== 'CREATED') {
      if (job.completedAt === null) yield `job ${job.id} is ${job.state} but was never completed`;
      continue;
    }
    if (ei === undefined || hasEnded(ei.state)) yield `job ${job.id} belongs to an element that is ${ei?.state}`;
    const timers = world
      .all('task')
      .filter((task) => task.payload.type === 'ACTIVATE_JOB' && task.payload.jobId === job.id);
    const places = timers.length + (world.rows.openJob.has(job.id) ? 1 : 0);
    if (places !== 1) yield `job ${job.id} is CREATED and can be had in ${places} places`;
  }
}

/** A user task is open exactly as long as its element lives; nothing else ends that element. */
function* userTasks(world: World): Generator<string> {
  for (const { id, state, endedAt, elementInstanceId } of world.all('userTask')) {
    const ei = world.rows.elementInstance.get(elementInstanceId);
    if (hasEnded(state) !== (endedAt !== null)) yield `user task ${id} is ${state} at ${endedAt}`;
    if (ei === undefined || (hasEnded(ei.state) && !hasEnded(state))) {
      yield `user task ${id} is ${state}, but its element is ${ei?.state}`;
    }
  }
}

/** A token has one producer and at most one consumer, and each visit but a start's was caused by tokens (I11). */
function* tokens(world: World): Generator<string> {
  const causes = new Map<number, number>();
  for (const arrival of world.all('arrival')) {
    if (!world.rows.elementInstance.has(arrival.producedBy)) yield `arrival ${arrival.id} was produced by nobody`;
    if (arrival.consumedBy !== null && arrival.withdrawnBy !== null) yield `arrival ${arrival.id} was taken twice`;
    if (arrival.consumedBy !== null) causes.set(arrival.consumedBy, (causes.get(arrival.consumedBy) ?? 0) + 1);
  }
  const starts = new Map<number, number>();
  for (const ei of world.all('elementInstance')) {
    const isOpenedByBody = ei.loop !== null && 'number' in ei.loop;
    if (ei.parentId === null || causes.has(ei.id) || isOpenedByBody) continue;
    starts.set(ei.parentId, (starts.get(ei.parentId) ?? 0) + 1);
  }
  for (const [scope, count] of starts) if (count !== 1) yield `scope ${scope} has ${count} visits without a cause`;
}

/** Nothing of an ended instance, or of an ended element instance, is at work. */
function* ended(world: World): Generator<string> {
  for (const instance of world.all('processInstance')) {
    const scope = world.rows.elementInstance.get(instance.id);
    if (scope === undefined || hasEnded(instance.state) !== hasEnded(scope.state)) {
      yield `process instance ${instance.id} is ${instance.state}, its scope ${scope?.state}`;
    }
    const caller = world.rows.elementInstance.get(instance.parentElementInstanceId ?? 0);
    if (caller !== undefined && hasEnded(caller.state) && !hasEnded(instance.state)) {
      yield `process instance ${instance.id} lives, but its caller ${caller.id} is ${caller.state}`;
    }
  }
  const isOver = (row: { readonly elementInstanceId: number | null }) => {
    const ei = world.rows.elementInstance.get(row.elementInstanceId ?? 0);
    return ei === undefined || hasEnded(ei.state);
  };
  for (const open of world.all('openJob').filter(isOver)) yield `open job ${open.id} of an ended element`;
  for (const { id } of world.all('messageSubscription').filter(isOver)) yield `subscription ${id} of an ended element`;
  // A task of no tree outlives what wrote it.
  for (const task of world.all('task').filter((each) => each.rootId !== null && isOver(each))) {
    // What is left of it when a join has taken its tokens before it ran: it will find nothing to do.
    const isIdle =
      task.payload.type === 'CONTINUE' &&
      !task.payload.items &&
      !task.payload.arrivals.some((id) => isWaiting(world, id));
    // Matches of messages hang on no element.
    if (!isIdle && task.elementInstanceId !== null) yield `task ${task.id} of an ended element`;
  }
  for (const incident of world.all('incident').filter(isOver)) {
    if (incident.resolvedAt === null) yield `incident ${incident.id} of an ended element is not resolved`;
  }
  for (const row of world.all('signalSubscription').filter(isOver)) yield `subscription ${row.id} of an ended element`;
  for (const arrival of world.all('arrival').filter(waits)) {
    const scope = world.rows.elementInstance.get(arrival.scopeId);
    if (scope === undefined || hasEnded(scope.state)) yield `arrival ${arrival.id} waits in an ended scope`;
  }
}

function isWaiting(world: World, arrivalId: number): boolean {
  const arrival = world.rows.arrival.get(arrivalId);
  return arrival !== undefined && waits(arrival);
}

/** Whatever lives has a reason: a job, a task, an incident, something in it or called by it; a token waits at a join or for a task. */
function* stuck(world: World, processes: ReadonlyMap<number, DeployedProcess>): Generator<string> {
  const reasons = new Set<number>();
  for (const open of world.all('openJob')) reasons.add(open.elementInstanceId);
  for (const { elementInstanceId } of world.all('messageSubscription')) reasons.add(elementInstanceId);
  for (const task of world.all('task')) {
    reasons.add(task.elementInstanceId ?? 0);
    // It has what has completed compensated.
    if (task.payload.type === 'COMPENSATION') reasons.add(task.payload.takenBy ?? 0);
  }
  for (const row of world.all('signalSubscription')) reasons.add(row.elementInstanceId);
  for (const userTask of world.all('userTask')) if (!hasEnded(userTask.state)) reasons.add(userTask.elementInstanceId);
  const notEntered = new Set<number | null>();
  for (const { resolvedAt, phase, elementInstanceId } of world.all('incident')) {
    if (resolvedAt === null) reasons.add(elementInstanceId);
    if (resolvedAt === null && phase === 'ENTER') notEntered.add(elementInstanceId);
  }
  for (const { state, parentElementInstanceId } of world.all('processInstance'))
    if (!hasEnded(state)) reasons.add(parentElementInstanceId ?? 0);
  for (const ei of world.all('elementInstance')) {
    // The start event that an event began waits for its scope, where that could not be entered.
    const waitsForScope = notEntered.has(ei.parentId);
    if (!hasEnded(ei.state) && ei.liveChildren === 0 && !reasons.has(ei.id) && !waitsForScope)
      yield `nothing will end ${nameOf(ei)}`;
  }
  for (const arrival of world.all('arrival').filter(waits)) {
    const process = processes.get(world.rows.processInstance.get(arrival.processInstanceId)?.processId ?? 0);
    const element = process && elementOf(process, arrival.elementId);
    const isJoin = element !== undefined && /^(PARALLEL|INCLUSIVE|COMPLEX)_GATEWAY$/.test(element.type);
    const waitsAtJoin = isJoin && (element.incoming.length > 1 || element.type === 'COMPLEX_GATEWAY');
    const isHalted = world.rows.processInstance.get(arrival.processInstanceId)?.state === 'SUSPENDED';
    const scope = world.rows.elementInstance.get(arrival.scopeId);
    const waitsForTurn = process && scope && elementOf(process, scope.elementId).type === 'AD_HOC_SUB_PROCESS';
    if (!waitsAtJoin && !isHalted && !waitsForTurn && !reasons.has(arrival.scopeId))
      yield `token ${arrival.id} waits at ${element?.id} for nothing`;
  }
}

function nameOf(ei: ElementInstance): string {
  return `element instance ${ei.id} (element ${ei.elementId}, ${ei.state})`;
}

/** Each changed row carries a change number that its root had not had before, and the root carries the newest. */
export function changeNumberFaults(changes: Changes, world: World): readonly string[] {
  const faults: string[] = [];
  const before = new Map(changes.processInstance.changed.map(({ before: was }) => [was.id, was.changeNumber]));
  for (const table of TABLES) {
    const { born, changed } = changes[table];
    const rows: readonly Rows[Table][] = [...born, ...changed.map(({ after }) => after)];
    for (const row of rows) {
      if (!('changeNumber' in row)) continue;
      const now = world.rows.processInstance.get(row.rootId)?.changeNumber ?? 0;
      const was =
        before.get(row.rootId) ?? (changes.processInstance.born.some(({ id }) => id === row.rootId) ? 0 : now);
      const isNew = row.changeNumber > was && row.changeNumber <= now;
      if (!isNew)
        faults.push(`a row of ${table} carries change number ${row.changeNumber}; its root went ${was} to ${now}`);
    }
  }
  return faults;
}
