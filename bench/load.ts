/** A steady load: instances started from one side, their jobs completed on the other, so many in flight. */

import { type Context, type Server, sleep } from './context.js';
import { cpuSeconds } from './cpu.js';
import type { Model } from './models.js';
import type { BenchProgram } from './program.js';

interface Pair {
  readonly starter: BenchProgram;
  readonly worker: BenchProgram;
}

/** What was timed: a window of time, on the clock of this machine, which PostgreSQL has, too. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
  readonly seconds: number;
  /** CPU seconds that each side used in it. */
  readonly cpu: Readonly<Record<'server' | 'database' | 'starter' | 'worker', number | undefined>>;
}

export class Load {
  private readonly context: Context;
  private readonly servers: readonly Server[];
  private readonly pairs: readonly Pair[];
  private readonly model: Model;
  /** Jobs that were acknowledged as completed. */
  completed = 0;

  private constructor(context: Context, servers: readonly Server[], pairs: readonly Pair[], model: Model) {
    this.context = context;
    this.servers = servers;
    this.pairs = pairs;
    this.model = model;
    for (const { starter, worker } of pairs) {
      let before = 0;
      worker.on<number>('completed', (jobs) => {
        this.completed += jobs - before;
        before = jobs;
        starter.send({ completed: Math.floor(jobs / model.jobs) });
      });
    }
  }

  /** Each server has a starter and a worker of its own. */
  static async start(context: Context, servers: readonly Server[], model: Model): Promise<Load> {
    const instances = Math.max(1, Math.floor(context.scale.inFlight / model.width / servers.length));
    const pairs = await Promise.all(servers.map(({ address }) => startPair(context, address, model, instances)));
    const load = new Load(context, servers, pairs, model);
    for (const { starter } of pairs) starter.send({ completed: 0 });
    return load;
  }

  async window(seconds: number): Promise<Window> {
    const from = new Date();
    const began = performance.now();
    const before = this.cpu();
    await sleep(seconds);
    const after = this.cpu();
    const window = { from, to: new Date(), seconds: (performance.now() - began) / 1000 };
    this.check();
    const used = (side: keyof Window['cpu']) => difference(after[side], before[side]);
    return {
      ...window,
      cpu: { server: used('server'), database: used('database'), starter: used('starter'), worker: used('worker') },
    };
  }

  /** Throws if one of its programs has ended. */
  check(): void {
    for (const { starter, worker } of this.pairs) for (const program of [starter, worker]) program.check();
  }

  /** No more starts; resolves when what was started has ended, with how many were acknowledged as started. */
  async finish(): Promise<number> {
    const counts = await Promise.all(
      this.pairs.map(async ({ starter }) => {
        const started = lastStarted(starter);
        starter.send({ stop: true });
        return started;
      }),
    );
    const started = counts.reduce((sum, count) => sum + count, 0);
    while (this.completed < started * this.model.jobs) {
      await sleep(0.02);
      this.check();
    }
    await Promise.all(this.pairs.flatMap(({ starter, worker }) => [starter.stop(), worker.stop()]));
    return started;
  }

  private cpu(): Window['cpu'] {
    return {
      server: total(this.servers.map(({ pid }) => pid)),
      database: cpuSeconds(this.context.postgres.pid),
      starter: total(this.pairs.map(({ starter }) => starter.pid)),
      worker: total(this.pairs.map(({ worker }) => worker.pid)),
    };
  }
}

async function startPair(context: Context, address: string, model: Model, instances: number): Promise<Pair> {
  const [worker, starter] = await Promise.all([
    context.program('worker', { address, topic: 'work', concurrency: context.scale.inFlight, result: model.result }),
    context.program('starter', {
      address,
      bpmnProcessId: model.id,
      variables: model.variables,
      inFlight: instances,
    }),
  ]);
  return { starter, worker };
}

/** When all that was asked for has been answered: how many were started. */
async function lastStarted(starter: BenchProgram): Promise<number> {
  let started = 0;
  starter.on<number>('started', (count) => {
    started = count;
  });
  while (!(await starter.next<boolean>('idle'))) starter.check();
  return started;
}

function total(pids: readonly number[]): number | undefined {
  const seconds = pids.map(cpuSeconds);
  return seconds.includes(undefined) ? undefined : seconds.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
