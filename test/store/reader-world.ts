/** Rows for the tests of the read models, committed through a lane as the engine does it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { isRefusal, type Refusal } from '../../src/core/refusal.js';
import type {
  Arrival,
  ElementInstance,
  Incident,
  Job,
  JobLock,
  OpenJob,
  Partition,
  ProcessInstance,
  Rows,
  Table,
  Task,
  Variable,
} from '../../src/core/state.js';
import type { NewProcess } from '../../src/engine/ports/processes.js';
import type { Store } from '../../src/engine/ports/store.js';
import type { Page, PageRequest, Reader } from '../../src/engine/reader.js';
import { openStore } from '../../src/store/store.js';
import { freshDatabase } from '../support/databases.js';
import { changes, type SomeChanges } from './support/opened.js';

export const T0 = Date.UTC(2026, 0, 1, 12);

export const ORDER: NewProcess = {
  bpmnProcessId: 'order',
  name: 'Order',
  versionTag: null,
  elements: [
    { bpmnElementId: 'order', type: 'PROCESS', name: 'Order' },
    { bpmnElementId: 'box', type: 'SUB_PROCESS', name: null },
    { bpmnElementId: 'pay', type: 'SERVICE_TASK', name: 'Pay' },
    { bpmnElementId: 'join', type: 'PARALLEL_GATEWAY', name: null },
  ],
};

/** Indexes of ORDER's elements. */
export const [PROCESS, BOX, PAY, JOIN] = [0, 1, 2, 3] as const;

type Born = { readonly [T in Table]?: readonly Rows[T][] };

/** One database for all tests of a file: opening one takes seconds. Each test has tenants of its own. */
export function worlds(daysAhead = 0): () => World {
  let opened: { readonly store: Store; readonly today: Partition; readonly drop: () => Promise<void> } | undefined;
  let count = 0;
  beforeAll(async () => {
    const { settings, drop } = await freshDatabase();
    const store = await openStore({ database: settings, lanes: 1, migrations: 'run', warn: () => undefined });
    await store.preparePartitions(daysAhead);
    const lane = await store.openLane();
    const { partition } = await lane.begin(NOTHING);
    await lane.close();
    opened = { store, today: partition, drop };
  });
  afterAll(async () => {
    await opened?.store.close();
    await opened?.drop();
  });
  return () => {
    if (opened === undefined) throw new Error('A world is for a test.');
    count += 1;
    return new World(opened.store, opened.today, count);
  };
}

export class World {
  readonly store: Store;
  readonly reader: Reader;
  /** The first day that has tables. */
  readonly today: Partition;
  readonly tenantId: string;
  /** What is there, and what another tenant sees. */
  readonly all: { readonly tenantIds: readonly string[] };
  readonly others: { readonly tenantIds: readonly string[] };
  private counter: number;

  constructor(store: Store, today: Partition, number: number) {
    this.store = store;
    this.reader = store.reader;
    this.today = today;
    this.tenantId = `tenant-${number}`;
    this.all = { tenantIds: [this.tenantId] };
    this.others = { tenantIds: [`other-${number}`] };
    this.counter = number * 1_000_000;
  }

  day(ahead: number): Partition {
    return new Date(Date.parse(`${this.today}T00:00:00Z`) + ahead * 86_400_000).toISOString().slice(0, 10);
  }

  /** The process's id and that of its first element. */
  async deploy(
    process: NewProcess = ORDER,
    {
      tenantId = this.tenantId,
      tags = {},
      xml = randomUUID() as string,
    }: { tenantId?: string; tags?: Record<string, string>; xml?: string } = {},
  ): Promise<{ readonly processId: number; readonly first: number }> {
    const created = await this.store.processes.create({
      tenantId,
      bpmnXml: xml,
      version: null,
      tags,
      by: 'test',
      request: null,
      dryRun: false,
      processes: [process],
    });
    if ('conflict' in created || created[0] === undefined) throw new Error(JSON.stringify(created));
    const source = await this.store.processes.source(created[0].id);
    return { processId: created[0].id, first: source?.firstElementId ?? 0 };
  }

  id(): number {
    this.counter += 1;
    return this.counter * 256 + 7;
  }

  async commit(born: Born): Promise<void> {
    const rows = Object.entries(born).map(([table, given]) => [table, { born: given }]);
    const lane = await this.store.openLane();
    await lane.begin(NOTHING);
    await lane.commit({
      changes: changes(Object.fromEntries(rows) as SomeChanges),
      mark: randomUUID(),
      oldMark: null,
      refusedRequests: [],
    });
    await lane.close();
  }

  instance(processId: number, with_: Partial<ProcessInstance> = {}): ProcessInstance {
    const id = with_.id ?? this.id();
    return {
      partition: this.today,
      id,
      rootId: id,
      parentId: null,
      parentElementInstanceId: null,
      processId,
      tenantId: this.tenantId,
      state: 'STARTED',
      correlationKey: null,
      tags: {},
      contextType: null,
      contextId: null,
      traceParent: null,
      startVariables: null,
      createdAt: T0,
      createdBy: 'test',
      startedAt: T0,
      endedAt: null,
      endedBy: null,
      endReason: null,
      messageId: null,
      holdsKeys: null,
      changeNumber: 1,
      ...with_,
    };
  }

  /** The process scope of an instance. */
  scope(of: ProcessInstance, first: number): ElementInstance {
    return this.element(of, null, first + PROCESS, { id: of.id, endedAt: of.endedAt, state: of.state });
  }

  element(
    of: ProcessInstance,
    parentId: number | null,
    elementId: number,
    with_: Partial<ElementInstance> = {},
  ): ElementInstance {
    return {
      ...place(of),
      id: with_.id ?? this.id(),
      parentId,
      elementId,
      state: 'STARTED',
      liveChildren: 0,
      attempt: 1,
      replaces: null,
      cancelledBy: null,
      supersededBy: null,
      endedByElement: null,
      inputs: null,
      loop: null,
      createdAt: T0,
      startedAt: T0,
      endedAt: null,
      changeNumber: 1,
      ...with_,
    };
  }

  arrival(scope: ElementInstance, elementId: number, with_: Partial<Arrival> = {}): Arrival {
    return {
      ...place(scope),
      processInstanceId: scope.processInstanceId,
      id: this.id(),
      scopeId: scope.id,
      flow: 0,
      elementId,
      producedBy: scope.id,
      consumedBy: null,
      withdrawnBy: null,
      createdAt: T0,
      changeNumber: 1,
      ...with_,
    };
  }

  job(of: ProcessInstance, element: ElementInstance, with_: Partial<Job> = {}): Job {
    return {
      ...place(of),
      id: this.id(),
      elementInstanceId: element.id,
      elementId: element.elementId,
      processId: of.processId,
      tenantId: of.tenantId,
      type: 'EXECUTE',
      topic: 'pay',
      state: 'CREATED',
      priority: 0,
      retryCount: 0,
      retryLimit: 2,
      attempt: 1,
      attemptKey: 'attempt',
      effectKey: 'effect',
      listener: null,
      dueAt: T0,
      createdAt: T0,
      createdBy: 'test',
      lockToken: null,
      lockedAt: null,
      lockedBy: null,
      completedAt: null,
      completedBy: null,
      error: null,
      changeNumber: 1,
      ...with_,
    };
  }

  openJob(job: Job, lock: JobLock | null = null): OpenJob {
    const { partition, id, rootId, processId, processInstanceId, elementInstanceId, tenantId } = job;
    const { topic, type, priority, dueAt } = job;
    const ids = { partition, id, rootId, processId, processInstanceId, elementInstanceId, tenantId };
    return { ...ids, topic, type, priority, dueAt, suspended: false, lock };
  }

  incident(of: ProcessInstance, element: ElementInstance, with_: Partial<Incident> = {}): Incident {
    return {
      ...place(of),
      id: this.id(),
      elementInstanceId: element.id,
      elementId: element.elementId,
      jobId: null,
      taskId: null,
      reason: 'NO_FLOW_TAKEN',
      message: 'none fits',
      phase: 'LEAVE',
      createdAt: T0,
      createdBy: 'test',
      resolvedAt: null,
      resolvedBy: null,
      changeNumber: 1,
      ...with_,
    };
  }

  task(of: ProcessInstance, with_: Partial<Task> = {}): Task {
    return {
      ...place(of),
      id: this.id(),
      elementInstanceId: null,
      elementId: null,
      processId: of.processId,
      tenantId: of.tenantId,
      type: 'CONTINUE',
      dueAt: T0,
      payload: { type: 'CONTINUE', arrivals: [], steps: 0 },
      createdAt: T0,
      createdBy: 'test',
      ...with_,
    };
  }

  variable(scope: ElementInstance, name: string, value: unknown): Variable {
    return {
      ...place(scope),
      processInstanceId: scope.processInstanceId,
      scopeId: scope.id,
      name,
      data: value === undefined ? null : { encoding: 'json', value: JSON.stringify(value), encrypted: false },
      createdAt: T0,
      createdBy: 'test',
      updatedAt: T0,
      updatedBy: 'test',
      changeNumber: 1,
    };
  }
}

const NOTHING = {
  requests: [],
  processInstances: [],
  elementInstances: [],
  jobs: [],
  incidents: [],
  tasks: [],
  userTasks: [],
  names: [],
  processIds: [],
  called: [],
  remembered: [],
};

function place(of: ProcessInstance | ElementInstance): {
  partition: Partition;
  rootId: number;
  processInstanceId: number;
} {
  const processInstanceId = 'processInstanceId' in of ? of.processInstanceId : of.id;
  return { partition: of.partition, rootId: of.rootId, processInstanceId };
}

export const LOCK: JobLock = { token: 'token', lockedBy: 'worker', lockedAt: T0, owner: null, until: T0 + 60_000 };

export function firstPage(size = 1_000, offset = 0): PageRequest {
  return { size, token: '', offset };
}

export function ok<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.message}`);
  return answer;
}

export async function results<View>(answer: Promise<Page<View> | Refusal>): Promise<readonly View[]> {
  return ok(await answer).results;
}

/** All pages, one after the other. */
export async function pages<View>(
  size: number,
  read: (page: PageRequest) => Promise<Page<View> | Refusal>,
): Promise<readonly (readonly View[])[]> {
  const all: (readonly View[])[] = [];
  for (let token = '', last = false; !last; last = token === '') {
    const page = ok(await read({ size, token, offset: 0 }));
    all.push(page.results);
    token = page.nextToken;
  }
  return all;
}
