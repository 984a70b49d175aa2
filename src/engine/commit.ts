/**
 * A commit group from its first statement to its last (design section 5): begin and locate, lock and load, decide, a
 * round of needs, lease births, flush and COMMIT. At most four waits for the database, two more with needs and with
 * graphs that are not in memory.
 *
 * I1: nothing leaves before the commit. `committed` is called when the transaction is known to be committed, never else.
 */
import { randomUUID } from 'node:crypto';
import type { Changes } from '../core/state.js';
import type { Births } from './dispatcher.js';
import { Group, type GroupParts } from './group.js';
import { OutOfIds } from './ids.js';
import { ask, loadFor, type Question, requestKey } from './locating.js';
import type { Log } from './log.js';
import { type Flush, type LaneConnection, type Located, StoreError } from './ports/lane.js';
import { pause } from './retrying.js';
import type { Submission } from './submission.js';

export interface CommitParts extends GroupParts {
  readonly log: Log;
  /** Leases jobs that this group bears to local workers with credit; the promise is kept or broken after the COMMIT. */
  claimBirths(group: Group, changes: Changes, realNow: number): { readonly changes: Changes; readonly births: Births };
  wasCommitted(mark: string): Promise<boolean>;
  /** The server stops: what can not be known now is not waited for. */
  stopping(): boolean;
  /** The answer to a COMMIT was lost, and the database does not tell yet what became of it. */
  inDoubt(error: StoreError): void;
}

export interface Outcome {
  readonly group: Group;
  readonly changes: Changes | null;
  readonly births: Births | null;
  /** Written by this group; the lane's next group deletes it. */
  readonly mark: string | null;
}

/** An expression exceeded the time limit; nothing was written. */
export interface Stopped {
  readonly stopped: true;
}

/**
 * Runs one group. `alone`: its one command has been missed too often, or is suspected, so it may wait for its lock.
 * Throws OutOfIds, and StoreError: nothing was committed, unless its kind is `in doubt`, which nobody could settle.
 */
export async function commitGroup(
  parts: CommitParts,
  connection: LaneConnection,
  submissions: readonly Submission[],
  oldMark: string | null,
  alone: boolean,
): Promise<Outcome | Stopped> {
  const question = ask(submissions, alone ? null : parts.trees, parts.knownCalls);
  let outcome: Outcome;
  try {
    const located = await connection.begin(question.locate);
    const group = new Group(question, located, parts);
    await bring(parts, connection, group, question, submissions, located, alone);
    const decidedInTime =
      group.decideAll(submissions, alone) && (await decideNeeds(parts, connection, group, question, located));
    if (!decidedInTime) {
      await connection.rollback();
      return { stopped: true };
    }
    outcome = await flush(parts, connection, group, oldMark);
  } catch (error) {
    // The next try reads them: a remembered lock may have been the reason.
    for (const root of question.locate.remembered) parts.trees.forget(root);
    await connection.rollback();
    throw knownError(error);
  }
  if (outcome.changes !== null) parts.trees.keep(outcome.group.set, outcome.group.doubted);
  return outcome;
}

/** What a single row or command throws before the COMMIT fails the group, whose commands then run one by one (I4). */
function knownError(error: unknown): Error {
  if (error instanceof StoreError || error instanceof OutOfIds) return error;
  return new StoreError('failed', error instanceof Error ? error.message : String(error), error);
}

async function bring(
  parts: CommitParts,
  connection: LaneConnection,
  group: Group,
  question: Question,
  submissions: readonly Submission[],
  located: Located,
  alone: boolean,
): Promise<void> {
  const { roots, load } = loadFor(submissions, located, question);
  group.recall();
  if (roots.length > 0 || load.tasks.length > 0 || load.messages?.length) {
    const loaded = await connection.lockAndLoad(roots, alone ? 'wait' : 'skip', load);
    group.add(loaded, load.trees, load.owners ?? []);
  }
  await bringGraphs(parts, connection, group);
}

async function bringGraphs({ graphs }: CommitParts, connection: LaneConnection, group: Group): Promise<void> {
  const missing = graphs.missing(group.processIds);
  if (missing.length === 0) return;
  for (const source of await connection.loadProcesses(missing)) graphs.add(source);
}

/** One round: what decisions asked for (trees, called processes) is brought, and those commands are decided once more. */
async function decideNeeds(
  parts: CommitParts,
  connection: LaneConnection,
  group: Group,
  question: Question,
  located: Located,
): Promise<boolean> {
  const waiting = group.takeWaiting();
  if (waiting.length === 0) return true;
  const { trees, owners = [] } = loadFor(waiting, located, question).load;
  if (trees.length + owners.length > 0) {
    const nothing = { path: [], jobs: [], incidents: [], tasks: [], userTasks: [] };
    group.add(await connection.loadMore({ ...nothing, trees, owners }), trees, owners);
  }
  const names = group.unknownCalls(waiting);
  if (names.length > 0) {
    group.addCalled(names, await connection.findProcesses(names));
    await bringGraphs(parts, connection, group);
  }
  return group.decideAll(waiting, false);
}

async function flush(
  parts: CommitParts,
  connection: LaneConnection,
  group: Group,
  oldMark: string | null,
): Promise<Outcome> {
  const decided = group.set.changes();
  if (isEmpty(decided)) {
    await connection.rollback();
    return { group, changes: null, births: null, mark: null };
  }
  const { changes, births } = parts.claimBirths(group, decided, group.realNow);
  const mark = randomUUID();
  try {
    await commit(parts, connection, {
      changes,
      mark,
      oldMark,
      refusedRequests: group.undoneRequests().flatMap((undone) => requestKey(undone) ?? []),
    });
  } catch (error) {
    births.abandon();
    throw error;
  }
  return { group, changes, births, mark };
}

async function commit(parts: CommitParts, connection: LaneConnection, flush: Flush): Promise<void> {
  try {
    await connection.commit(flush);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'in doubt') throw error;
    const committed = await settleDoubt(parts, flush.mark);
    if (committed) return;
    throw new StoreError('lost', 'the connection was lost and the COMMIT did not happen', error);
  }
}

/**
 * A COMMIT whose answer was lost is settled by its mark: there, it committed; not there, it never can (design section 5).
 * Nobody may be told anything, and nothing may be done again, before this is known: it is asked until there is an answer.
 * Where there will be none, the doubt ends the group; repeated with their request ids, its commands are done once.
 */
async function settleDoubt({ inDoubt, stopping, wasCommitted }: CommitParts, mark: string): Promise<boolean> {
  for (let round = 0; ; round++) {
    try {
      return await wasCommitted(mark);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind === 'failed' || stopping()) {
        throw new StoreError('in doubt', 'nobody can say whether the group was committed', error);
      }
      inDoubt(error);
      await pause(round);
    }
  }
}

function isEmpty(changes: Changes): boolean {
  return Object.values(changes).every(({ born, changed, gone }) => born.length + changed.length + gone.length === 0);
}
