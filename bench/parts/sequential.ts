/** One instance alone: what the server adds to two transactions that nobody waits behind. */
import { percentile } from '../clock.js';
import { deploy, verify } from '../counting.js';
import { oneTask } from '../models.js';
import { type Part, rounded, type Target } from '../part.js';
import { loneReference } from '../reference.js';

const FACTOR = 1.5;
const MORE_MS = 1;

/** `at most 1.5 times plus 1 ms`, as the limit that this comes to. */
const within: Target = {
  text: `at most ${FACTOR} times bare SQL + ${MORE_MS} ms`,
  met: (value, { sequential }) => {
    const limit = typeof sequential === 'object' ? sequential?.limit_ms : undefined;
    return typeof limit === 'number' && value <= limit;
  },
};

export const sequential: Part = {
  name: 'sequential',
  about: 'one instance alone, from its start to its acknowledged end, against its two transactions as bare SQL',
  keys: ['sequential_ratio', 'sequential'],
  targets: { 'sequential.p50_ms': within },
  async run(context) {
    const { scale } = context;
    const { database, server } = await context.site();
    const { address } = server;
    await deploy(address, oneTask);
    const { id: bpmnProcessId, variables } = oneTask;
    const lone = await context.program('lone', { address, bpmnProcessId, topic: 'work', variables });
    const run = (seconds: number) => {
      const times = lone.next<readonly number[]>('times');
      lone.send({ seconds });
      return times;
    };
    const bare = () => loneReference(database.url, scale.seconds / 4);
    const began = new Date();
    const warmUp = await run(scale.warmUpSeconds);
    const verified = async (times: readonly number[]) => {
      await verify(database.client, began, warmUp.length + times.length);
      return times;
    };
    const before = await bare();
    const times = await run(scale.seconds / 2);
    const after = await bare();
    const [p50, bareP50] = [percentile(await verified(times), 0.5), percentile([...before, ...after], 0.5)];
    return {
      sequential_ratio: rounded(p50 / bareP50),
      sequential: {
        p50_ms: rounded(p50),
        p99_ms: rounded(percentile(times, 0.99)),
        bare_p50_ms: rounded(bareP50),
        limit_ms: rounded(FACTOR * bareP50 + MORE_MS),
      },
    };
  },
};
