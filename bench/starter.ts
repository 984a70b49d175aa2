/** Starts instances in bulk calls, with a bounded number in flight: the parent says how many have been completed. */
import { BatonClient } from '@baton/client';

const { address, bpmnProcessId, variables, inFlight, perCall } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  bpmnProcessId: string;
  variables: Record<string, unknown>;
  inFlight: number;
  perCall: number;
};

const client = new BatonClient({ address });
let started = 0;
let asked = 0;
let completed = 0;
let stopping = false;

async function call(): Promise<void> {
  const answers = await client.instances.createMany(
    Array.from({ length: perCall }, () => ({ bpmnProcessId, variables })),
  );
  for (const { error } of answers) if (error !== undefined) throw error;
  started += answers.length;
}

function fill(): void {
  while (!stopping && asked - completed + perCall <= inFlight) {
    asked += perCall;
    call().then(fill, (error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }
}

process.on('message', (message: { completed?: number; stop?: true }) => {
  completed = message.completed ?? completed;
  if (message.stop) stopping = true;
  fill();
});
setInterval(() => process.send?.({ started, idle: stopping && started === asked }), 5);
process.send?.({ ready: true });
