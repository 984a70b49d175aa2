// PostgreSQL on a disk that is full. Mounting a small disk needs root: without it these tests are skipped.
import { expect, onTestFinished, test } from 'vitest';
import { openApi } from '../support/api.js';
import { Callers, expectClearLog, healthOf, until } from '../support/outage.js';
import { type PostgresOptions, startPostgres } from '../support/postgres.js';
import { type SmallDisk, smallDisk } from '../support/small-disk.js';

const MEGABYTE = 2 ** 20;
const BYTES = 20_000;

async function running(options: PostgresOptions) {
  const postgres = await startPostgres(options);
  onTestFinished(() => postgres.remove());
  const api = await openApi({ kind: 'postgres', url: postgres.url }, { databasePatienceMs: 200 });
  return { postgres, api };
}

/** Removed after the server on it. */
function diskOrSkip(megabytes: number, skip: (why: string) => never): SmallDisk {
  const disk = smallDisk(megabytes) ?? skip('only root may mount a small disk');
  onTestFinished(() => disk.remove());
  return disk;
}

test('I7: a full disk of the data is told to callers, nothing acknowledged is lost, and with room again it goes on', async ({
  skip,
}) => {
  const disk = diskOrSkip(160, skip);
  const { postgres, api } = await running({ dataIn: disk.folder, logIn: diskOrSkip(300, skip).folder });
  const callers = await Callers.start(api, 20, BYTES);
  await callers.acknowledgedMore(50);
  disk.fill(6 * MEGABYTE);
  await until(() => callers.refused.length > 0);
  expect(callers.refused[0]?.refused).toBe('DATABASE_UNAVAILABLE');
  disk.makeRoom();
  await callers.acknowledgedMore(50);
  await callers.check(postgres.url);
  await until(async () => (await healthOf(api)) === 'SERVING');
  const reasons = api.log.lines.map(({ facts }) => ('reason' in facts ? String(facts.reason) : ''));
  expect(reasons).toContainEqual(expect.stringMatching(/No space left on device/));
  expectClearLog(api.log);
}, 180_000);

test('I7: a full disk of the log ends PostgreSQL: when it is there again, the same server goes on and nothing is lost', async ({
  skip,
}) => {
  const disk = diskOrSkip(120, skip);
  const settings = { max_wal_size: '32MB', min_wal_size: '32MB', wal_recycle: 'off' };
  const { postgres, api } = await running({ logIn: disk.folder, settings });
  const callers = await Callers.start(api, 20, BYTES);
  await callers.acknowledgedMore(50);
  disk.fill(MEGABYTE);
  await until(() => callers.refused.length > 0);
  disk.makeRoom();
  // It may have ended by itself, or may be in the midst of its recovery.
  await postgres.stop('immediate');
  await postgres.restart();
  await callers.acknowledgedMore(50);
  await callers.check(postgres.url);
  await until(async () => (await healthOf(api)) === 'SERVING');
  expectClearLog(api.log);
}, 180_000);
