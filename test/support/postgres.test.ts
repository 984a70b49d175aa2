import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type PostgresServer, startPostgres } from './postgres.js';

async function query(server: PostgresServer, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test('what was committed survives an immediate stop, and the server comes back on its port', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.remove());
  await query(server, 'create table kept as select 7 as value');
  const { port, pid } = server;
  await server.stop('immediate');
  await expect(query(server, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  expect(await query(server, 'select value from kept')).toEqual([{ value: 7 }]);
});

test('commits wait for the disk, as in production', async () => {
  const server = await startPostgres({ settings: { max_connections: 20 } });
  onTestFinished(() => server.remove());
  const names = `('fsync', 'synchronous_commit', 'full_page_writes', 'max_connections')`;
  expect(await query(server, `select name, setting from pg_settings where name in ${names} order by name`)).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'max_connections', setting: '20' },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
});
