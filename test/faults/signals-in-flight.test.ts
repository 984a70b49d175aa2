// Signals while servers race and die: who waited when one was sent is reached once, and nobody else.
import { expect, onTestFinished, test } from 'vitest';
import { SendSignalRequest, SignalServiceService } from '../../src/gen/baton/v1/signals.js';
import { TestClient } from '../support/api.js';
import { freshDatabase } from '../support/databases.js';
import { deploy, openEngine, start } from '../support/engine.js';
import { sql, until } from '../support/outage.js';
import { startServer } from '../support/programs.js';
import { catching, file, signal } from '../support/scenario-model.js';

const COUNT = 450;

test('a signal is sent while another server starts those who wait for it, and its server is killed between its tasks: each of its receivers is reached once', async () => {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  onTestFinished(drop);
  const { url } = settings;
  const numberOf = async (query: string) => Number((await sql(url, `select count(*) from ${query}`))[0]?.[0]);
  const one = await openEngine(settings, {});
  await deploy(one, file({ id: 'w', arrows: 'start -> wait -> end', elements: { wait: catching(signal('go')) } }));
  await Promise.all(Array.from({ length: COUNT }, () => start(one, 'w', {})));
  await one.stop();
  const server = await startServer({ BATON_DATABASE_URL: url, BATON_LOG_LEVEL: 'error' });
  onTestFinished(() => server.kill());
  const other = await openEngine(settings, {});
  const late = Promise.all(Array.from({ length: 50 }, () => start(other, 'w', {})));
  const client = new TestClient(server.address);
  onTestFinished(() => client.close());
  await client.call(SignalServiceService.sendSignal, SendSignalRequest.fromPartial({ name: 'go' }));
  await server.kill();
  expect(await numberOf('signal_target')).toBeGreaterThan(0);
  await late;
  const receivers = Number((await sql(url, 'select subscriber_count from signal'))[0]?.[0]);
  expect(receivers).toBeGreaterThanOrEqual(COUNT);
  await until(async () => (await numberOf('signal_target')) === 0);
  expect(await numberOf("process_instance where state = 'COMPLETED'")).toBe(receivers);
  expect(await numberOf('signal_subscription')).toBe(COUNT + 50 - receivers);
  // Process, start, wait and end of each that was reached; the others have not come to their end.
  expect(await numberOf('element_instance')).toBe(4 * receivers + 3 * (COUNT + 50 - receivers));
}, 180_000);
