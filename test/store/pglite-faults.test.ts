// PGlite on a disk that is full, and a first start that is killed. Mounting a small disk needs root: without it those
// tests are skipped.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { StoreError } from '../../src/engine/ports/lane.js';
import { type Database, run } from '../../src/store/database.js';
import { Pglite } from '../../src/store/pglite.js';
import { moveIntoPlace } from '../../src/store/pglite-folder.js';
import { unprepared } from '../../src/store/statement.js';
import { openDatabase } from '../../src/store/store.js';
import { openEngine } from '../support/engine.js';
import { Callers, expectClearLog, until } from '../support/outage.js';
import { type SmallDisk, smallDisk } from '../support/small-disk.js';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';

const template = inject('database');
const only = test.runIf(template.kind === 'pglite');

const MEGABYTE = 2 ** 20;

async function sql(database: Database, text: string): Promise<readonly (readonly (string | null)[])[]> {
  const [result] = await run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
  return result?.rows ?? [];
}

/** With a database on it. */
function diskOrSkip(skip: (why: string) => never): SmallDisk & { readonly data: string } {
  const disk = smallDisk(200) ?? skip('only root may mount a small disk');
  onTestFinished(() => disk.remove());
  const data = join(disk.folder, 'data');
  if (template.kind === 'pglite') cpSync(template.folder, data, { recursive: true });
  return { ...disk, data };
}

only(
  'I7: a full disk is told to callers, nothing acknowledged is lost, and with room again it goes on',
  async ({ skip }) => {
    const disk = diskOrSkip(skip);
    const settings = { kind: 'pglite', folder: disk.data } as const;
    const engine = await openEngine(settings, { databasePatienceMs: 200 });
    const callers = await Callers.start(engine, 10, 20_000);
    await callers.acknowledgedMore(20);
    disk.fill(4 * MEGABYTE);
    await until(() => callers.refused.length > 0);
    expect(callers.refused[0]).toMatchObject({ refused: 'DATABASE_UNAVAILABLE' });
    disk.makeRoom();
    await callers.acknowledgedMore(20);
    await callers.stop();
    await engine.stop();
    const database = await openDatabase({ database: settings, lanes: 1, migrations: 'run', warn: console.error });
    onTestFinished(() => database.close());
    callers.compare(await sql(database, callers.query));
    const reasons = engine.log.lines.map(({ facts }) => ('reason' in facts ? String(facts.reason) : ''));
    expect(reasons).toContainEqual(expect.stringMatching(/No space left on device/));
    expectClearLog(engine.log);
  },
  180_000,
);

only(
  'a full disk of the log ends the thread: it is opened again when there is room, and what was committed is there',
  async ({ skip }) => {
    const disk = diskOrSkip(skip);
    const database = await Pglite.open(disk.data);
    onTestFinished(() => database.close());
    await sql(database, 'create table kept (number integer)');
    await sql(database, 'insert into kept values (1)');
    disk.fill(MEGABYTE);
    const kinds: string[] = [];
    while (kinds.length < 3) {
      await sql(database, 'select pg_switch_wal(); insert into kept values (2)').catch(
        ({ kind, message }: StoreError) => {
          expect(message).toMatch(/No space left on device|could not be opened|PANIC/);
          kinds.push(kind);
        },
      );
    }
    expect(new Set(kinds)).toEqual(new Set(['unavailable']));
    disk.makeRoom();
    const before = Number((await sql(database, 'select count(*) from kept where number = 1'))[0]?.[0]);
    expect(before).toBe(1);
    await sql(database, 'insert into kept values (3)');
    expect(await sql(database, 'select count(*) from kept where number = 3')).toEqual([['1']]);
  },
  180_000,
);

only(
  'a first start that is killed, wherever it is, leaves nothing that the next one trips over',
  async () => {
    const base = temporaryFolder('baton-pglite-first-');
    onTestFinished(() => removeFolder(base));
    const folder = join(base, 'data');
    const sibling = () => readdirSync(base).find((name) => name.startsWith('data.new-'));
    const made = (file: string) => existsSync(join(base, sibling() ?? 'none', file));
    const points = [
      () => existsSync(`${folder}.lock`),
      () => sibling() !== undefined,
      () => made('PG_VERSION'),
      () => made('global/pg_control'),
      () => existsSync(folder),
    ];
    for (const reached of points) {
      const writer = startWriter(folder);
      await until(() => reached() || writer.exitCode !== null);
      expect(writer.exitCode).toBe(null);
      writer.kill('SIGKILL');
      await once(writer, 'exit');
    }
    const database = await Pglite.open(folder);
    onTestFinished(() => database.close());
    expect(await sql(database, 'select 1')).toEqual([['1']]);
    expect(readdirSync(base).sort()).toEqual(['data', 'data.lock']);
  },
  180_000,
);

only('a first start syncs every file and folder that it made before the database is in its place', () => {
  const base = temporaryFolder('baton-pglite-sync-');
  onTestFinished(() => removeFolder(base));
  const sibling = join(base, 'data.new-1');
  mkdirSync(join(sibling, 'base', '1'), { recursive: true });
  for (const file of ['PG_VERSION', 'base/1/112', 'base/1/113']) writeFileSync(join(sibling, file), '');
  const [files, folders, parent] = [3, 3, 1];
  expect(moveIntoPlace(sibling, join(base, 'data'))).toBe(files + folders + parent);
  expect(readdirSync(base)).toEqual(['data']);
});

function startWriter(folder: string): ChildProcess {
  const script = fileURLToPath(new URL('./support/pglite-writer.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
}
