import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { run } from '../../src/store/database.js';
import { DatabaseProblem } from '../../src/store/errors.js';
import { Pglite } from '../../src/store/pglite.js';
import { unprepared } from '../../src/store/statement.js';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';

const template = inject('database');

/** BATON_KILLS=100 is the long form: how often the process that writes is killed. */
const KILLS = Number(process.env.BATON_KILLS ?? 4);

async function opened(folder: string): Promise<Pglite> {
  const database = await Pglite.open(folder);
  onTestFinished(() => database.close());
  return database;
}

async function sql(database: Pglite, text: string): Promise<readonly (readonly (string | null)[])[]> {
  const [result] = await run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
  return result?.rows ?? [];
}

async function problem(folder: string): Promise<string> {
  const error = await Pglite.open(folder).then(
    (database) => database.close().then(() => 'it opened'),
    (caught: unknown) => caught,
  );
  return error instanceof DatabaseProblem ? error.message : String(error);
}

describe.runIf(template.kind === 'pglite')('the embedded database', () => {
  let base: string;
  let folder: string;

  beforeAll(() => {
    base = temporaryFolder('baton-pglite-guards-');
    folder = join(base, 'data');
    if (template.kind === 'pglite') cpSync(template.folder, folder, { recursive: true });
  });
  afterAll(() => removeFolder(base));

  test('each commit reaches the disk', async () => {
    const database = await opened(folder);
    await sql(database, 'create table counted (number integer)');
    const before = database.syncs;
    for (let commit = 0; commit < 20; commit++) await sql(database, 'insert into counted values (1)');
    expect(database.syncs - before).toBeGreaterThanOrEqual(20);
    expect(await sql(database, "select current_setting('fsync')")).toEqual([['on']]);
  });

  test('a folder that this process has open is not opened again', async () => {
    await opened(folder);
    expect(await problem(folder)).toMatch(new RegExp(`in use by process ${process.pid} \\(lock file .*data.lock\\)`));
  });

  test('the lock of another living process is never taken', async () => {
    writeFileSync(`${folder}.lock`, JSON.stringify({ pid: process.ppid, started: null }));
    expect(await problem(folder)).toMatch(`in use by process ${process.ppid}`);
    expect(existsSync(`${folder}.lock`)).toBe(true);
    rmSync(`${folder}.lock`);
  });

  test.each([
    ['of a dead process', { pid: 4_000_000, started: null }],
    ['of a process whose id was given again', { pid: process.ppid, started: 'another boot 1' }],
    ['of an earlier process with our own id, as in containers', { pid: process.pid, started: 'another boot 1' }],
  ])('a lock %s is taken over', async (_name, holder) => {
    writeFileSync(`${folder}.lock`, JSON.stringify(holder));
    const database = await Pglite.open(folder);
    expect(JSON.parse(readFileSync(`${folder}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    await database.close();
    expect(readdirSync(base)).toEqual(['data']);
  });

  test('a folder that holds something else is left alone', async () => {
    const other = join(base, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'letter.txt'), 'dear');
    expect(await problem(other)).toMatch(/holds files, but no database: PG_VERSION is missing/);
    writeFileSync(join(other, 'PG_VERSION'), '17\n');
    expect(await problem(other)).toMatch(/made by PostgreSQL 17; this version of Baton needs 18/);
    writeFileSync(join(other, 'PG_VERSION'), '18\n');
    expect(await problem(other)).toMatch(/is damaged: global\/pg_control is missing/);
    expect(readdirSync(other)).toEqual(['PG_VERSION', 'letter.txt']);
    expect(existsSync(`${other}.lock`)).toBe(false);
    rmSync(other, { recursive: true });
  });

  test('a first start makes the database beside its place; what an interrupted one left goes', async () => {
    const first = join(base, 'deep', 'first');
    const left = `${first}.new-77`;
    mkdirSync(join(left, 'base'), { recursive: true });
    const database = await Pglite.open(first);
    expect(await sql(database, 'select 1')).toEqual([['1']]);
    await database.close();
    expect(readdirSync(dirname(first))).toEqual(['first']);
  }, 60_000);

  test('transactions have the session alone, in the order of asking', async () => {
    const database = await opened(folder);
    await sql(database, 'create table turns (number integer)');
    const text = (statement: string) => ({ statement: unprepared(statement), values: [] });
    const first = await database.connect('keys');
    await first.run([text('begin'), text('insert into turns values (1)')]);
    const second = database.connect('lists').then(async (connection) => {
      const [result] = await connection.run([text('select count(*) from turns')]);
      connection.release();
      return result?.rows[0]?.[0];
    });
    await first.run([text('insert into turns values (2)')]);
    await first.run([text('commit')]);
    expect(await second).toBe('2');
    first.release();
    const forgotten = await database.connect('keys');
    await forgotten.run([text('begin'), text('delete from turns')]);
    forgotten.release();
    expect(await sql(database, 'select count(*) from turns')).toEqual([['2']]);
  });

  test(
    'I7: what was acknowledged before a kill is there after it, again and again',
    async () => {
      let last = 0;
      for (let round = 0; round < KILLS; round++) {
        const writer = startWriter(folder);
        const numbers = createInterface({ input: writer.stdout ?? process.stdin });
        let seen = 0;
        for await (const line of numbers) {
          last = Number(line);
          seen += 1;
          if (seen === 1) expect(await problem(folder)).toMatch(`in use by process ${writer.pid}`);
          if (seen === 40) break;
        }
        writer.kill('SIGKILL');
        await once(writer, 'exit');
      }
      const database = await opened(folder);
      const [row] = await sql(database, 'select count(*), max(number) from kept');
      expect(Number(row?.[1])).toBeGreaterThanOrEqual(last);
      expect(Number(row?.[0])).toBeGreaterThanOrEqual(40 * KILLS);
    },
    30_000 + KILLS * 60_000,
  );
});

function startWriter(folder: string): ChildProcess {
  const script = fileURLToPath(new URL('./support/pglite-writer.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
}
