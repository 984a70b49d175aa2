// A connection of the test itself, beside those of the server: it takes locks and watches. It ends with the test.
import pg from 'pg';
import { onTestFinished } from 'vitest';

export async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
