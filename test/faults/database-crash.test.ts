import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import type { Ref } from '../../src/core/state.js';
import { CALLER, deploy, openEngine, start } from '../support/engine.js';
import { tasks } from '../support/models.js';
import { startPostgres } from '../support/postgres.js';

const CRASHES = 10;
const STARTERS = 50;

test('I7: PostgreSQL stopped in an instant with COMMITs in flight, ten times: nothing acknowledged is lost, nothing is done twice', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.remove());
  const engine = await openEngine({ kind: 'postgres', url: server.url });
  const topic = randomUUID();
  const processId = await deploy(engine, tasks(`p-${topic}`, topic));
  const acknowledged: Ref[] = [];
  let asked = 0;
  let running = true;
  const starter = async (): Promise<void> => {
    while (running) {
      asked += 1;
      const request = { rpc: 'Create', requestId: `${topic}-${asked}`, hash: 'h' };
      acknowledged.push(await start(engine, `p-${topic}`, {}, { ...CALLER, request }));
    }
  };
  const starters = Array.from({ length: STARTERS }, starter);
  const acknowledgedReaches = async (count: number) => {
    while (acknowledged.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  for (let crash = 0; crash < CRASHES; crash++) {
    await acknowledgedReaches(acknowledged.length + 4 * STARTERS);
    await server.stop('immediate');
    expect(asked).toBeGreaterThan(acknowledged.length);
    await server.restart();
  }
  await acknowledgedReaches(acknowledged.length + STARTERS);
  running = false;
  await Promise.all(starters);
  expect(acknowledged).toHaveLength(asked);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id from process_instance where process_id = $1', [
    processId,
  ]);
  await client.end();
  expect(rows.map(({ id }) => Number(id)).sort()).toEqual(acknowledged.map(({ id }) => id).sort());
}, 120_000);
