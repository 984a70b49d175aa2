// A real link between worker and server, into a network namespace of its own: it goes down without a word to either
// side, and comes back. Needs the rights of root; where it can not run, the name of the skipped test says why.
import { spawnSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { tasks } from '../support/models.js';
import { openClient, runServer } from '../support/network.js';
import { startProgram } from '../support/programs.js';

const JOBS = 10;

const call = (...words: readonly string[]) => spawnSync('ip', words, { encoding: 'utf8' });

function ip(...words: readonly string[]): void {
  const { status, stderr, error } = call(...words);
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${error?.message ?? stderr}`);
}

/** Why there can be no such link here; undefined when there can. */
function obstacle(): string | undefined {
  const name = `baton-probe-${process.pid}`;
  const { status, stderr, error } = call('netns', 'add', name);
  if (error !== undefined) return 'this machine has no program `ip`';
  if (status !== 0) return `no network namespace can be made: ${stderr.trim()}`;
  ip('netns', 'del', name);
  return undefined;
}

/** A pair of ends: one here, one in a namespace of its own, where nothing else is. */
function link() {
  const number = randomInt(1, 65_000);
  const [namespace, near, far] = [`baton-${number}`, `bt${number}a`, `bt${number}b`];
  const address = (last: number) => `10.213.${number >> 8}.${(number & 0xfc) + last}`;
  ip('netns', 'add', namespace);
  onTestFinished(() => ip('netns', 'del', namespace));
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace);
  ip('addr', 'add', `${address(1)}/30`, 'dev', near);
  ip('link', 'set', near, 'up');
  ip('-n', namespace, 'addr', 'add', `${address(2)}/30`, 'dev', far);
  ip('-n', namespace, 'link', 'set', far, 'up');
  const set = (state: 'up' | 'down') => ip('-n', namespace, 'link', 'set', far, state);
  return { namespace, host: address(1), down: () => set('down'), up: () => set('up') };
}

const missing = obstacle();

test.skipIf(missing !== undefined)(
  `I5: over a link that goes down and comes back each job is done once${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
    const wire = link();
    const flags = { listenHost: wire.host, heartbeatInterval: '300ms', resumeWindow: '1m', deadTime: '1m' };
    const server = await runServer(database.settings.url, flags);
    const near = openClient(server.address);
    const topic = randomUUID();
    await near.processes.create({ bpmnXml: tasks('linked', topic) });
    const worker = startProgram('test/support/far-worker.ts', { address: server.address, topic }, wire.namespace);
    onTestFinished(() => worker.stop());
    const counts = new Map<string, number>();
    const runs = new Map<number, number>();
    let wake: () => void = () => undefined;
    worker.child.on('message', ([event, { job = 0 }]: [string, { job?: number }]) => {
      counts.set(event, (counts.get(event) ?? 0) + 1);
      if (event === 'run') runs.set(job, (runs.get(job) ?? 0) + 1);
      wake();
    });
    const said = async (event: string, count: number) => {
      while ((counts.get(event) ?? 0) < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    await said('connected', 1);
    await near.instances.createMany(Array(JOBS).fill({ bpmnProcessId: 'linked' }));
    await said('run', JOBS);
    wire.down();
    await said('disconnected', 1);
    wire.up();
    await said('connected', 2);
    worker.child.send('finish');
    await said('accepted', JOBS);
    expect([...runs.values()]).toEqual(Array(JOBS).fill(1));
    expect(counts.get('lost')).toBeUndefined();
    const completed = { bpmnProcessId: 'linked', states: ['INSTANCE_STATE_COMPLETED'] } as const;
    expect(await near.instances.query(completed).toArray()).toHaveLength(JOBS);
  },
  90_000,
);
