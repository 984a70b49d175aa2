/**
 * What a lane remembers of living trees, so that the next command on one need not read it again.
 *
 * I14: it is a memory only. A remembered tree counts when its root, once locked, has the change number that is
 * remembered: every change of a tree raises it under that lock (I3). The locks of open jobs change without it (I5), so
 * a remembered lock is never the reason of a refusal: what would be refused is decided again on rows that were read; and
 * a write that rests on an old lock fails in the database.
 */
import type { CommandType } from '../core/command.js';
import type { OpenJob, Ref, TaskPayload } from '../core/state.js';
import { hasEnded } from '../core/state.js';
import type { WholeTree, WorkingSet } from '../core/working-set.js';
import { TREE_CHARACTERS_REMEMBERED, TREE_ROWS_REMEMBERED, TREES_REMEMBERED } from './limits.js';
import { addressedBy, type Submission } from './submission.js';

/** Incidents and tasks need rows that a living tree does not show: the failed job, the claim of the task. */
const remembering: { readonly [T in CommandType]: boolean } = {
  createProcessInstance: false,
  cancelProcessInstance: true,
  suspendProcessInstance: true,
  resumeProcessInstance: true,
  completeJob: true,
  failJob: true,
  throwJobError: true,
  throwJobEscalation: true,
  rejectJob: true,
  resolveIncident: false,
  setVariables: true,
  updateUserTask: true,
  claimUserTask: true,
  executeTask: false,
  sendMessage: false,
  expireMessage: false,
  matchMessages: false,
  findMessages: false,
  startByTimer: false,
  deliverSignal: false,
};

export class Trees {
  /** By root, in the order of use, the oldest first. */
  private readonly trees = new Map<number, WholeTree>();
  /** The ids that commands address, to their tree. */
  private readonly treeOf = new Map<number, WholeTree>();

  get size(): number {
    return this.trees.size;
  }

  /** The tree that the command changes, if it is remembered. */
  find({ command }: Submission): WholeTree | undefined {
    if (!remembering[command.type]) return undefined;
    const reference = addressedBy(command);
    const tree = reference === null ? undefined : this.treeOf.get(reference.id);
    return tree?.root.partition === reference?.partition ? tree : undefined;
  }

  /** After a commit: the set holds the newest rows of the trees that the group changed. */
  keep(set: WorkingSet, doubted: ReadonlySet<number>): void {
    for (const tree of set.trees()) {
      const { root, isWhole } = tree;
      this.forget(root);
      if (isWhole && !hasEnded(root.state) && isSmall(tree) && !doubted.has(root.id)) this.remember(tree);
    }
  }

  private remember(tree: WholeTree): void {
    this.trees.set(tree.root.id, tree);
    for (const id of idsOf(tree)) this.treeOf.set(id, tree);
    const [oldest] = this.trees.size > TREES_REMEMBERED ? this.trees.values() : [];
    if (oldest !== undefined) this.forget(oldest.root);
  }

  forget(root: Ref): void {
    const tree = this.trees.get(root.id);
    if (tree === undefined) return;
    this.trees.delete(root.id);
    for (const id of idsOf(tree)) this.treeOf.delete(id);
  }

  /** The database may be another one than before: a replica that took over, a backup. */
  forgetAll(): void {
    this.trees.clear();
    this.treeOf.clear();
  }

  /** A lease of this server wrote the lock. */
  leased(open: OpenJob): void {
    const rows = this.trees.get(open.rootId)?.rows.openJob;
    const at = rows?.findIndex(({ id }) => id === open.id) ?? -1;
    if (rows !== undefined && at >= 0) rows[at] = open;
  }
}

function isSmall({ rows, rowCount }: WholeTree): boolean {
  if (rowCount > TREE_ROWS_REMEMBERED) return false;
  let characters = 0;
  for (const { data } of rows.variable) characters += data?.value.length ?? 0;
  for (const { payload } of rows.task) characters += rememberedCharacters(payload);
  return characters <= TREE_CHARACTERS_REMEMBERED;
}

/** Of variables that are kept for compensation. */
function rememberedCharacters(payload: TaskPayload): number {
  return payload.type === 'COMPENSATION' ? JSON.stringify(payload).length : 0;
}

/** A process instance's id is that of its process scope. */
function* idsOf({ rows }: WholeTree): Iterable<number> {
  for (const { id } of rows.elementInstance) yield id;
  for (const { id } of rows.openJob) yield id;
  for (const { id } of rows.userTask) yield id;
}
