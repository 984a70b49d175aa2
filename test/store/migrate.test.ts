import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type {
  IncidentPhase,
  IncidentReason,
  InstanceState,
  JobState,
  JobType,
  TaskType,
} from '../../src/core/state.js';
import { type Database, run } from '../../src/store/database.js';
import { PARTITIONED } from '../../src/store/days.js';
import { DatabaseProblem } from '../../src/store/errors.js';
import { checkSchema, migrate, readMigration, readMigrations, schemaVersion } from '../../src/store/migrate.js';
import { unprepared } from '../../src/store/statement.js';
import { openDatabase, openStore } from '../../src/store/store.js';
import { freshDatabase } from '../support/databases.js';
import type { DatabaseSettings } from '../support/template.js';
import { dumpSchema } from './support/dump-schema.js';

const schemaFile = fileURLToPath(new URL('../../src/store/schema.sql', import.meta.url));

async function fresh(): Promise<{ readonly settings: DatabaseSettings; readonly database: Database }> {
  const made = await freshDatabase();
  const database = await openDatabase({ database: made.settings, lanes: 1, migrations: 'run', warn: console.error });
  onTestFinished(async () => {
    await database.close();
    await made.drop();
  });
  return { settings: made.settings, database };
}

function asking(database: Database) {
  return async (text: string) => {
    const [result] = await run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
    return result?.rows ?? [];
  };
}

async function problem(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((caught: unknown) => caught);
  return error instanceof DatabaseProblem ? error.message : String(error);
}

/** `UPDATE_SCHEMA=1` writes the file. */
test('schema.sql is what the migrations make', async () => {
  const { database } = await fresh();
  expect(await schemaVersion(database)).toBe(0);
  expect(await migrate(database)).toEqual(readMigrations().map(({ version }) => version));
  expect(await migrate(database)).toEqual([]);
  const dumped = await dumpSchema(asking(database));
  if (process.env.UPDATE_SCHEMA) writeFileSync(schemaFile, dumped);
  expect(dumped).toBe(readFileSync(schemaFile, 'utf8'));
});

test('schema.sql makes what it was written from', async () => {
  const { database } = await fresh();
  await asking(database)(readFileSync(schemaFile, 'utf8'));
  expect(await dumpSchema(asking(database))).toBe(readFileSync(schemaFile, 'utf8'));
});

test('a newer schema is refused with a sentence', async () => {
  const { settings, database } = await fresh();
  await migrate(database);
  await asking(database)('insert into schema_version (version) values (9999)');
  const sentence =
    /schema version 9999, and this server knows versions up to \d+: a newer version of Baton migrated it, and version 9999 of the schema took away/;
  expect(await problem(migrate(database))).toMatch(sentence);
  expect(await problem(checkSchema(database))).toMatch(sentence);
  if (settings.kind === 'pglite') return;
  const opening = openStore({ database: settings, lanes: 1, migrations: 'run', warn: console.error });
  expect(await problem(opening)).toMatch(sentence);
});

test('a newer schema that was only expanded is used as it is, until something was taken away', async () => {
  const { database } = await fresh();
  const ours = readMigrations();
  const next = [
    ...ours,
    readMigration('0002.sql', '-- expand: one more column\nalter table engine add column more text'),
    readMigration('0003.sql', '-- contract: and one less\nalter table engine drop column more'),
    readMigration('0004.sql', '-- expand: nothing\nselect 1'),
  ];
  await migrate(database, next.slice(0, -2));
  expect(await migrate(database, ours)).toEqual([]);
  await checkSchema(database, ours);
  expect(await migrate(database, next)).toEqual([3, 4]);
  const sentence =
    /schema version 4, and this server knows versions up to 1: .*, and version 3 of the schema took away/;
  expect(await problem(migrate(database, ours))).toMatch(sentence);
  expect(await problem(checkSchema(database, ours))).toMatch(sentence);
  await checkSchema(database, next.slice(0, -1));
});

test('a migration that does not say what it is, is refused', () => {
  expect(() => readMigration('0002.sql', 'select 1')).toThrow('must begin with "-- expand" or "-- contract"');
});

test('an older schema is refused by a server that must not migrate', async () => {
  const { database } = await fresh();
  expect(await problem(checkSchema(database))).toMatch(/has schema version 0, and this server needs 1: run `baton mig/);
});

test('a migration that fails leaves nothing', async () => {
  const { database } = await fresh();
  const migrations = [
    ...readMigrations(),
    { version: 2, kind: 'expand' as const, text: 'create table half (); select 1 / 0' },
  ];
  await expect(migrate(database, migrations)).rejects.toThrow('division by zero');
  expect(await schemaVersion(database)).toBe(0);
  expect(await migrate(database)).toEqual([1]);
});

test('servers that start at once migrate once', async ({ skip }) => {
  const { settings, database } = await fresh();
  if (settings.kind === 'pglite') skip('PGlite has one server');
  const opening = () => openStore({ database: settings, lanes: 1, migrations: 'run', warn: console.error });
  const stores = await Promise.all([opening(), opening(), opening(), opening()]);
  await Promise.all(stores.map((store) => store.preparePartitions(2)));
  expect(await asking(database)('select count(*) from schema_version')).toEqual([['1']]);
  const days = "select count(*) from pg_class where relispartition and relkind = 'r'";
  expect(await asking(database)(days)).toEqual([[String(PARTITIONED.length * 3)]]);
  for (const store of stores) await store.close();
});

test('the words of enum types are those of the types in the code', async () => {
  const { database } = await fresh();
  await migrate(database);
  const rows = await asking(database)(
    "select t.typname, string_agg(e.enumlabel, ' ' order by e.enumsortorder) from pg_type t " +
      "join pg_enum e on e.enumtypid = t.oid where t.typname <> 'element_type' group by 1 order by 1",
  );
  expect(Object.fromEntries(rows)).toEqual(words);
});

/** Each list is checked against its union: a word too many or too few does not compile. */
type Words<Union extends string> = { readonly [Word in Union]: true };
const list = <Union extends string>(all: Words<Union>): string => Object.keys(all).join(' ');

const words = {
  held_key_kind: 'MESSAGE START JOINT_START',
  incident_phase: list<IncidentPhase>({
    ENTER: true,
    LEAVE: true,
    JOB: true,
    CONTINUE: true,
    LISTENER: true,
  }),
  incident_reason: list<IncidentReason>({
    JOB_RETRIES_EXHAUSTED: true,
    UNCAUGHT_ERROR: true,
    UNCAUGHT_ESCALATION: true,
    JOB_TOO_LARGE: true,
    EXPRESSION_FAILED: true,
    EXPRESSION_LIMIT: true,
    VARIABLE_MISSING: true,
    NO_FLOW_TAKEN: true,
    CORRELATION_FAILED: true,
    TIMER_FAILED: true,
    STEP_LIMIT: true,
    CALLED_PROCESS_NOT_FOUND: true,
    CALL_DEPTH_LIMIT: true,
    PROCESS_DISABLED: true,
  }),
  instance_state: list<InstanceState>({
    CREATED: true,
    QUEUED: true,
    STARTED: true,
    SUSPENDED: true,
    COMPLETED: true,
    TERMINATED: true,
    CANCELED: true,
  }),
  job_state: list<JobState>({
    CREATED: true,
    DONE: true,
    CAUSED_RETRY: true,
    CAUSED_INCIDENT: true,
    CANCELED: true,
  }),
  job_type: list<JobType>({
    EXECUTE: true,
    EVALUATE_EXCLUSIVE_GATEWAY: true,
    EVALUATE_INCLUSIVE_GATEWAY: true,
    CALL_PROCESS: true,
    PASS_VARIABLES: true,
    SET_ERROR_CODE: true,
    SET_ESCALATION_CODE: true,
    SET_SIGNAL_NAME: true,
    SET_TIMER: true,
    SUBSCRIBE_MESSAGE: true,
    SET_MESSAGE_CORRELATION_KEY: true,
    SUBSCRIBE_SIGNAL: true,
    START_LISTENER: true,
    END_LISTENER: true,
    SELECT_AD_HOC_ACTIVITIES: true,
  }),
  partition_state: 'OPEN CLOSED',
  task_type: list<TaskType>({
    ACTIVATE_JOB: true,
    ACTIVATED: true,
    CODE: true,
    COMPENSATION: true,
    CONDITION: true,
    CONTINUE: true,
    HAPPENED: true,
    MATCH_MESSAGE: true,
    FIND_MESSAGES: true,
    TRIGGER_TIMER: true,
    START_PROCESS_INSTANCE: true,
    ...{ SEND_SIGNAL: true, DELIVER_SIGNAL: true, TRIGGER_EVENT: true },
  }),
};
