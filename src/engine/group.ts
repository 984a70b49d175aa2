/**
 * One commit group in memory (I4): the rows that its commands need, their decisions in order of arrival, and who is told
 * what once it is committed. It never waits; `commit.ts` brings the rows and takes the changes.
 */
import type { Command, Reply, SendMessage } from '../core/command.js';
import { type Decision, decide, type Needs } from '../core/decide.js';
import type { CalledProcess, DeployedProcess, Facts } from '../core/facts.js';
import { isRefusal, type Refusal, requestReused } from '../core/refusal.js';
import type { Owner } from '../core/state.js';
import { type WholeTree, WorkingSet } from '../core/working-set.js';
import type { Expression } from '../model/expression.js';
import { type Graphs, UnreadableProcess } from './graphs.js';
import { type Ids, OutOfIds, shardOf } from './ids.js';
import { type KnownCalls, keyOfCall } from './known-calls.js';
import { OWNERS_ASKED_FOR } from './limits.js';
import { keyOfStart, placeOf, type Question } from './locating.js';
import { foundAudience, foundMatch, foundSubscriptions } from './locating-messages.js';
import type { Loaded, Located, ProcessHead } from './ports/lane.js';
import { repeated, type Submission } from './submission.js';
import { exceeds, type SlowExpressions } from './time-limit.js';
import type { Trees } from './trees.js';

export interface Decided {
  readonly submission: Submission;
  readonly answer: Reply | Refusal;
}

/** What a group uses of its lane and its server. */
export interface GroupParts {
  readonly graphs: Graphs;
  readonly knownCalls: KnownCalls;
  readonly ids: Ids;
  readonly slow: SlowExpressions;
  /** Of this lane alone. */
  readonly trees: Trees;
}

export class Group {
  readonly set = new WorkingSet();
  readonly decided: Decided[] = [];
  /** Commands that were not decided because of a bug: their callers get INTERNAL (I6). */
  readonly broken: { readonly submission: Submission; readonly error: Error }[] = [];
  /** Commands for the lane's next group: their root is locked elsewhere, its memory is old, or they come after those. */
  readonly postponed: Submission[] = [];
  /** Roots whose memory was old, or would have refused. */
  readonly doubted = new Set<number>();
  /** Commands that need the whole tree or called processes, and those that come after them on the same tree. */
  private waiting: Submission[] = [];
  /** There is one round of needs: who needs more after it goes to the next group, which knows the needs. */
  private roundTaken = false;
  /** What calls name, by their keys, at the moment of this group. */
  private readonly called = new Map<string, ProcessHead | null>();
  /** By root: the places on their paths of the owners that commands have asked for. Those behind them ask for the same. */
  private readonly askedFor = new Map<number, Set<number>>();
  private readonly located: Located;
  private readonly question: Question;
  private readonly graphs: Graphs;
  private readonly knownCalls: KnownCalls;
  private readonly ids: Ids;
  private readonly slow: SlowExpressions;
  private readonly trees: Trees;
  private readonly exceeding: ReadonlySet<Expression>;
  private readonly lockedRoots = new Set<number>();
  /** Of messages that this group sends. */
  private readonly uniqueKeys = new Set<string>();
  /** Roots whose remembered tree holds. */
  private readonly recalled = new Set<number>();
  /** The processes that decisions of this group are about; their graphs must be in memory. */
  readonly processIds = new Set<number>();
  /** Those of them that may start no new instances. */
  private readonly disabled = new Set<number>();

  constructor(question: Question, located: Located, parts: GroupParts) {
    this.question = question;
    this.located = located;
    this.graphs = parts.graphs;
    this.knownCalls = parts.knownCalls;
    this.ids = parts.ids;
    this.slow = parts.slow;
    this.trees = parts.trees;
    this.exceeding = parts.slow.exceeding();
    for (const head of [...located.names, ...located.processIds]) if (head !== null) this.know(head);
    this.addCalled(question.locate.called, located.called);
    for (const { starts } of located.matches ?? []) for (const { processId } of starts) this.processIds.add(processId);
    for (const { start } of (located.audiences ?? []).flatMap(({ targets }) => targets)) {
      if (start !== null) this.processIds.add(start.processId);
    }
  }

  /** One of the processes has expressions: only then may deciding take long. */
  private get evaluates(): boolean {
    return this.graphs.evaluates(this.processIds);
  }

  /** Engine time of the transaction. */
  get now(): number {
    return this.located.now;
  }

  /** Its time without the offset of SetTime: what locks use. */
  get realNow(): number {
    return this.located.realNow;
  }

  /** Brings the remembered trees that nobody has changed since. */
  recall(): void {
    for (const tree of new Set(this.question.treeOf.values())) {
      const { root, rows } = tree;
      if (this.located.changeNumbers.get(root.id) !== root.changeNumber) continue;
      this.set.recall(tree);
      this.recalled.add(root.id);
      this.lockedRoots.add(root.id);
      for (const { processId } of rows.processInstance) this.processIds.add(processId);
    }
  }

  add(
    loaded: Loaded,
    wholeTrees: readonly { readonly id: number }[],
    owners: readonly { readonly id: number }[],
  ): void {
    this.set.load(loaded);
    for (const { rootId, processId } of loaded.processInstances) {
      this.lockedRoots.add(rootId);
      this.processIds.add(processId);
    }
    for (const { id } of wholeTrees) this.set.markWhole(id);
    for (const { id } of owners) this.set.markOwner(id);
  }

  addCalled(names: readonly CalledProcess[], heads: readonly (ProcessHead | null)[]): void {
    for (const [index, name] of names.entries()) {
      const head = heads[index] ?? null;
      this.called.set(keyOfCall(name), head);
      if (head !== null) this.know(head);
    }
  }

  private know({ id, enabled }: ProcessHead): void {
    this.processIds.add(id);
    if (!enabled) this.disabled.add(id);
  }

  /** What these commands call and nobody has looked up in this group. */
  unknownCalls(submissions: readonly Submission[]): readonly CalledProcess[] {
    const unknown = new Map<string, CalledProcess>();
    for (const { calls } of submissions) {
      for (const name of calls) if (!this.called.has(keyOfCall(name))) unknown.set(keyOfCall(name), name);
    }
    return [...unknown.values()];
  }

  /** Decides these in order. Returns false when an expression exceeded the time limit: the group must be discarded. */
  decideAll(submissions: readonly Submission[], mayWaitForLock: boolean): boolean {
    const blocked: Blocked = new Map();
    const decide = () => {
      for (const submission of submissions) this.decideOne(submission, blocked, mayWaitForLock);
    };
    if (this.evaluates) {
      this.slow.begin();
      return !exceeds(decide);
    }
    decide();
    return true;
  }

  /** Those whose decision needs more, once; what needs more after that goes to the next group. */
  takeWaiting(): readonly Submission[] {
    const { waiting } = this;
    this.waiting = [];
    this.roundTaken = true;
    return waiting;
  }

  private decideOne(submission: Submission, blocked: Blocked, mayWaitForLock: boolean): void {
    const stored = this.storedAnswer(submission);
    if (stored !== undefined) {
      this.decided.push({ submission, answer: stored });
      return;
    }
    if (submission.command.type === 'matchMessages' || submission.command.type === 'deliverSignal') {
      this.decideTreeless(submission, blocked, mayWaitForLock);
      return;
    }
    if (submission.command.type === 'sendMessage' && this.comesAgain(submission.command)) {
      this.postponed.push(submission);
      return;
    }
    const tree = this.question.treeOf.get(submission);
    const root = (tree?.root ?? placeOf(this.located, submission.command)?.root)?.id ?? null;
    const queue = root === null ? undefined : blocked.get(root);
    if (root !== null && queue !== undefined) {
      this.foresee(submission, root);
      queue.push(submission);
    } else if (tree !== undefined) {
      this.decideRemembered(submission, tree, blocked);
    } else if (root !== null && !this.lockedRoots.has(root) && !mayWaitForLock) {
      this.miss(submission, root, blocked);
    } else {
      this.settle(submission, root, this.decision(submission, root !== null), blocked);
    }
  }

  /** What is remembered may be old, so it refuses nothing: then the next group decides, on rows that it reads. */
  private decideRemembered(submission: Submission, { root }: WholeTree, blocked: Blocked): void {
    if (!this.located.changeNumbers.has(root.id)) {
      this.miss(submission, root.id, blocked);
      return;
    }
    const decision = this.recalled.has(root.id) ? this.decision(submission, true) : null;
    if (decision === null || decision instanceof Error || isRefusal(decision)) {
      this.doubted.add(root.id);
      this.trees.forget(root);
      this.postpone(submission, root.id, blocked);
    } else {
      this.settle(submission, root.id, decision, blocked);
    }
  }

  /** A match, or the delivery of a signal, changes several trees, and waits until it has them all. */
  private decideTreeless(submission: Submission, blocked: Blocked, mayWaitForLock: boolean): void {
    const roots = foundSubscriptions(submission, this.located, this.question.messageOf).map(({ root }) => root.id);
    const isLocked = mayWaitForLock || roots.every((root) => this.lockedRoots.has(root));
    if (!isLocked) submission.misses += 1;
    if (!isLocked || roots.some((root) => blocked.has(root))) this.postponed.push(submission);
    else this.settle(submission, null, this.decision(submission, true), blocked);
  }

  /** What was found of a unique key is old once a message of this group has it. */
  private comesAgain({ tenantId, name, correlationKey, uniqueKey }: SendMessage): boolean {
    if (uniqueKey === '') return false;
    const key = JSON.stringify([tenantId, name, correlationKey, uniqueKey]);
    if (this.uniqueKeys.has(key)) return true;
    this.uniqueKeys.add(key);
    return false;
  }

  private settle(submission: Submission, root: number | null, decision: Decision | Error, blocked: Blocked): void {
    if (decision instanceof Error) {
      this.broken.push({ submission, error: decision });
    } else if ('needs' in decision) {
      const later = this.roundTaken ? this.postponed : this.waiting;
      this.note(submission, decision);
      later.push(submission);
      if (root !== null) blocked.set(root, later);
    } else {
      this.decided.push({ submission, answer: decision });
    }
  }

  private note(submission: Submission, needed: Needs): void {
    if (needed.needs === 'tree') {
      submission.needsTree = true;
      return;
    }
    if (needed.needs === 'owner') {
      if (submission.owners.length >= OWNERS_ASKED_FOR) submission.needsTree = true;
      else this.noteOwner(submission, needed.owner);
      return;
    }
    submission.calls.push(...needed.processes);
    for (const caller of this.callersOf(submission)) this.knownCalls.learn(caller, needed.processes);
  }

  private noteOwner(submission: Submission, owner: Owner): void {
    submission.owners.push(owner);
    const at = placeOf(this.located, submission.command)?.path.indexOf(owner.id) ?? -1;
    const asked = this.askedFor.get(owner.rootId);
    if (asked === undefined) this.askedFor.set(owner.rootId, new Set([at]));
    else asked.add(at);
  }

  /** Else ten thousand siblings would ask one by one, each in a group of its own. */
  private foresee(submission: Submission, rootId: number): void {
    const place = placeOf(this.located, submission.command);
    for (const at of this.askedFor.get(rootId) ?? []) {
      const id = place?.path[at];
      if (place === undefined || id === undefined || submission.owners.some((owner) => owner.id === id)) continue;
      submission.owners.push({ partition: place.root.partition, id, rootId });
    }
  }

  /** A later start like this one, or a later command on such a tree, will call the same. */
  private callersOf(submission: Submission): readonly (string | number)[] {
    const { command } = submission;
    const process = this.selected(submission);
    if (command.type === 'createProcessInstance') {
      return [keyOfStart(command.process, command.tenantId), ...(process === null ? [] : [process.id])];
    }
    const rootId = (this.question.treeOf.get(submission)?.root ?? placeOf(this.located, command)?.root)?.id ?? 0;
    const root = this.set.get('processInstance', rootId);
    return root === undefined ? [] : [root.processId];
  }

  /** Its root is locked elsewhere. */
  private miss(submission: Submission, root: number, blocked: Blocked): void {
    submission.misses += 1;
    this.postpone(submission, root, blocked);
  }

  /** To the lane's next group, and what comes after it on the same tree too. */
  private postpone(submission: Submission, root: number, blocked: Blocked): void {
    this.postponed.push(submission);
    blocked.set(root, this.postponed);
  }

  /** An error is a bug. A command on a row that does not exist meets an empty set, and refuses by itself. */
  private decision(submission: Submission, exists: boolean): Decision | Error {
    const { command, tenantIds } = submission;
    const set = exists || submission.isStart || this.loadsByItself(command) ? this.set : new WorkingSet();
    try {
      return decide({ set, facts: this.factsFor(submission), tenantIds }, command);
    } catch (error) {
      if (error instanceof OutOfIds) throw error;
      if (error instanceof UnreadableProcess) return error.refusal;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Its rows belong to no tree. */
  private loadsByItself({ type }: Command): boolean {
    return type === 'expireMessage' || type === 'findMessages' || type === 'startByTimer';
  }

  private storedAnswer(submission: Submission): Reply | Refusal | undefined {
    const index = this.question.requestOf.get(submission);
    const stored = index === undefined ? null : this.located.requests[index];
    if (!stored) return undefined;
    if (stored.hash === submission.caller.request?.hash) return repeated[submission.command.type](stored.reference);
    return requestReused(submission.caller.request);
  }

  private factsFor(submission: Submission): Facts {
    const { located, graphs, ids, slow, exceeding } = this;
    return {
      now: located.now,
      partition: located.partition,
      newRoot: { partition: located.partition, id: submission.newId ?? 0 },
      selected: this.selected(submission),
      ...this.messageFacts(submission),
      newId: (treeId) => ids.next(shardOf(treeId)),
      process: (id) => graphs.deployed(id),
      called: (name) => this.calledProcess(name),
      isDisabled: ({ id }) => this.disabled.has(id),
      exceeding,
      evaluating: slow.evaluating,
    };
  }

  private calledProcess(name: CalledProcess): DeployedProcess | null | undefined {
    const head = this.called.get(keyOfCall(name));
    return head ? this.graphs.deployed(head.id) : head;
  }

  private messageFacts(submission: Submission): Pick<Facts, 'keyHolder' | 'candidates' | 'matches' | 'audience'> {
    const { located, question } = this;
    const { type } = submission.command;
    const at = question.messageOf.get(submission) ?? -1;
    const found = foundMatch(submission, located, question.messageOf);
    return {
      keyHolder: (type === 'sendMessage' && located.messageKeys?.[at]) || null,
      candidates: found
        ? { ...found, subscriptions: found.subscriptions.map(({ subscription }) => subscription.id) }
        : null,
      matches: (type === 'findMessages' && located.searches?.[at]) || null,
      audience: foundAudience(submission, located, question.messageOf) ?? null,
    };
  }

  private selected(submission: Submission): DeployedProcess | null {
    const head = this.question.selectedOf.get(submission)?.(this.located);
    return head ? this.graphs.deployed(head.id) : null;
  }

  /** Only what was done leaves a request row: what was refused, broke or goes to the next group takes its row back. */
  undoneRequests(): readonly Submission[] {
    const done = new Set<Submission>();
    for (const { submission, answer } of this.decided) if (!isRefusal(answer) && !isFound(answer)) done.add(submission);
    const undone: Submission[] = [];
    for (const [submission, index] of this.question.requestOf) {
      if (this.located.requests[index] === null && !done.has(submission)) undone.push(submission);
    }
    return undone;
  }
}

/** Trees whose later commands must wait, and in which queue. */
type Blocked = Map<number, Submission[]>;

/** An earlier message answers: the request's row would refer to one that was not made. */
function isFound(answer: Reply): boolean {
  return 'found' in answer && answer.found === true;
}
