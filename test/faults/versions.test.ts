// A server and its next version on one database: the next one migrates it while the other works.
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatonClient, Worker } from '@baton/client';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { tasks } from '../support/models.js';
import { sql, until } from '../support/outage.js';
import { startServer } from '../support/programs.js';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const STARTERS = 4;
const ENOUGH = 60;

/** Every table that is written gets a column more, as a next version would add them. */
const EXPAND = `-- expand: a column more everywhere
alter table process_instance add column more text;
alter table element_instance add column more text default 'x';
alter table arrival add column more text;
alter table variable add column more text;
alter table job add column more integer not null default 7;
alter table incident add column more text;
alter table open_job add column more text;
alter table task add column more text;
alter table request add column more text;
alter table server add column more text;
alter table process add column more text;
alter table bpmn_xml add column more text;
alter table engine add column more text;
create table other (id bigint primary key);
create index job_more on job (more);
`;

/** The built server with one migration more, as it is installed. */
function nextVersion(migration: string): string {
  const folder = temporaryFolder('baton-next-');
  onTestFinished(() => removeFolder(folder));
  for (const part of ['dist', 'package.json', 'docs'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'dist/store/migrations/0002.sql'), migration);
  return folder;
}

/** Starts instances one after the other on one server, and works on their jobs. */
class Load {
  started = 0;
  readonly errors: unknown[] = [];
  private readonly client: BatonClient;
  private readonly worker: Worker;
  private readonly bpmnProcessId: string;
  private running: Promise<void>[] = [];
  private stopped = false;

  constructor(address: string, bpmnProcessId: string, topic: string) {
    this.client = new BatonClient({ address });
    this.bpmnProcessId = bpmnProcessId;
    this.worker = new Worker({ address, handlers: { [topic]: async () => ({ done: true }) } });
  }

  async begin(): Promise<void> {
    await this.worker.start();
    this.running = Array.from({ length: STARTERS }, () => this.start());
  }

  async startedMore(count: number): Promise<void> {
    const wanted = this.started + count;
    await until(() => this.started >= wanted || this.errors.length > 0);
  }

  async endStarts(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  async end(): Promise<void> {
    await this.endStarts();
    await this.worker.stop();
    this.client.close();
  }

  private async start(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.client.instances.create({ bpmnProcessId: this.bpmnProcessId, variables: { a: 1 } });
        this.started += 1;
      } catch (error) {
        this.errors.push(error);
        return;
      }
    }
  }
}

test('a server and its next version run side by side, while the next one migrates and after: nothing is refused, nothing is lost', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const { url } = database.settings;
  const serve = async (folder?: string) => {
    const server = await startServer(
      { BATON_DATABASE_URL: url, BATON_LOG_LEVEL: 'error' },
      { ...(folder && { folder }) },
    );
    onTestFinished(() => server.stop());
    return server;
  };
  const topic = 'side-by-side';
  const present = await serve();
  const client = new BatonClient({ address: present.address });
  await client.processes.create({ bpmnXml: tasks('sides', topic, topic) });
  client.close();
  const here = new Load(present.address, 'sides', topic);
  await here.begin();
  await here.startedMore(ENOUGH);
  const next = await serve(nextVersion(EXPAND));
  expect(await sql(url, 'select max(version) from schema_version')).toEqual([['2']]);
  const there = new Load(next.address, 'sides', topic);
  await there.begin();
  await Promise.all([here.startedMore(ENOUGH), there.startedMore(ENOUGH)]);
  // The present version can be started again too: the schema was only expanded.
  await (await serve()).stop();
  await here.end();
  await present.stop();
  await there.startedMore(ENOUGH);
  await there.endStarts();
  const open = "select count(*) from process_instance where state <> 'COMPLETED'";
  await until(async () => (await sql(url, open))[0]?.[0] === '0');
  await there.end();
  expect([...here.errors, ...there.errors]).toEqual([]);
  const count = String(here.started + there.started);
  expect(await sql(url, 'select count(*) from process_instance')).toEqual([[count]]);
  expect(await sql(url, "select count(*) from job where state = 'DONE' and more = 7")).toEqual([
    [String(2 * Number(count))],
  ]);
}, 180_000);
