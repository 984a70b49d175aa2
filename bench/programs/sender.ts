/** Sends messages in bulk calls, some at the same time, to keys one after the other; says how many were taken. */
import { BatonClient } from '@baton/client';

const { address, name, limit } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  name: string;
  limit: number;
};

const CALLS = 8;
const PER_CALL = 100;

const client = new BatonClient({ address });
let asked = 0;
let sent = 0;
let stopping = false;

async function send(): Promise<void> {
  while (!stopping && asked < limit) {
    const count = Math.min(PER_CALL, limit - asked);
    const inputs = Array.from({ length: count }, () => {
      asked += 1;
      return { name, correlationKey: `key-${asked}` };
    });
    for (const { error } of await client.messages.sendMany(inputs)) {
      if (error !== undefined) throw error;
      sent += 1;
    }
  }
}

process.on('message', async (message: { begin?: true; stop?: true }) => {
  if (message.stop) stopping = true;
  if (!message.begin) return;
  await Promise.all(Array.from({ length: CALLS }, send));
  process.send?.({ finished: sent });
});
process.send?.({ ready: true });
