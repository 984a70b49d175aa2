/** Starts instances on a schedule, whatever the answers, and notes when each was started. */
import { BatonClient } from '@baton/client';
import { now } from '../clock.js';

const { address, bpmnProcessId, variables, perSecond, seconds } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  bpmnProcessId: string;
  variables: Record<string, unknown>;
  perSecond: number;
  seconds: number;
};

const client = new BatonClient({ address });
const starts: { instance: string; at: number; late: number }[] = [];
const calls: Promise<void>[] = [];

async function start(due: number): Promise<void> {
  const at = now();
  const { processInstance } = await client.instances.create({ bpmnProcessId, variables });
  starts.push({ instance: `${processInstance.partition}/${processInstance.id}`, at, late: at - due });
}

process.on('message', () => {
  const began = now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < perSecond * seconds; sent++) {
      const due = began + (sent * 1000) / perSecond;
      if (due > now()) return;
      calls.push(start(due));
    }
    clearInterval(timer);
    Promise.all(calls).then(() => process.send?.({ starts }));
  }, 1);
});

process.send?.({ ready: true });
