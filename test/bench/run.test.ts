import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../bench/context.js';
import { refuseUnsafe } from '../../bench/machine.js';
import type { Part } from '../../bench/part.js';
import { runParts } from '../../bench/run.js';
import { scaleOf } from '../../bench/scale.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ settings: { fsync: 'off' } });
});
afterAll(() => postgres.remove());

test('a database that may lose what it acknowledged is refused', async () => {
  const client = await connect(postgres.url);
  await expect(refuseUnsafe(client)).rejects.toThrow('fsync is off');
  await client.end();
});

test('a part that fails is told with its error, what it began is ended, and the others go on', async () => {
  const ended: string[] = [];
  const part = (name: string, run: Part['run']): Part => ({ name, about: name, keys: [name], run });
  const surroundings = {
    scale: scaleOf({ long: false, seconds: 1 }),
    postgres,
    serverSettings: {},
    progress: () => undefined,
  };
  const broken = part('broken', async (context) => {
    context.atEnd(async () => {
      ended.push('first');
    });
    context.atEnd(() => Promise.reject(new Error('this end fails')));
    throw new Error('it broke');
  });
  const outcome = await runParts(
    [
      broken,
      part('silent', async () => ({})),
      part('fine', async ({ earlier }) => ({ fine: Object.keys(earlier).length })),
    ],
    surroundings,
  );
  expect(outcome).toEqual({ figures: { fine: 0 }, errors: { broken: 'it broke', silent: 'it did not say silent' } });
  expect(ended).toEqual(['first']);
});

test('a part that hangs is given up', async () => {
  const scale = { ...scaleOf({ long: false, seconds: 1 }), partMinutes: 0.0001 };
  const hangs: Part = { name: 'hangs', about: '', keys: [], run: () => new Promise(() => undefined) };
  const { errors } = await runParts([hangs], { scale, postgres, serverSettings: {}, progress: () => undefined });
  expect(errors.hangs).toContain('did not end within');
});
