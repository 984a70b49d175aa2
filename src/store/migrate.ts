/**
 * Migrations: forward only, all that are missing in one transaction, safe when several servers start at once.
 *
 * A server and its next version share a schema, so that one can take over from the other. Hence each migration says what
 * it is in its first line. `-- expand` only adds what older servers need not know: new tables, columns that can be left
 * out of an insert. `-- contract` takes away, or changes, what older servers use: it comes a version later, when none of
 * them runs any more. A server runs on a newer schema as long as that was only expanded.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { numberOrNull, textAt } from './cells.js';
import { type Database, run, type Statements, transact } from './database.js';
import { DatabaseProblem, storeError } from './errors.js';
import { call, prepared, resultAt, unprepared } from './statement.js';

export type MigrationKind = 'expand' | 'contract';

export interface Migration {
  readonly version: number;
  readonly kind: MigrationKind;
  readonly text: string;
}

/** `migrations/0001.sql` and so on, in order. */
export function readMigrations(): readonly Migration[] {
  const folder = fileURLToPath(new URL('./migrations/', import.meta.url));
  return readdirSync(folder)
    .filter((name) => /^\d{4}\.sql$/.test(name))
    .sort()
    .map((name) => readMigration(name, readFileSync(`${folder}${name}`, 'utf8')));
}

/** Its version is in its name. */
export function readMigration(name: string, text: string): Migration {
  const [, kind] = /^-- (expand|contract)\b/.exec(text) ?? [];
  if (kind === undefined) throw new Error(`Migration ${name} must begin with "-- expand" or "-- contract".`);
  return { version: Number(name.slice(0, 4)), kind: kind as MigrationKind, text };
}

const exists = unprepared("select to_regclass('schema_version') is not null");
const versions = unprepared('select max(version) from schema_version');

/** The schema's version; 0 for a database without one. */
export async function schemaVersion(database: Database): Promise<number> {
  const [there] = await run(database, 'lists', [call(exists)]);
  if (there?.rows[0]?.[0] !== 't') return 0;
  const [version] = await run(database, 'lists', [call(versions)]);
  return numberOrNull(version?.rows[0] ?? [], 0) ?? 0;
}

const contracted = unprepared('select version from schema_version where version > $1 and kind = $2 order by version');

/** Brings the schema to this server's version; answers the versions that were made. */
export async function migrate(database: Database, migrations = readMigrations()): Promise<readonly number[]> {
  const newest = newestOf(migrations);
  const present = await schemaVersion(database);
  if (present > newest) await refuseContracted(database, present, newest);
  if (present >= newest) return [];
  return patiently(() => transact(database, 'lists', (statements) => migrateAlone(statements, migrations)));
}

/** Milliseconds for which a migration tries to get the tables, which long queries and other servers may hold. */
const PATIENCE_MS = 300_000;
const PAUSE_MS = 200;

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const known = storeError(error);
      if (known.kind !== 'retry' || performance.now() > until) throw known;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function migrateAlone(statements: Statements, migrations: readonly Migration[]): Promise<readonly number[]> {
  // Only here, and only one server at a time: the others wait, and then find nothing to do.
  await statements(
    call(unprepared("set local lock_timeout = '5min'; set local statement_timeout = 0")),
    call(unprepared("select pg_advisory_xact_lock(hashtext('baton migrations'))")),
    call(
      unprepared(
        'create table if not exists schema_version (version integer primary key, ' +
          "kind text not null default 'contract', at timestamptz not null default now())",
      ),
    ),
  );
  const found = numberOrNull(resultAt(await statements(call(versions)), 0).rows[0] ?? [], 0) ?? 0;
  const missing = migrations.filter(({ version }) => version > found);
  if (found > 0 && missing.length > 0) await lockTables(statements);
  for (const { version, kind, text } of missing) {
    await statements(call(unprepared(text)), call(insertVersion, version, kind));
  }
  return missing.map(({ version }) => version);
}

/**
 * All tables before the first change, or none: taken one by one, each would be held while another is waited for, against
 * transactions that wait the other way round. Lanes begin with `request` and `engine`: there the new ones wait, and hold
 * nothing. Who waits in turn for tables that lanes have, gives up soon, and lets them go on.
 */
async function lockTables(statements: Statements): Promise<void> {
  const results = await statements(call(unprepared("set local lock_timeout = '500ms'")), call(allTables));
  const names = textAt(resultAt(results, 1).rows[0] ?? [], 0);
  await statements(call(unprepared(`lock table ${names} in access exclusive mode`)));
}

const allTables = unprepared(
  "select string_agg(quote_ident(relname), ', ' order by relname <> 'request', relname <> 'engine', relname) " +
    "from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace",
);

const insertVersion = prepared('schema_version', 'insert into schema_version (version, kind) values ($1::int4, $2)');

async function refuseContracted(database: Database, present: number, newest: number): Promise<void> {
  const [result] = await run(database, 'lists', [call(contracted, newest, 'contract')]);
  const first = result?.rows[0]?.[0];
  if (first === undefined) return;
  throw new DatabaseProblem(
    `The database has schema version ${present}, and this server knows versions up to ${newest}: a newer version of ` +
      `Baton migrated it, and version ${first} of the schema took away what this server uses. Start the newer version ` +
      'of Baton, or restore a backup from before.',
  );
}

/** For a server that must not change the schema. */
export async function checkSchema(database: Database, migrations = readMigrations()): Promise<void> {
  const newest = newestOf(migrations);
  const present = await schemaVersion(database);
  if (present > newest) await refuseContracted(database, present, newest);
  if (present < newest) {
    throw new DatabaseProblem(
      `The database has schema version ${present}, and this server needs ${newest}: run \`baton migrate\` first.`,
    );
  }
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations[migrations.length - 1]?.version ?? 0;
}
