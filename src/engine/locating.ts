/** What each command needs from the database: which rows to locate, and what to load once its root is locked. */
import type { Command, CommandType, CreateProcessInstance, ProcessSelector } from '../core/command.js';
import type { CalledProcess } from '../core/facts.js';
import type { Owner, Ref } from '../core/state.js';
import type { WholeTree } from '../core/working-set.js';
import { type KnownCalls, keyOfCall } from './known-calls.js';
import { MessageLoads, MessageQuestions } from './locating-messages.js';
import type { Load, Locate, Located, Place, ProcessHead, ProcessName, RequestRow } from './ports/lane.js';
import type { RequestKey } from './ports/requests.js';
import { addressedBy, type Submission } from './submission.js';
import type { Trees } from './trees.js';

/** The table that a command's addressed row lives in; null: a new tree. */
type RowTable = 'processInstances' | 'elementInstances' | 'jobs' | 'incidents' | 'tasks' | 'userTasks';

const tableOf: { readonly [T in CommandType]: RowTable | null } = {
  createProcessInstance: null,
  cancelProcessInstance: 'processInstances',
  suspendProcessInstance: 'processInstances',
  resumeProcessInstance: 'processInstances',
  completeJob: 'jobs',
  failJob: 'jobs',
  throwJobError: 'jobs',
  throwJobEscalation: 'jobs',
  rejectJob: 'jobs',
  resolveIncident: 'incidents',
  setVariables: 'elementInstances',
  updateUserTask: 'userTasks',
  claimUserTask: 'userTasks',
  executeTask: 'tasks',
  sendMessage: null,
  expireMessage: null,
  matchMessages: null,
  findMessages: null,
  startByTimer: null,
  deliverSignal: null,
};

/** Commands that always need all that lives in the tree. */
const WHOLE_TREE: ReadonlySet<CommandType> = new Set<CommandType>([
  'cancelProcessInstance',
  'suspendProcessInstance',
  'resumeProcessInstance',
]);

/** One group's question to the database, and where each command's answer will be found. */
export interface Question {
  readonly locate: Locate;
  /** Index into `Locate.requests`, `names` or `processIds`. */
  readonly requestOf: ReadonlyMap<Submission, number>;
  readonly selectedOf: ReadonlyMap<Submission, (located: Located) => ProcessHead | null>;
  /** Commands on trees that are remembered: nothing is read for them if the memory holds. */
  readonly treeOf: ReadonlyMap<Submission, WholeTree>;
  /** Index into `Locate.matches`, `searches`, `messageKeys` or `audiences`. */
  readonly messageOf: ReadonlyMap<Submission, number>;
}

/** `trees` null: all is read. */
export function ask(group: readonly Submission[], trees: Trees | null, knownCalls: KnownCalls): Question {
  const rows = { processInstances: [], elementInstances: [], jobs: [], incidents: [], tasks: [], userTasks: [] } as {
    readonly [T in RowTable]: Ref[];
  };
  const requests: RequestRow[] = [];
  const requestOf = new Map<Submission, number>();
  const selectors = new Selectors();
  const treeOf = new Map<Submission, WholeTree>();
  const messages = new MessageQuestions();
  const remembered = new Refs();
  const called = new Map<string, CalledProcess>();
  const call = (names: readonly CalledProcess[]) => {
    for (const name of names) called.set(keyOfCall(name), name);
  };
  for (const submission of group) {
    const { command } = submission;
    const reference = addressedBy(command);
    const table = tableOf[command.type];
    const tree = trees?.find(submission);
    if (tree !== undefined) {
      treeOf.set(submission, tree);
      remembered.add(tree.root);
      call(knownCalls.of(tree.root.processId));
    } else if (table !== null && reference !== null) {
      rows[table].push(reference);
    }
    if (command.type === 'createProcessInstance') call(knownCalls.of(selectors.add(submission, command)));
    if (command.type === 'startByTimer') {
      const { processId, tenantId } = command;
      call(knownCalls.of(selectors.add(submission, { process: { processId }, tenantId })));
    }
    call(submission.calls);
    messages.add(submission);
    const row = requestRow(submission, reference);
    if (row !== undefined) requestOf.set(submission, requests.push(row) - 1);
  }
  const { names, processIds, selectedOf } = selectors;
  return {
    locate: {
      ...{ ...rows, requests, names, processIds, called: [...called.values()] },
      ...messages.asked,
      remembered: remembered.list,
    },
    requestOf,
    selectedOf,
    treeOf,
    messageOf: messages.placeOf,
  };
}

/** The store inserts them in the order of their keys, so that two groups never wait for each other in a circle. */
function requestRow(submission: Submission, reference: Ref | null): RequestRow | undefined {
  const key = requestKey(submission);
  const { request } = submission.caller;
  if (key === undefined || request === undefined) return undefined;
  return {
    ...key,
    hash: request.hash,
    reference: reference?.id ?? submission.newId ?? 0,
    partition: reference?.partition ?? null,
  };
}

/** The row is written and taken back by this key, so there is one rule for its tenant. */
export function requestKey({ caller, command }: Submission): RequestKey | undefined {
  if (caller.request === undefined) return undefined;
  const { rpc, requestId } = caller.request;
  const tenantId = 'tenantId' in command ? command.tenantId : (caller.tenantIds[0] ?? '');
  return { tenantId, principal: caller.principal, rpc, requestId };
}

/** Equal selectors of one group are asked once: mostly all starts are of one process. */
class Selectors {
  readonly names: ProcessName[] = [];
  readonly processIds: number[] = [];
  readonly selectedOf = new Map<Submission, (located: Located) => ProcessHead | null>();
  private readonly known = new Map<string, (located: Located) => ProcessHead | null>();

  /** The key of the selector. */
  add(submission: Submission, { process, tenantId }: Pick<CreateProcessInstance, 'process' | 'tenantId'>): string {
    const key = keyOfStart(process, tenantId);
    let selected = this.known.get(key);
    if (selected === undefined) {
      if ('processId' in process) {
        const index = this.processIds.push(process.processId) - 1;
        selected = (located) => located.processIds[index] ?? null;
      } else {
        const index = this.names.push({ tenantId, ...process }) - 1;
        selected = (located) => located.names[index] ?? null;
      }
      this.known.set(key, selected);
    }
    this.selectedOf.set(submission, selected);
    return key;
  }
}

export function keyOfStart(process: ProcessSelector, tenantId: string): string {
  if ('processId' in process) return `${process.processId}`;
  return JSON.stringify([tenantId, process.bpmnProcessId, process.version]);
}

export function placeOf(located: Located, command: Command): (Place & { readonly jobId?: number | null }) | undefined {
  const table = tableOf[command.type];
  const reference = addressedBy(command);
  return table === null || reference === null ? undefined : located[table].get(reference.id);
}

/** What to load for these commands, once per row. */
export function loadFor(
  group: readonly Submission[],
  located: Located,
  question: Question,
): { readonly roots: readonly Ref[]; readonly load: Load } {
  const roots = new Refs();
  const path = new Refs();
  const jobs = new Refs();
  const incidents = new Refs();
  const tasks = new Refs();
  const userTasks = new Refs();
  const trees = new Refs();
  const owners = new Map<number, Owner>();
  const messages = new MessageLoads();
  for (const submission of group) {
    const { command, needsTree } = submission;
    const asked = needsTree ? [] : submission.owners;
    for (const owner of asked) owners.set(owner.id, owner);
    for (const { root, path: ids } of messages.add(submission, located, question.messageOf)) {
      roots.add(root);
      for (const id of ids) path.add({ partition: root.partition, id });
      if (needsTree) trees.add(root);
      // What one of its receivers needs, the others may need too.
      const [owner] = asked.length > 0 ? ids : [];
      if (owner !== undefined) owners.set(owner, { partition: root.partition, id: owner, rootId: root.id });
    }
    const place = placeOf(located, command);
    if (place === undefined) continue;
    const { root } = place;
    roots.add(root);
    for (const id of place.path) path.add({ partition: root.partition, id });
    if (place.jobId) jobs.add({ partition: root.partition, id: place.jobId });
    if (needsTree || WHOLE_TREE.has(command.type)) trees.add(root);
    const table = tableOf[command.type];
    const reference = addressedBy(command);
    if (reference === null) continue;
    if (table === 'jobs') jobs.add(reference);
    if (table === 'incidents') incidents.add(reference);
    if (table === 'tasks') tasks.add(reference);
    if (table === 'userTasks') userTasks.add(reference);
  }
  return {
    roots: roots.list,
    load: {
      ...{ path: path.list, jobs: jobs.list, incidents: incidents.list },
      tasks: [...tasks.list, ...messages.tasks],
      ...{ messages: [...messages.ids], messageSubscriptions: messages.subscriptions },
      signalSubscriptions: messages.signalSubscriptions,
      ...{ userTasks: userTasks.list, trees: trees.list, owners: [...owners.values()] },
    },
  };
}

class Refs {
  readonly list: Ref[] = [];
  private readonly ids = new Set<number>();

  add(ref: Ref): void {
    if (this.ids.has(ref.id)) return;
    this.ids.add(ref.id);
    this.list.push({ partition: ref.partition, id: ref.id });
  }
}
