// Networks between a server and its database: whatever becomes of the wire, the server recovers without a restart, what
// it acknowledged is there exactly once (I1, I7), and other servers are not frozen by what it had locked.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, start, type TestEngine } from '../support/engine.js';
import { FaultyWire } from '../support/faulty-wire.js';
import { tasks } from '../support/models.js';
import { Happenings } from '../support/network.js';

let database: FreshDatabase;
let url: string;
let direct: pg.Pool;
beforeAll(async () => {
  database = await freshDatabase();
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  url = database.settings.url;
  direct = new pg.Pool({ connectionString: url });
  // A pool has ended before its connections are closed: dropping the database may meet one that is just closing.
  direct.on('error', () => undefined);
});
afterAll(async () => {
  await direct.end();
  await database.drop();
});

const TREES = 10;

/** Starts instances and changes some of them, all the time; counts what was acknowledged. */
class Load extends Happenings {
  readonly engine: TestEngine;
  readonly processId: number;
  readonly trees: readonly Ref[];
  started = 0;
  changed = 0;
  readonly refusals: string[] = [];
  readonly #bpmnProcessId: string;
  readonly #running: Promise<void>[] = [];
  #stopped = false;

  private constructor(engine: TestEngine, bpmnProcessId: string, processId: number, trees: readonly Ref[]) {
    super();
    this.engine = engine;
    this.#bpmnProcessId = bpmnProcessId;
    this.processId = processId;
    this.trees = trees;
  }

  static async on(engine: TestEngine): Promise<Load> {
    const topic = randomUUID();
    const processId = await deploy(engine, tasks(`p-${topic}`, topic));
    const trees = await Promise.all(Array.from({ length: TREES }, () => start(engine, `p-${topic}`)));
    return new Load(engine, `p-${topic}`, processId, trees);
  }

  get acknowledged(): number {
    return this.started + this.changed;
  }

  begin(): void {
    for (let i = 0; i < 10; i++) this.#running.push(this.#starting());
    for (const tree of this.trees) this.#running.push(this.#changing(tree));
  }

  /** So many more acknowledgements. */
  more(count: number): Promise<void> {
    const goal = this.acknowledged + count;
    return this.until(() => this.acknowledged >= goal);
  }

  async end(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** A test that failed does not wait for what may never be answered. */
  stop(): void {
    this.#stopped = true;
    for (const running of this.#running) running.catch(() => undefined);
  }

  async #starting(): Promise<void> {
    while (!this.#stopped) {
      const request = { rpc: 'Create', requestId: randomUUID(), hash: 'h' };
      await start(this.engine, this.#bpmnProcessId, {}, { ...CALLER, request });
      this.started += 1;
      this.happened();
    }
  }

  async #changing(tree: Ref): Promise<void> {
    while (!this.#stopped) {
      await change(this.engine, tree);
      this.changed += 1;
      this.happened();
    }
  }
}

/** Raises the tree's change number by one. */
async function change({ engine }: TestEngine, scope: Ref): Promise<void> {
  const data = { encoding: 'json', value: '1', encrypted: false };
  const variables = [{ name: 'changed', data, bpmnElementId: null }];
  const command = { type: 'setVariables', kind: 'processInstance', scope, variables, by: 'test' } as const;
  const answer = await engine.submit(command, CALLER);
  if (isRefusal(answer)) throw new Error(answer.message);
}

interface Stored {
  readonly instances: number;
  readonly changes: number;
}

/** What the database has of a load, its trees' births not counted. */
async function stored({ processId, trees }: Load): Promise<Stored> {
  const { rows } = await direct.query<{ instances: string; changes: string }>(
    'select count(*) as instances, sum(change_number - 1) as changes from process_instance where process_id = $1',
    [processId],
  );
  return { instances: Number(rows[0]?.instances) - trees.length, changes: Number(rows[0]?.changes) };
}

interface Context {
  readonly onTestFinished: (end: () => Promise<void>) => void;
}

/** A server under load, over a wire; its sessions have a name of their own. */
async function loaded(context: Context) {
  const name = `test-${randomUUID()}`;
  const { wire, url: over } = await FaultyWire.beforeDatabase(url);
  context.onTestFinished(() => wire.close());
  const place = { kind: 'postgres', url: `${over}?application_name=${name}` } as const;
  const engine = await openEngine(place, {}, context.onTestFinished);
  const load = await Load.on(engine);
  context.onTestFinished(async () => load.stop());
  load.begin();
  await load.more(100);
  return { wire, engine, load, name };
}

/** Sessions of a server that hold the lock of a tree, and wait for their server in a certain state. */
async function waiting(name: string, state: string): Promise<number> {
  const { rows } = await direct.query<{ count: string }>(
    'select count(*) from pg_stat_activity a where application_name = $1 and state = $2 ' +
      "and wait_event = 'ClientRead' and exists (select from pg_locks l where l.pid = a.pid and l.mode = 'RowShareLock' " +
      "and l.relation::regclass::text like '%process_instance%')",
    [name, state],
  );
  return Number(rows[0]?.count);
}

/** Sessions of a server that the database works for. */
async function working(name: string): Promise<number> {
  const { rows } = await direct.query<{ count: string }>(
    "select count(*) from pg_stat_activity where application_name = $1 and state = 'active' and wait_event_type is distinct from 'Client'",
    [name],
  );
  return Number(rows[0]?.count);
}

/** Stalls the wire until a transaction stands still in a certain state. */
async function stalledIn(state: string, stall: () => void, { wire, load, name }: Loaded): Promise<void> {
  for (;;) {
    stall();
    while ((await working(name)) > 0);
    if ((await waiting(name, state)) > 0) return;
    wire.release();
    await load.more(10);
  }
}

type Loaded = Awaited<ReturnType<typeof loaded>>;

const FAULTS: Readonly<Record<string, (wire: FaultyWire, load: Load) => void | Promise<void>>> = {
  'cut again and again': async (wire, load) => {
    for (let cut = 0; cut < 10; cut++) {
      await load.more(1 + Math.floor(Math.random() * 100));
      wire.cut();
    }
  },
  'cut, with no way back for a while': async (wire) => {
    wire.refuse();
    wire.cut();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    wire.accept();
  },
  'silent towards the database': (wire) => wire.stall('toServer', 'present'),
  'silent towards the server': (wire) => wire.stall('toClient', 'present'),
  'half-open, with only the database left': (wire) => wire.halfOpen('client'),
  'half-open, with only the server left': (wire) => wire.halfOpen('server'),
  slow: (wire) => wire.slow({ delayMs: 2, bytesPerSecond: 1_000_000 }),
  'in pieces': (wire) => wire.split(),
};

describe.concurrent('a wire to the database', () => {
  const options = { timeout: 90_000 };

  test('I13: that fell silent makes nobody dead, while there is another way', options, async (context) => {
    const { wire, load, engine } = await loaded(context);
    const observer = await openEngine({ kind: 'postgres', url }, { deadTimeMs: 15_000 }, context.onTestFinished);
    const { serverId } = engine.engine.info;
    const beat = async () => {
      const { rows } = await direct.query<{ beat: string }>('select beat from server where id = $1', [serverId]);
      return Number(rows[0]?.beat);
    };
    const before = await beat();
    wire.stall('both', 'present');
    const dead = () => observer.log.lines.some(({ facts }) => 'dead' in facts && facts.dead === serverId);
    // The first beat may have arrived before; the second found another way.
    while (!dead() && (await beat()) < before + 2) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(dead()).toBe(false);
    await load.end();
    expect(await stored(load)).toEqual({ instances: load.started, changes: load.changed });
  });

  test('I3: that fell silent for good gives the others what was locked over it', options, async (context) => {
    const stalled = await loaded(context);
    const other = await openEngine({ kind: 'postgres', url }, {}, context.onTestFinished);
    const { wire, load } = stalled;
    await stalledIn('idle in transaction', () => wire.stall(), stalled);
    await Promise.all(load.trees.map((tree) => change(other, tree)));
    wire.release();
    await load.more(100);
    await load.end();
    expect(await stored(load)).toEqual({ instances: load.started, changes: load.changed + TREES });
  });

  test('I3: that fell silent within a message does so too', options, async (context) => {
    const stalled = await loaded(context);
    const other = await openEngine({ kind: 'postgres', url }, {}, context.onTestFinished);
    const { wire, load } = stalled;
    wire.split('toServer');
    await stalledIn('active', () => wire.stall('both', 'present'), stalled);
    await Promise.all(load.trees.map((tree) => change(other, tree)));
    await load.more(100);
    await load.end();
    expect(await stored(load)).toEqual({ instances: load.started, changes: load.changed + TREES });
  });

  test.for(Object.entries(FAULTS))(
    'I1, I7: (%s) loses nothing and repeats nothing',
    options,
    async ([, fault], context) => {
      const { wire, load } = await loaded(context);
      await fault(wire, load);
      await load.more(100);
      await load.end();
      expect(await stored(load)).toEqual({ instances: load.started, changes: load.changed });
    },
  );
});
