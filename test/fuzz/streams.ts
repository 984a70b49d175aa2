// Fuzzes the two-way streams over sockets: conversations of frames in absurd order, with absurd numbers, with tokens of
// others and outcomes for jobs of others, broken anywhere. Each must end by itself when the client has ended it.
import fc from 'fast-check';
import { WorkRequest, WorkResponse } from '../../src/gen/baton/v1/jobs.js';
import {
  StreamCreateProcessInstancesRequest,
  StreamCreateProcessInstancesResponse,
} from '../../src/gen/baton/v1/process_instances.js';
import { methods } from '../contract/descriptors.js';
import { type Known, requestBytes } from '../contract/random-requests.js';
import { type Fuzzer, HANGS_AFTER_MS } from './campaign.js';
import type { Random } from './random.js';
import { oddFrame, oddMessage } from './wire-bytes.js';
import { type Ending, framed, type WireCall, WireClient } from './wire-client.js';
import { judged } from './wire-rules.js';
import type { WireWorld } from './wire-world.js';
import { within } from './within.js';

/** One thing that the client does. */
type Step =
  | { readonly does: 'send'; readonly bytes: Buffer; readonly times: number }
  | { readonly does: 'answer'; readonly how: 'complete' | 'fail' | 'return' | 'forget' }
  | { readonly does: 'listen' };

interface Conversation {
  readonly stream: 'Work' | 'StreamCreateProcessInstances';
  readonly steps: readonly Step[];
  readonly end: 'end' | 'reset';
  /** Whether frames of gRPC were broken, not only messages. */
  readonly oddFrames: boolean;
}

const PATHS = {
  Work: '/baton.v1.JobService/Work',
  StreamCreateProcessInstances: '/baton.v1.ProcessInstanceService/StreamCreateProcessInstances',
} as const;

const MOST = 2 ** 31 - 1;

/** A message below this size may come two hundred times. */
const FLOODED_BYTES = 20_000;

export function streamFuzzer({ address, known, check }: WireWorld): Fuzzer<Conversation> {
  const frames = new Frames(known);
  return {
    kind: 'stream',
    inFlight: 24,
    make: (random) => conversation(random, frames),
    judge: async ({ stream, steps, end, oddFrames }) => {
      // A connection of its own: what the server does not like there must not end the conversations of others.
      const client = new WireClient(address);
      const call = client.open(PATHS[stream], {});
      const ending = await converse(call, steps, end).finally(() => client.close());
      checkResponses(stream, call);
      if (end === 'reset' && ending.code === undefined) return `${stream}: reset by the client`;
      return `${stream}: ${judged(ending, oddFrames ? 'frame' : 'nothing')}`;
    },
    show: ({ stream, steps, end }) => {
      const shown = steps.map((step) =>
        step.does === 'send' ? `${step.bytes.toString('base64')}*${step.times}` : step.does,
      );
      return `${stream}: ${[...shown, end].join(' ')}`.slice(0, 4_000);
    },
    finish: check,
  };
}

async function converse(call: WireCall, steps: readonly Step[], end: Conversation['end']): Promise<Ending> {
  const jobs = new Jobs(call);
  for (const step of steps) await act(step, call, jobs);
  if (end === 'reset') call.reset();
  else call.end();
  return within(HANGS_AFTER_MS, call.ended);
}

function conversation(random: Random, frames: Frames): Conversation {
  const stream = random.oneIn(3) ? 'StreamCreateProcessInstances' : 'Work';
  const oddFrames = random.oneIn(15);
  const steps: Step[] = [];
  if (stream === 'Work' && !random.oneIn(8)) steps.push(send(frames.hello(random)));
  for (let count = random.between(1, 12); count > 0; count -= 1) {
    const message = stream === 'Work' ? workMessage(random, frames) : frames.starts(random);
    steps.push(
      random.way<Step>([
        [12, () => send(message, message.length < FLOODED_BYTES && random.oneIn(25) ? 200 : 1)],
        [2, () => ({ does: 'listen' })],
        // Only Work has jobs.
        [
          stream === 'Work' ? 2 : 0,
          () => ({ does: 'answer', how: random.pick(['complete', 'fail', 'return', 'forget']) }),
        ],
        [1, () => send(Buffer.from(oddMessage(random, message, [message, frames.any(random, stream)])))],
      ]),
    );
  }
  if (oddFrames) steps.push({ does: 'send', bytes: oddFrame(random, frames.any(random, stream)), times: 1 });
  return { stream, steps, end: random.oneIn(4) ? 'reset' : 'end', oddFrames };
}

function send(message: Buffer, times = 1): Step {
  return { does: 'send', bytes: framed(message), times };
}

function workMessage(random: Random, frames: Frames): Buffer {
  return random.way<Buffer>([
    [6, () => frames.work({ $case: 'credit', value: { jobs: credit(random), bytes: credit(random) } })],
    [3, () => frames.work({ $case: 'heartbeat', value: {} })],
    [4, () => frames.outcomes(random)],
    [1, () => frames.hello(random)],
    [1, () => frames.work({ $case: 'goodbye', value: { reason: 'done' } })],
    [6, () => frames.any(random, 'Work')],
  ]);
}

function credit(random: Random): number {
  return random.pick([1, 1, 5, 0, -1, 100, MOST, -MOST]);
}

async function act(step: Step, call: WireCall, jobs: Jobs): Promise<void> {
  switch (step.does) {
    case 'send':
      for (let times = step.times; times > 0; times -= 1) call.raw(step.bytes);
      return;
    case 'listen':
      return quiet();
    case 'answer':
      await quiet();
      return jobs.answer(step.how);
  }
}

/** A moment in which the server may answer: no condition, since it need not. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}

function checkResponses(stream: Conversation['stream'], call: WireCall): void {
  const type = stream === 'Work' ? WorkResponse : StreamCreateProcessInstancesResponse;
  for (const bytes of call.take()) type.decode(bytes);
}

/** The jobs that came over a stream, and what becomes of them. */
class Jobs {
  readonly #call: WireCall;
  #sequence = 0;

  constructor(call: WireCall) {
    this.#call = call;
  }

  answer(how: Extract<Step, { does: 'answer' }>['how']): void {
    const jobs = this.#call.take().flatMap((bytes) => {
      const { frame } = WorkResponse.decode(bytes);
      return frame?.$case === 'jobs' ? frame.value.jobs : [];
    });
    const refs = jobs.map(({ partition, id, lockToken }) => ({ partition, id, lockToken }));
    if (how === 'forget' || refs.length === 0) return;
    if (how === 'return') {
      this.#send({ $case: 'giveBack', value: { jobs: refs, reason: 'fuzz' } });
      return;
    }
    const outcomes = refs.map((job) => {
      this.#sequence += 1;
      const outcome =
        how === 'complete' ? { $case: 'complete', value: {} } : { $case: 'fail', value: { errorMessage: 'fuzz' } };
      return { sequence: this.#sequence, job, outcome };
    });
    this.#send({ $case: 'outcomes', value: { outcomes } });
  }

  #send(frame: object): void {
    this.#call.send(WorkRequest.encode(WorkRequest.fromPartial({ frame } as never)).finish());
  }
}

/** Messages of the two streams. */
class Frames {
  readonly #known: Known;
  readonly #any: Readonly<Record<Conversation['stream'], readonly fc.Arbitrary<Uint8Array>[]>>;

  constructor(known: Known) {
    this.#known = known;
    this.#any = { Work: this.#both('Work'), StreamCreateProcessInstances: this.#both('StreamCreateProcessInstances') };
  }

  any(random: Random, stream: Conversation['stream']): Buffer {
    const [bytes] = fc.sample(random.pick(this.#any[stream]), { seed: random.bits() | 0, numRuns: 1 });
    return Buffer.from(bytes ?? []);
  }

  hello(random: Random): Buffer {
    const digits = random.bits().toString(16).padStart(12, '0');
    const session = random.oneIn(4) ? 'c'.repeat(8) : digits.slice(0, 8);
    const value = {
      workerId: random.pick(['w', 'worker', 'x'.repeat(255)]),
      sessionId: `${session}-0000-4000-8000-${digits}`,
      generation: random.pick([1, 1, 2, MOST]),
      topics: [{ topic: 'work' }, ...(random.oneIn(3) ? [{ topic: random.pick(['more', 'nothing', 'work']) }] : [])],
      maxMessageBytes: random.pick([0, 0, 1_024, MOST]),
    };
    return this.work({ $case: 'hello', value });
  }

  /** For jobs that others hold, or nobody. */
  outcomes(random: Random): Buffer {
    const outcomes = random.list(4, () => ({
      sequence: random.pick([1, 1, 2, 3, 0, 2 ** 31, Number.MAX_SAFE_INTEGER]),
      job: {
        partition: random.pick([...this.#texts('partition'), '2026-02-30', '9999-12-31']),
        id: random.pick([...(this.#known.id ?? []), 1]),
        lockToken: random.pick([...this.#texts('lock_token'), 'garbage', '\u0000', '']),
      },
      outcome: random.pick([{ $case: 'complete', value: {} }, { $case: 'fail', value: { retries: -1 } }, undefined]),
    }));
    return this.work({ $case: 'outcomes', value: { outcomes, credit: { jobs: credit(random) } } });
  }

  starts(random: Random): Buffer {
    if (random.oneIn(3)) return this.any(random, 'StreamCreateProcessInstances');
    const requests = random.list(random.oneIn(20) ? 3_000 : 5, () => ({
      requestId: random.oneIn(20) ? '' : `${random.bits()}`,
      process: {
        $case: 'bpmnProcess',
        value: { bpmnProcessId: random.pick(['one', 'two', ...this.#texts('bpmn_process_id'), '', 'none']) },
      },
      variablesJson: random.pick(['', '{}', '{"a":1}', ...this.#texts('variables_json')]),
    }));
    const message = StreamCreateProcessInstancesRequest.fromPartial({ requests } as never);
    return Buffer.from(StreamCreateProcessInstancesRequest.encode(message).finish());
  }

  work(frame: object): Buffer {
    return Buffer.from(WorkRequest.encode(WorkRequest.fromPartial({ frame } as never)).finish());
  }

  #texts(name: string): readonly string[] {
    return (this.#known[name] ?? []).map(String);
  }

  #both(stream: Conversation['stream']): readonly fc.Arbitrary<Uint8Array>[] {
    const method = methods.find(({ name }) => name === stream);
    if (method === undefined) throw new Error(`the contract has no ${stream}`);
    return [requestBytes(method.input, this.#known, true), requestBytes(method.input, this.#known)];
  }
}
