/** Messages that start an instance, and messages that continue one of a million that wait. */
import type { BatonClient } from '@baton/client';
import { type Context, type Database, sleep } from '../context.js';
import { copyRate, fillCopies, keyOf } from '../copies.js';
import { endedIn } from '../counting.js';
import { messageStart, messageWait, recordedVariables } from '../event-models.js';
import { type Part, rounded } from '../part.js';
import { endedRoots, record, until } from '../recording.js';

/** Copies of the yardstick, and messages, that there may be. */
const MANY = 1_000_000;

/** Of those that wait, for the yardstick; the others are for the server. */
const YARDSTICK_SHARE = 0.5;

export const messagesThatStart: Part = {
  name: 'message_start',
  about: 'messages that start an instance each, which ends at once: sent in bulk calls of 100, eight at a time',
  keys: ['message_start_per_s', 'message_start_ratio'],
  async run(context) {
    const send = (client: BatonClient) => client.messages.send({ name: 'begin', correlationKey: keyOf(0) });
    const { database, transactions } = await record(context, {
      bpmnXml: messageStart,
      steps: [async (client, rows) => send(client).then(() => until(async () => (await endedRoots(rows)) === 1))],
      copies: MANY,
    });
    const bare = await copyRate(database, transactions, { first: 1, last: MANY, seconds: context.scale.seconds / 2 });
    const perSecond = await sending(context, database, { name: 'begin', limit: MANY });
    return {
      message_start_per_s: Math.round(perSecond),
      message_start_ratio: rounded(perSecond / bare.perSecond),
      message_start: { reference_per_s: Math.round(bare.perSecond) },
    };
  },
};

export const messagesThatContinue: Part = {
  name: 'message_continue',
  about: 'messages that continue an instance each, while a million instances wait for one',
  keys: ['message_continue_per_s', 'message_continue_ratio'],
  async run(context) {
    const waiting = context.scale.backlogJobs;
    const { database, transactions } = await record(context, {
      bpmnXml: messageWait,
      steps: [
        (client) => client.instances.create({ bpmnProcessId: 'message-wait', variables: recordedVariables }),
        async (client, rows) => {
          await client.messages.send({ name: 'go', correlationKey: keyOf(0) });
          await until(async () => (await endedRoots(rows)) === 1);
        },
      ],
      copies: waiting,
    });
    const [start = [], end = []] = transactions;
    context.progress(`filling in ${waiting} that wait`);
    await fillCopies(database, start, 1, waiting);
    context.progress('the yardstick');
    const split = Math.floor(waiting * YARDSTICK_SHARE);
    const seconds = context.scale.seconds / 2;
    const bare = await copyRate(database, [end], { first: split + 1, last: waiting, seconds });
    context.progress('the messages');
    const perSecond = await sending(context, database, { name: 'go', limit: split });
    return {
      message_continue_per_s: Math.round(perSecond),
      message_continue_ratio: rounded(perSecond / bare.perSecond),
      message_continue: { waiting, reference_per_s: Math.round(bare.perSecond) },
    };
  },
};

/** Instances that ended a second; each message ends one. */
async function sending(
  context: Context,
  database: Database,
  messages: { readonly name: string; readonly limit: number },
): Promise<number> {
  const { address } = await context.server(database);
  const sender = await context.program('sender', { address, ...messages });
  const began = new Date();
  const finished = sender.next<number>('finished');
  sender.send({ begin: true });
  await sleep(context.scale.warmUpSeconds);
  const from = new Date();
  await Promise.race([sleep(context.scale.seconds), finished]);
  const to = new Date();
  sender.send({ stop: true });
  const sent = await finished;
  await until(async () => (await endedRoots(database.client, began)) >= sent);
  const ended = await endedRoots(database.client, began);
  if (ended !== sent) throw new Error(`${sent} messages were taken, ${ended} instances have ended`);
  return (await endedIn(database.client, { from, to })) / ((to.getTime() - from.getTime()) / 1000);
}
