/** Processes that call another. */
import { sleep } from '../context.js';
import { copyRate } from '../copies.js';
import { calling } from '../event-models.js';
import { type Part, rounded } from '../part.js';
import { endedRoots, record, until } from '../recording.js';

/** Copies of the yardstick that there may be. */
const MANY = 1_000_000;

export const callActivity: Part = {
  name: 'call_activity',
  about: 'start -> call activity -> end, where the called process does nothing: calls a second, started over a stream',
  keys: ['call_activity_per_s', 'call_activity_ratio'],
  async run(context) {
    const { seconds, warmUpSeconds, inFlight: unanswered } = context.scale;
    const bpmnProcessId = 'calling';
    const { database, transactions } = await record(context, {
      bpmnXml: calling,
      steps: [
        async (client, rows) => {
          await client.instances.create({ bpmnProcessId });
          await until(async () => (await endedRoots(rows)) === 1);
        },
      ],
      copies: MANY,
    });
    const bare = await copyRate(database, transactions, { first: 1, last: MANY, seconds: seconds / 2 });
    const { address } = await context.server(database);
    const program = await context.program('calls', { address, bpmnProcessId, unanswered });
    const began = new Date();
    const finished = program.next<number>('finished');
    program.send({ begin: true });
    await sleep(warmUpSeconds);
    const from = new Date();
    await sleep(seconds);
    const to = new Date();
    program.send({ stop: true });
    const started = await finished;
    await until(async () => (await endedRoots(database.client, began)) >= started);
    const ended = await endedRoots(database.client, began);
    if (ended !== started) throw new Error(`${started} calls were started, ${ended} have ended`);
    const { rows } = await database.client.query<{ count: string }>(
      "select count(*) from process_instance where id <> root_id and state = 'COMPLETED' and ended_at > $1 and ended_at <= $2",
      [from, to],
    );
    const perSecond = Number(rows[0]?.count) / ((to.getTime() - from.getTime()) / 1000);
    return {
      call_activity_per_s: Math.round(perSecond),
      call_activity_ratio: rounded(perSecond / bare.perSecond),
      call_activity: { reference_per_s: Math.round(bare.perSecond) },
    };
  },
};
