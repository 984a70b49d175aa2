/** Starts instances over the stream, with a bounded number in flight: the parent says how many have been completed. */
import { BatonClient } from '@baton/client';

const { address, bpmnProcessId, variables, inFlight } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  bpmnProcessId: string;
  variables: Record<string, unknown>;
  inFlight: number;
};

const starts = new BatonClient({ address }).instances.stream();
let started = 0;
let asked = 0;
let completed = 0;
let stopping = false;

function fill(): void {
  while (!stopping && asked - completed < inFlight) {
    asked += 1;
    starts.create({ bpmnProcessId, variables }).then(
      () => {
        started += 1;
      },
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  }
}

process.on('message', (message: { completed?: number; stop?: true }) => {
  completed = message.completed ?? completed;
  if (message.stop) stopping = true;
  fill();
});
setInterval(() => process.send?.({ started, idle: stopping && started === asked }), 5);
process.send?.({ ready: true });
