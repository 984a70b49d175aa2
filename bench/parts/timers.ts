/** Timers that are due at once, beside a million that wait. */
import { copyRate, fillCopies } from '../copies.js';
import { count } from '../counting.js';
import { timerWait } from '../event-models.js';
import { type Part, rounded } from '../part.js';
import { endedRoots, record, until } from '../recording.js';

/** Of those that wait, so many more are due; and so many are for the yardstick. */
const DUE_SHARE = 0.05;
const YARDSTICK_SHARE = 0.05;

/** Of the recorded instance: its waiting rows are looked at meanwhile. */
const RECORDED_WAIT = 'PT3S';

export const timers: Part = {
  name: 'timers',
  about: 'timers of 50 thousand instances, all due when the server begins, while a million others wait',
  keys: ['timers_per_s', 'timers_ratio'],
  async run(context) {
    const waiting = context.scale.backlogJobs;
    const due = Math.ceil(waiting * DUE_SHARE);
    const bareLast = waiting + Math.ceil(waiting * YARDSTICK_SHARE);
    const { database, transactions } = await record(context, {
      bpmnXml: timerWait,
      steps: [
        (client) => client.instances.create({ bpmnProcessId: 'timer-wait', variables: { wait: RECORDED_WAIT } }),
        (_client, rows) => until(async () => (await endedRoots(rows)) === 1),
      ],
      copies: bareLast + due,
    });
    const [start = [], end = []] = transactions;
    const dueAt = (when: string) =>
      database.client.query(`update bench_1.task_made_since_bench_0 set due_at = ${when}`);
    context.progress(`filling in ${waiting} that wait, and ${due} that are due`);
    await dueAt("now() + interval '41 days'");
    await fillCopies(database, start, 1, bareLast);
    const seconds = context.scale.seconds / 2;
    const bare = await copyRate(database, [end], { first: waiting + 1, last: bareLast, seconds });
    await dueAt("now() - interval '1 second'");
    await fillCopies(database, start, bareLast + 1, bareLast + due);
    context.progress('the timers');
    const began = new Date();
    await context.server(database);
    const isDue = "select count(*) from task where type = 'TRIGGER_TIMER' and due_at < now()";
    await until(async () => (await count(database.client, isDue)) === 0);
    const ended = await endedRoots(database.client, began);
    if (ended !== due) throw new Error(`${due} timers were due, ${ended} instances have ended`);
    const { rows } = await database.client.query<{ seconds: number }>(
      'select extract(epoch from max(ended_at) - min(ended_at))::float8 as seconds from process_instance where ended_at >= $1',
      [began],
    );
    const perSecond = due / Math.max(rows[0]?.seconds ?? 0, 0.001);
    return {
      timers_per_s: Math.round(perSecond),
      timers_ratio: rounded(perSecond / bare.perSecond),
      timers: { due, waiting, reference_per_s: Math.round(bare.perSecond) },
    };
  },
};
