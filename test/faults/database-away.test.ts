// A database that is gone for a while, that has no connection left, that became read-only: callers are told, health says
// so, the log has one line for each change, and all goes on without a restart.
//
// BATON_AWAY_SECONDS=30 is the long form: for how long it is away.
import { randomUUID } from 'node:crypto';
import type { ServiceError } from '@grpc/grpc-js';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import {
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { RetryInfo } from '../../src/gen/google/rpc/error_details.js';
import { Status } from '../../src/gen/google/rpc/status.js';
import { openApi, refusalOf, type TestApi } from '../support/api.js';
import { complete, deploy, lock, start } from '../support/engine.js';
import { tasks } from '../support/models.js';
import { Callers, expectClearLog, healthOf, sql, until } from '../support/outage.js';
import { type PostgresOptions, type PostgresServer, startPostgres } from '../support/postgres.js';

const AWAY_MS = 1_000 * Number(process.env.BATON_AWAY_SECONDS ?? 1);
const TIMEOUT_MS = 120_000 + 3 * AWAY_MS;
const PATIENCE_MS = 200;

async function running(
  options: PostgresOptions = {},
): Promise<{ readonly postgres: PostgresServer; readonly api: TestApi }> {
  const postgres = await startPostgres(options);
  onTestFinished(() => postgres.remove());
  const api = await openApi({ kind: 'postgres', url: postgres.url }, { databasePatienceMs: PATIENCE_MS });
  return { postgres, api };
}

const away = () => new Promise((resolve) => setTimeout(resolve, AWAY_MS));

/** A start by a client that does not repeat it: what it is told. */
async function startRefused(
  { client }: TestApi,
  bpmnProcessId: string,
): Promise<readonly [reason: string, retryInfo: boolean]> {
  const request = CreateProcessInstanceRequest.fromPartial({
    process: { $case: 'bpmnProcess', value: { bpmnProcessId } },
  });
  const call = client.call(ProcessInstanceServiceService.createProcessInstance, request);
  const { reason } = await refusalOf(call);
  const error = (await call.catch((thrown: unknown) => thrown)) as ServiceError;
  const [details] = error.metadata.get('grpc-status-details-bin');
  const parts = Status.decode(details as Buffer).details;
  const retryInfo = parts.find(({ typeUrl }) => typeUrl.endsWith('RetryInfo'));
  return [reason, retryInfo !== undefined && RetryInfo.decode(retryInfo.value).retryDelay !== undefined];
}

test(
  'I7, I8: a database that is gone and back: new work is told to come again, finished work waits, nothing is lost',
  async () => {
    const { postgres, api } = await running();
    const topic = randomUUID();
    await deploy(api, tasks(`p-${topic}`, topic));
    await start(api, `p-${topic}`);
    const [job] = await lock(api, topic);
    if (job === undefined) throw new Error('no job');
    const callers = await Callers.start(api, 20);
    await callers.acknowledgedMore(100);
    expect(await healthOf(api)).toBe('SERVING');
    await postgres.stop('immediate');
    await until(async () => (await healthOf(api)) === 'NOT_SERVING');
    const finished = complete(api, job);
    await until(() => callers.refused.length > 0);
    expect(await startRefused(api, `p-${topic}`)).toEqual(['DATABASE_UNAVAILABLE', true]);
    await away();
    expect(await healthOf(api)).toBe('NOT_SERVING');
    await postgres.restart();
    expect(await finished).toMatchObject({ repeated: false });
    await until(async () => (await healthOf(api)) === 'SERVING');
    await callers.acknowledgedMore(100);
    expect(new Set(callers.refused.map(({ refused }) => refused))).toEqual(new Set(['DATABASE_UNAVAILABLE']));
    await callers.check(postgres.url);
    expectClearLog(api.log, 1);
  },
  TIMEOUT_MS,
);

test(
  'an idle server notices too that its database is gone and back',
  async () => {
    const { postgres, api } = await running();
    await postgres.stop('fast');
    await until(async () => (await healthOf(api)) === 'NOT_SERVING');
    await postgres.restart();
    await until(async () => (await healthOf(api)) === 'SERVING');
    expectClearLog(api.log, 1);
  },
  TIMEOUT_MS,
);

test(
  'a server can be stopped while its database is gone: who waits is told',
  async () => {
    const { postgres, api } = await running();
    const topic = randomUUID();
    await deploy(api, tasks(`p-${topic}`, topic));
    await start(api, `p-${topic}`);
    const [job] = await lock(api, topic);
    if (job === undefined) throw new Error('no job');
    await postgres.stop('immediate');
    await until(async () => (await healthOf(api)) === 'NOT_SERVING');
    const told = expect(complete(api, job)).rejects.toThrow(/DATABASE_UNAVAILABLE/);
    await api.stop();
    await told;
  },
  TIMEOUT_MS,
);

test(
  'a database that becomes read-only is asked at a slowing pace, and used again when it can be written',
  async () => {
    const { postgres, api } = await running();
    const callers = await Callers.start(api, 20);
    await callers.acknowledgedMore(100);
    const lanes = await lanesOf(postgres.url);
    const readOnly = async (value: 'on' | 'off') => {
      await sql(postgres.url, `alter system set default_transaction_read_only = ${value}`);
      await sql(postgres.url, 'select pg_reload_conf()');
    };
    await readOnly('on');
    await until(async () => (await healthOf(api)) === 'NOT_SERVING');
    await until(() => callers.refused.length > 0);
    // Their sessions go: behind the same address there may be another server now, which can be written.
    const left = `select pid from pg_stat_activity where pid in (${lanes})`;
    await until(async () => (await sql(postgres.url, left)).length === 0);
    const begun = "select sessions from pg_stat_database where datname = 'postgres'";
    const before = Number((await sql(postgres.url, begun))[0]?.[0]);
    await away();
    const tries = Number((await sql(postgres.url, begun))[0]?.[0]) - before;
    expect(tries).toBeLessThan(20 + AWAY_MS / 50);
    await readOnly('off');
    await until(async () => (await healthOf(api)) === 'SERVING');
    await callers.acknowledgedMore(100);
    await callers.check(postgres.url);
    expectClearLog(api.log, 1);
  },
  TIMEOUT_MS,
);

test(
  'a database without a connection left: waited for while running, and a sentence at the start',
  async () => {
    const { postgres, api } = await running({
      settings: { max_connections: 12, superuser_reserved_connections: 0 },
    });
    const callers = await Callers.start(api, 20);
    await callers.acknowledgedMore(100);
    const others = await takeAllConnections(postgres.url);
    await sql(postgres.url, 'select 1').then(
      () => expect.fail('there was a connection left'),
      (error: unknown) => expect(String(error)).toMatch(/too many clients/),
    );
    const [first] = others;
    await first?.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'baton'");
    others.push(...(await takeAllConnections(postgres.url)));
    await until(async () => (await healthOf(api)) === 'NOT_SERVING');
    await until(() => callers.refused.length > 0);
    const late = openApi({ kind: 'postgres', url: postgres.url });
    await expect(late).rejects.toThrow(/has no connection left \(max_connections\): .*too many clients/);
    for (const other of others) await other.end();
    await until(async () => (await healthOf(api)) === 'SERVING');
    await callers.acknowledgedMore(100);
    await callers.check(postgres.url);
    expectClearLog(api.log, 1);
  },
  TIMEOUT_MS,
);

/** Until the server has none left. */
async function takeAllConnections(url: string): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch {
      return taken;
    }
    taken.push(client);
  }
}

/** The sessions of both lanes: those that are seen in the midst of a COMMIT. */
async function lanesOf(url: string): Promise<string> {
  const committing =
    "select pid from pg_stat_activity where application_name = 'baton' and state = 'active' and query = 'commit'";
  const seen = new Set<string | null>();
  await until(async () => {
    for (const [pid] of await sql(url, committing)) seen.add(pid ?? null);
    return seen.size === 2;
  });
  return [...seen].join();
}
