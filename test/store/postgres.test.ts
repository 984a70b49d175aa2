import { createServer } from 'node:net';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { DatabaseProblem } from '../../src/store/errors.js';
import { judge } from '../../src/store/postgres.js';
import { openDatabase, openStore } from '../../src/store/store.js';
import { freshDatabase } from '../support/databases.js';
import { NOWHERE, openFresh } from './support/opened.js';

const template = inject('database');
const url = template.kind === 'postgres' ? new URL(template.url) : null;

async function sentence(change: (changed: URL) => void): Promise<string> {
  const changed = new URL(url?.href ?? '');
  change(changed);
  const database = { kind: 'postgres' as const, url: changed.href };
  const error = await openStore({ database, lanes: 1, migrations: 'run', warn: console.error }).catch(
    (caught: unknown) => caught,
  );
  if (!(error instanceof DatabaseProblem)) throw new Error(`no problem: ${String(error)}`);
  expect(error.message).not.toContain('secret');
  return error.message;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test.runIf(url !== null)('a database that can not be reached has its sentence, without the password', async () => {
  const port = String(await freePort());
  const said = await sentence((changed) => {
    changed.port = port;
    changed.password = 'secret';
  });
  expect(said).toMatch(new RegExp(`^The database "template" at 127.0.0.1:${port} can not be reached: .*ECONNREFUSED`));
});

test.runIf(url !== null)('a database that does not exist has its sentence', async () => {
  const said = await sentence((changed) => {
    changed.pathname = '/nowhere';
  });
  expect(said).toMatch(/^The database "nowhere" at .* does not exist on that server; create it first/);
});

test.runIf(url !== null)('an unknown user has its sentence', async () => {
  const said = await sentence((changed) => {
    changed.username = 'nobody_here';
    changed.password = 'secret';
  });
  expect(said).toMatch(/refuses the user or the password: .*nobody_here/);
});

test.runIf(url !== null)('a read-only database has its sentence', async () => {
  const fresh = await freshDatabase();
  onTestFinished(() => fresh.drop());
  const { pathname } = new URL(fresh.settings.kind === 'postgres' ? fresh.settings.url : '');
  const client = new pg.Client({ connectionString: url?.href });
  await client.connect();
  await client.query(`alter database ${pathname.slice(1)} set default_transaction_read_only = on`);
  await client.end();
  const said = await sentence((changed) => {
    changed.pathname = pathname;
  });
  expect(said).toMatch(/is read-only \(default_transaction_read_only\)/);
});

test.runIf(url !== null)(
  'each session has its time limits, so that a server out of reach lets go of what it locked',
  async () => {
    const fresh = await freshDatabase();
    onTestFinished(() => fresh.drop());
    const database = await openDatabase({ database: fresh.settings, lanes: 1, migrations: 'run', warn: console.error });
    const connection = await database.connect('keys');
    const names = [
      'idle_in_transaction_session_timeout',
      'lock_timeout',
      'statement_timeout',
      'tcp_keepalives_count',
      'tcp_keepalives_idle',
      'tcp_keepalives_interval',
      'tcp_user_timeout',
    ];
    const text = 'select setting || unit, setting from pg_settings where name = any($1) order by name';
    const [result] = await connection.run([{ statement: { name: null, text }, values: [`{${names}}`] }]);
    connection.release();
    await database.close();
    const limits = (result?.rows ?? []).map(([withUnit, plain]) => withUnit ?? plain);
    expect(limits).toEqual(['5000ms', '4000ms', '30000ms', '5', '10s', '2s', '10000ms']);
  },
);

const good = ['150003', '15.3', 'f', 'off', 'on', 'on'];

test('an old version and a standby are refused, what is unsafe is warned of', () => {
  const judged = (...changes: readonly (readonly [index: number, value: string])[]) => {
    const row = [...good];
    for (const [index, value] of changes) row[index] = value;
    const warnings: string[] = [];
    judge(row, 'It', (warning) => warnings.push(warning));
    return warnings;
  };
  expect(judged()).toEqual([]);
  expect(() => judged([0, '140011'], [1, '14.11'])).toThrow('It is PostgreSQL 14.11; Baton needs version 15 or later.');
  expect(() => judged([2, 't'])).toThrow('It is a standby');
  expect(judged([4, 'off'], [5, 'off'])).toEqual([
    'It runs with fsync = off: a power cut can destroy the database.',
    'It runs with synchronous_commit = off: a crash can lose what was acknowledged.',
  ]);
});

test.runIf(url !== null)('a connection that the server ends is lost, and the lane can be opened again', async () => {
  const opened = await openFresh();
  onTestFinished(() => opened.close());
  for (let round = 0; round < 12; round++) {
    const lane = await opened.store.openLane();
    await lane.begin(NOWHERE);
    await opened.sql(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() ' +
        "and state = 'idle in transaction'",
    );
    await expect(lane.loadProcesses([1])).rejects.toMatchObject({ kind: 'lost' });
    expect(lane.usable).toBe(false);
    await lane.rollback();
  }
  expect((await opened.sql('select 1')).flat()).toEqual(['1']);
});
