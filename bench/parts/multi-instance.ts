/** A thousand tasks of one multi-instance activity, from the start to the end of their process. */
import { BatonClient } from '@baton/client';
import { percentile } from '../clock.js';
import { copyRate } from '../copies.js';
import { count } from '../counting.js';
import { manyTasks } from '../event-models.js';
import { type Part, rounded } from '../part.js';
import { endedRoots, record, until } from '../recording.js';

const TASKS = 1_000;

/** Copies of the yardstick that there may be. */
const MANY = 1_000;

const variables = { items: Array.from({ length: TASKS }, (_none, index) => index) };

export const multiInstance: Part = {
  name: 'multi_instance',
  about: 'an instance with 1,000 tasks of one parallel multi-instance activity, completed by one worker, in seconds',
  keys: ['multi_instance_1000_s', 'multi_instance_ratio'],
  async run(context) {
    const { seconds, inFlight: concurrency } = context.scale;
    const work = (address: string) => context.program('worker', { address, topic: 'work', concurrency });
    const bpmnProcessId = 'many-tasks';
    const { database, transactions } = await record(context, {
      bpmnXml: manyTasks,
      steps: [
        (client) => client.instances.create({ bpmnProcessId, variables }),
        async (_client, rows, address) => {
          const worker = await work(address);
          await until(async () => (await endedRoots(rows)) === 1);
          await worker.stop();
        },
      ],
      copies: MANY,
    });
    // Else the rows of the one instance would be found without their indexes, each by reading all of them.
    await database.client.query('vacuum (analyze)');
    const bare = await copyRate(database, transactions, {
      first: 1,
      last: MANY,
      seconds: seconds / 2,
      perTransaction: 1,
      connections: 1,
    });
    const { address } = await context.server(database);
    await work(address);
    const client = new BatonClient({ address });
    context.atEnd(async () => client.close());
    const began = new Date();
    const times: number[] = [];
    while (times.length === 0 || Date.now() - began.getTime() < seconds * 1000) {
      const startedAt = new Date();
      const { processInstance } = await client.instances.create({ bpmnProcessId, variables });
      const text = "select count(*) from process_instance where id = $1 and state = 'COMPLETED'";
      await until(async () => (await count(database.client, text, [processInstance.id])) === 1);
      const { rows } = await database.client.query<{ at: Date }>(
        'select ended_at as at from process_instance where id = $1',
        [processInstance.id],
      );
      times.push(((rows[0]?.at.getTime() ?? 0) - startedAt.getTime()) / 1000);
    }
    const done = await count(database.client, "select count(*) from job where state = 'DONE' and completed_at >= $1", [
      began,
    ]);
    if (done !== times.length * TASKS)
      throw new Error(`${times.length * TASKS} tasks were to be done, ${done} are so in the database`);
    const median = percentile(times, 0.5);
    return {
      multi_instance_1000_s: rounded(median),
      multi_instance_ratio: rounded(1 / median / bare.perSecond),
      multi_instance: { instances: times.length, reference_s: rounded(1 / bare.perSecond) },
    };
  },
};
