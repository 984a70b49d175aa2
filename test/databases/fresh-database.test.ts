import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import type { DatabaseSettings } from '../support/template.js';

async function query(settings: DatabaseSettings, statement: string): Promise<unknown[]> {
  if (settings.kind === 'pglite') {
    const database = await PGlite.create(settings.folder);
    const { rows } = await database.query(statement);
    await database.close();
    return rows;
  }
  const client = new pg.Client({ connectionString: settings.url });
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

test('two fresh databases do not see each other', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()];
  await query(one.settings, 'create table only_here (id int)');
  const find = `select 1 as found from pg_class where relname = 'only_here'`;
  expect(await query(one.settings, find)).toEqual([{ found: 1 }]);
  expect(await query(other.settings, find)).toEqual([]);
  await one.drop();
  await other.drop();
});
