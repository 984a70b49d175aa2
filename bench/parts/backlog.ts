/** A million jobs that wait, from 400 days: the first and the last of them are handed out equally fast, in their order. */
import { BatonClient } from '@baton/client';
import { type Context, type Database, sleep } from '../context.js';
import { count } from '../counting.js';
import { dayOf, fill, makeDays, prepare } from '../fill.js';
import { buffersOf, explainLease } from '../lease-plan.js';
import { oneTask } from '../models.js';
import { atMost, type Part, rounded } from '../part.js';

const FACTOR = 1.3;

/** Instances that are started while all the others wait: their jobs come last. */
const FRESH = 100;

const TENTH = 0.1;

/** Of a tenth, at most. */
const WARM_UP_SHARE = 0.2;
const TIMED_SHARE = 0.6;

export const backlog: Part = {
  name: 'backlog',
  about:
    'a million waiting jobs of 400 days, handed out to one worker and completed: the first tenth and the last one ' +
    '(the others are deleted in between, in the long form handed out, too)',
  keys: ['backlog'],
  targets: { 'backlog.slower_by': atMost(FACTOR), 'backlog.overtaken': atMost(0) },
  async run(context) {
    const { backlogDays, backlogJobs: jobs, wholeBacklog } = context.scale;
    const database = await context.database();
    await prepare(context, database);
    context.progress(`making the tables of ${backlogDays} days`);
    const days = await makeDays(database.client, backlogDays);
    context.progress(`filling in ${jobs} jobs`);
    await fill(database, { instances: jobs, days, ended: false });
    const plan = await explainLease(database.url);
    const { address } = await context.server(database);
    const today = await dayOf(database.client, 0);
    await startFresh(address);
    context.progress('the first jobs');
    const first = await drain(context, { address, today });
    if (!wholeBacklog) await keepLast(database, Math.floor(jobs * TENTH));
    context.progress('the last jobs');
    const lastPlan = await explainLease(database.url);
    const last = await drain(context, { address, today, until: { database, left: jobs * TENTH } });
    const done = first.completed + last.completed;
    const there = await count(database.client, "select count(*) from job where state = 'DONE'");
    if (there !== done) throw new Error(`${done} jobs were completed, ${there} are so in the database`);
    if (first.fresh + last.fresh !== FRESH) throw new Error(`${FRESH} instances were started, not all got their turn`);
    const [one, other] = [first.perSecond, last.perSecond];
    return {
      backlog: {
        jobs,
        days: days.length,
        first_per_s: Math.round(one),
        last_per_s: Math.round(other),
        slower_by: rounded(Math.max(one, other) / Math.min(one, other)),
        overtaken: first.fresh + last.overtaken,
        plan_buffers: buffersOf(plan),
        last_plan_buffers: buffersOf(lastPlan),
        plan,
        last_plan: lastPlan,
      },
    };
  },
};

interface Drained {
  readonly perSecond: number;
  /** Jobs that were acknowledged as completed. */
  readonly completed: number;
  /** Jobs of the instances that were started last, and how many jobs came after one of these. */
  readonly fresh: number;
  readonly overtaken: number;
}

interface Draining {
  readonly address: string;
  readonly today: string;
  /** All is drained; what is timed begins when so many are left. Without it: only what is timed. */
  readonly until?: { readonly database: Database; readonly left: number };
}

async function drain(context: Context, { address, today, until }: Draining): Promise<Drained> {
  const { scale } = context;
  const input = { address, topic: 'work', concurrency: scale.inFlight, today };
  const program = await context.program('drainer', input);
  let now: Omit<Drained, 'perSecond'> = { completed: 0, fresh: 0, overtaken: 0 };
  program.on<typeof now>('progress', (progress) => {
    now = progress;
  });
  const waiting = ({ client }: Database) => count(client, 'select count(*) from open_job');
  while (until !== undefined && (await waiting(until.database)) > until.left + FRESH) {
    await sleep(1);
    program.check();
  }
  /** So long, or until so many jobs are done: what is timed lies within a tenth. */
  const pass = async (seconds: number, jobs: number) => {
    const [began, before] = [performance.now(), now.completed];
    const passed = () => (performance.now() - began) / 1000;
    while (passed() < seconds && now.completed - before < jobs) {
      await sleep(0.01);
      program.check();
    }
    return (now.completed - before) / passed();
  };
  const tenth = scale.backlogJobs * TENTH;
  await pass(scale.warmUpSeconds, WARM_UP_SHARE * tenth);
  const perSecond = await pass(scale.seconds, TIMED_SHARE * tenth);
  while (until !== undefined && (await waiting(until.database)) > 0) {
    await sleep(0.1);
    program.check();
  }
  const stopped = program.next<typeof now>('stopped');
  program.send({ stop: true });
  const ended = await stopped;
  await program.stop();
  return { ...ended, perSecond };
}

async function startFresh(address: string): Promise<void> {
  const client = new BatonClient({ address });
  const { id: bpmnProcessId, variables } = oneTask;
  const starts = await client.instances.createMany(Array.from({ length: FRESH }, () => ({ bpmnProcessId, variables })));
  client.close();
  for (const { error } of starts) if (error !== undefined) throw error;
}

/** The last ones of the order, and with them those that came later. */
async function keepLast({ client }: Database, jobs: number): Promise<void> {
  await client.query(
    'delete from open_job where (due_at, id) < ' +
      '(select due_at, id from open_job order by due_at desc, id desc offset $1 limit 1)',
    [jobs + FRESH - 1],
  );
  await client.query('vacuum (analyze) open_job');
}
