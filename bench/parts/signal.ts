/** A signal to a hundred thousand waiting instances, and how starts fare meanwhile. */
import { BatonClient } from '@baton/client';
import { percentile } from '../clock.js';
import { sleep } from '../context.js';
import { copyRate, fillCopies } from '../copies.js';
import { count, deploy } from '../counting.js';
import { signalWait } from '../event-models.js';
import { oneTask } from '../models.js';
import { type Part, rounded } from '../part.js';
import { endedRoots, record, until } from '../recording.js';

/** Of a backlog; as many again are for the yardstick. */
const SHARE = 0.1;

/** Between one start and the next. */
const PAUSE_SECONDS = 0.02;

export const signal: Part = {
  name: 'signal',
  about:
    'a signal to 100 thousand waiting instances: seconds from sending it to the last end, and milliseconds that other ' +
    'starts take before and meanwhile',
  keys: ['signal_100k_s', 'signal_ratio'],
  async run(context) {
    const waiting = Math.ceil(context.scale.backlogJobs * SHARE);
    const { database, transactions } = await record(context, {
      bpmnXml: signalWait,
      steps: [
        (client) => client.instances.create({ bpmnProcessId: 'signal-wait' }),
        async (client, rows) => {
          await client.signals.send({ name: 'all' });
          await until(async () => (await endedRoots(rows)) === 1);
        },
      ],
      copies: 2 * waiting,
    });
    const [start = [], end = []] = transactions;
    context.progress(`filling in ${waiting} that wait`);
    await fillCopies(database, start, 1, 2 * waiting);
    // The yardstick ends all of its half, so that none of them waits for the signal.
    const bare = await copyRate(database, [end], { first: waiting + 1, last: 2 * waiting, seconds: Infinity });
    const { address } = await context.server(database);
    await deploy(address, oneTask);
    const client = new BatonClient({ address });
    context.atEnd(async () => client.close());
    const before = startsOf(client);
    await sleep(context.scale.seconds / 5);
    const alone = await before.stop();
    context.progress('the signal');
    const meanwhile = startsOf(client);
    const sentAt = new Date();
    await client.signals.send({ name: 'all' });
    // Ended instances are counted afterwards: a count of a hundred thousand would take from what is timed.
    const delivering = "select count(*) from task where type = 'DELIVER_SIGNAL'";
    await until(async () => (await count(database.client, delivering)) === 0);
    const beside = await meanwhile.stop();
    const ended = await endedRoots(database.client, sentAt);
    if (ended !== waiting) throw new Error(`${waiting} waited for the signal, ${ended} have ended`);
    const last = await database.client.query<{ at: Date }>('select max(ended_at) as at from process_instance');
    const seconds = ((last.rows[0]?.at.getTime() ?? 0) - sentAt.getTime()) / 1000;
    return {
      signal_100k_s: rounded(seconds),
      signal_ratio: rounded(waiting / seconds / bare.perSecond),
      signal: {
        waiting,
        reference_s: rounded(waiting / bare.perSecond),
        starts_before_p50_ms: alone.p50,
        starts_before_p99_ms: alone.p99,
        starts_meanwhile: beside.starts,
        starts_meanwhile_p50_ms: beside.p50,
        starts_meanwhile_p99_ms: beside.p99,
      },
    };
  },
};

/** One start after the other, until they are stopped: how long each waits for its answer. */
function startsOf(client: BatonClient) {
  const times: number[] = [];
  let stopping = false;
  const start = async () => {
    while (!stopping) {
      const began = performance.now();
      await client.instances.create({ bpmnProcessId: oneTask.id, variables: oneTask.variables });
      times.push(performance.now() - began);
      await sleep(PAUSE_SECONDS);
    }
  };
  const running = start();
  return {
    async stop() {
      stopping = true;
      await running;
      return { starts: times.length, p50: rounded(percentile(times, 0.5)), p99: rounded(percentile(times, 0.99)) };
    },
  };
}
