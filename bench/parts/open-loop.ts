/** How long a start takes to reach a worker, and to its end, when starts come on a schedule and not when there is room. */
import { percentile } from '../clock.js';
import { deploy, verify } from '../counting.js';
import { oneTask } from '../models.js';
import { atMost, type Part, rounded } from '../part.js';

const PER_SECOND = 300;

/** Tails need many samples. */
const WINDOWS = 2;

interface Start {
  readonly instance: string;
  readonly at: number;
  readonly late: number;
}

interface Times {
  readonly came: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
}

export const openLoop: Part = {
  name: 'open_loop',
  about: `${PER_SECOND} unary starts a second on a schedule: milliseconds from the call to the job at the worker, and to the acknowledged end`,
  keys: ['open_loop'],
  targets: { 'open_loop.to_worker_p99_ms': atMost(15) },
  async run(context) {
    const { scale } = context;
    const { database, server } = await context.site();
    const { address } = server;
    await deploy(address, oneTask);
    const began = new Date();
    const seconds = scale.warmUpSeconds + WINDOWS * scale.seconds;
    const { id: bpmnProcessId, variables } = oneTask;
    const worker = await context.program('clocked-worker', { address, topic: 'work', concurrency: scale.inFlight });
    const input = { address, bpmnProcessId, variables, perSecond: PER_SECOND, seconds };
    const starter = await context.program('clocked-starter', input);
    const told = starter.next<readonly Start[]>('starts');
    starter.send({ begin: true });
    const starts = await told;
    const noted = worker.next<Times>('times');
    worker.send({ count: starts.length });
    const times = await noted;
    await verify(database.client, began, starts.length);
    const warm = Math.min(...starts.map(({ at }) => at)) + scale.warmUpSeconds * 1000;
    return {
      open_loop: latencies(
        starts.filter(({ at }) => at >= warm),
        times,
      ),
    };
  },
};

function latencies(starts: readonly Start[], { came, ended }: Times) {
  const until = (times: Times['came'], share: number) => {
    const latencies = starts.map(({ instance, at }) => (times[instance] ?? Number.POSITIVE_INFINITY) - at);
    return rounded(percentile(latencies, share));
  };
  return {
    starts: starts.length,
    to_worker_p50_ms: until(came, 0.5),
    to_worker_p99_ms: until(came, 0.99),
    to_end_p50_ms: until(ended, 0.5),
    to_end_p99_ms: until(ended, 0.99),
    // How well the schedule was kept: what a starter without room could not send in time would hide a wait.
    behind_schedule_p99_ms: rounded(
      percentile(
        starts.map(({ late }) => late),
        0.99,
      ),
    ),
  };
}
