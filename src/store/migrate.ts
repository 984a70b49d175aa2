/**
 * Migrations: forward only, all that are missing in one transaction, safe when several servers start at once.
 *
 * They expand and contract: a server and its predecessor can share a schema.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { numberOrNull } from './cells.js';
import { type Database, run, transact } from './database.js';
import { DatabaseProblem } from './errors.js';
import { call, prepared, resultAt, unprepared } from './statement.js';

export interface Migration {
  readonly version: number;
  readonly text: string;
}

/** `migrations/0001.sql` and so on, in order. */
export function readMigrations(): readonly Migration[] {
  const folder = fileURLToPath(new URL('./migrations/', import.meta.url));
  return readdirSync(folder)
    .filter((name) => /^\d{4}\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), text: readFileSync(`${folder}${name}`, 'utf8') }));
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

/** Brings the schema to this server's version; answers the versions that were made. */
export async function migrate(database: Database, migrations = readMigrations()): Promise<readonly number[]> {
  const newest = migrations[migrations.length - 1]?.version ?? 0;
  const present = await schemaVersion(database);
  refuseNewer(present, newest);
  if (present === newest) return [];
  return transact(database, 'lists', async (statements) => {
    // Only here, and only one server at a time: the others wait, and then find nothing to do.
    await statements(
      call(unprepared("set local lock_timeout = '5min'; set local statement_timeout = 0")),
      call(unprepared("select pg_advisory_xact_lock(hashtext('baton migrations'))")),
      call(
        unprepared(
          'create table if not exists schema_version (version integer primary key, at timestamptz not null default now())',
        ),
      ),
    );
    const found = numberOrNull(resultAt(await statements(call(versions)), 0).rows[0] ?? [], 0) ?? 0;
    refuseNewer(found, newest);
    const missing = migrations.filter(({ version }) => version > found);
    for (const { version, text } of missing) {
      await statements(call(unprepared(text)), call(insertVersion, version));
    }
    return missing.map(({ version }) => version);
  });
}

const insertVersion = prepared('schema_version', 'insert into schema_version (version) values ($1::int4)');

function refuseNewer(present: number, newest: number): void {
  if (present > newest) {
    throw new DatabaseProblem(
      `The database has schema version ${present}, and this server knows versions up to ${newest}: ` +
        'it was migrated by a newer version of Baton. Start that version, or restore a backup from before.',
    );
  }
}

/** For a server that must not change the schema. */
export async function checkSchema(database: Database, migrations = readMigrations()): Promise<void> {
  const newest = migrations[migrations.length - 1]?.version ?? 0;
  const present = await schemaVersion(database);
  refuseNewer(present, newest);
  if (present < newest) {
    throw new DatabaseProblem(
      `The database has schema version ${present}, and this server needs ${newest}: run \`baton migrate\` first.`,
    );
  }
}
