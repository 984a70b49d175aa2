// A store on a fresh database, with the database beside it for what a test has to see.
import { onTestFinished } from 'vitest';
import type { Changes, Table } from '../../../src/core/state.js';
import type { LaneConnection, Locate, Located } from '../../../src/engine/ports/lane.js';
import type { Store } from '../../../src/engine/ports/store.js';
import { type Database, run } from '../../../src/store/database.js';
import { type Cells, type Parameter, unprepared } from '../../../src/store/statement.js';
import { openDatabase, storeOn } from '../../../src/store/store.js';
import { type FreshDatabase, freshDatabase } from '../../support/databases.js';

export interface Opened {
  readonly fresh: FreshDatabase;
  readonly database: Database;
  readonly store: Store;
  /** Any statement, with its rows as texts. */
  sql(text: string, ...values: readonly Parameter[]): Promise<readonly Cells[]>;
  close(): Promise<void>;
}

export async function openFresh(): Promise<Opened> {
  const fresh = await freshDatabase();
  const opened = await open(fresh);
  return {
    ...opened,
    close: async () => {
      await opened.store.close();
      await fresh.drop();
    },
  };
}

export async function open(fresh: FreshDatabase): Promise<Omit<Opened, 'close'>> {
  const warn = (message: string) => console.error(message);
  const database = await openDatabase({ database: fresh.settings, lanes: 3, migrations: 'run', warn });
  const store = await storeOn(database);
  await store.preparePartitions(1);
  const sql = async (text: string, ...values: readonly Parameter[]) => {
    const [result] = await run(database, 'lists', [{ statement: unprepared(text), values }]);
    return result?.rows ?? [];
  };
  return { fresh, database, store, sql };
}

export const NOWHERE: Locate = {
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

export const NOTHING = { path: [], jobs: [], incidents: [], tasks: [], userTasks: [], trees: [] };

const NONE = { born: [], changed: [], gone: [] };

const NO_CHANGES: Changes = {
  processInstance: NONE,
  elementInstance: NONE,
  arrival: NONE,
  variable: NONE,
  job: NONE,
  openJob: NONE,
  incident: NONE,
  task: NONE,
  userTask: NONE,
  message: NONE,
  messageDelivery: NONE,
  messageSubscription: NONE,
  heldKey: NONE,
  signal: NONE,
  signalSubscription: NONE,
  signalTarget: NONE,
};

export type SomeChanges = { readonly [T in Table]?: Partial<Changes[T]> };

/** Changes of the named tables. */
export function changes(some: SomeChanges): Changes {
  const all = Object.entries(NO_CHANGES).map(([table, none]) => [table, { ...none, ...some[table as Table] }]);
  return Object.fromEntries(all) as Changes;
}

export async function openLane(store: Store): Promise<LaneConnection> {
  const lane = await store.openLane();
  onTestFinished(() => lane.close());
  return lane;
}

/** One group that only writes. */
export async function write(
  lane: LaneConnection,
  some: SomeChanges,
  mark: string = crypto.randomUUID(),
): Promise<Located> {
  const located = await lane.begin(NOWHERE);
  await lane.commit({ changes: changes(some), mark, oldMark: null, refusedRequests: [] });
  return located;
}
