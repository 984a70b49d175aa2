// Fuzzes every RPC of the contract over a socket: requests from the descriptors with values that hit and values that are
// absurd, broken bytes, broken frames, odd headers, and odd models that are deployed and started.
import type { DescMethod } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { CreateProcessRequest } from '../../src/gen/baton/v1/processes.js';
import { methods } from '../contract/descriptors.js';
import { type Known, requestBytes } from '../contract/random-requests.js';
import { type Fuzzer, HANGS_AFTER_MS } from './campaign.js';
import type { Random } from './random.js';
import { oddFrame, oddHeaders, oddMessage } from './wire-bytes.js';
import { framed, type Headers, WireClient } from './wire-client.js';
import { type Below, judged } from './wire-rules.js';
import { ODD_PROCESSES, type WireWorld } from './wire-world.js';
import { within } from './within.js';
import { modelText, xmlText } from './xml-models.js';

interface RpcInput {
  readonly method: DescMethod;
  readonly headers: Headers;
  /** Frames and all. */
  readonly bytes: Buffer;
  readonly below: Below;
}

const unaries: readonly DescMethod[] = methods.filter(({ methodKind }) => methodKind !== 'bidi_streaming');

/** Services of which nothing is built answer all that is well-formed in one way. */
const LATER = new Set(['BatchService', 'RecoveryService']);
const built = unaries.filter(({ parent }) => !LATER.has(parent.name));

/** A call that waits, waits so long. */
const TIMEOUT: Headers = { 'grpc-timeout': '2S' };

export function rpcFuzzer({ address, known, check }: WireWorld): Fuzzer<RpcInput> {
  const client = new WireClient(address);
  const requests = new RandomRequests(known);
  return {
    kind: 'rpc',
    inFlight: 48,
    make: (random) => {
      const method = random.oneIn(6) ? random.pick(unaries) : random.pick(built);
      const message = random.oneIn(40) ? undefined : requests.of(random, method);
      if (message === undefined) return deployment(random);
      return random.way<RpcInput>([
        [60, () => ({ method, headers: TIMEOUT, bytes: framed(message), below: 'deadline' })],
        [25, () => broken(random, method, message, requests)],
        [5, () => ({ method, headers: TIMEOUT, bytes: oddFrame(random, message), below: 'frame' })],
        [
          10,
          () => ({
            method,
            headers: withTimeout(method, oddHeaders(random)),
            bytes: framed(message),
            below: 'headers',
          }),
        ],
      ]);
    },
    judge: async ({ method, headers, bytes, below }) => {
      const call = client.open(`/${method.parent.typeName}/${method.name}`, headers);
      call.raw(bytes);
      call.end();
      return judged(await within(HANGS_AFTER_MS, call.ended), below);
    },
    show: ({ method, headers, bytes }) =>
      `${method.name} ${JSON.stringify(headers)} ${bytes.subarray(0, 3_000).toString('base64')}`,
    finish: () => {
      client.close();
      check();
    },
  };
}

/** An odd one is fine, but for a stream that ends only with it. */
function withTimeout({ methodKind }: DescMethod, headers: Headers): Headers {
  return methodKind === 'server_streaming' ? { ...headers, ...TIMEOUT } : { ...TIMEOUT, ...headers };
}

function broken(random: Random, method: DescMethod, message: Uint8Array, requests: RandomRequests): RpcInput {
  const others = [requests.of(random, method), requests.of(random, random.pick(unaries))];
  return { method, headers: TIMEOUT, bytes: framed(oddMessage(random, message, others)), below: 'deadline' };
}

/** Models that deploy are started by other inputs, and their expressions and mappings run. */
function deployment(random: Random): RpcInput {
  const bpmnXml = random.oneIn(4) ? xmlText(random) : modelText(random, `odd-${random.below(ODD_PROCESSES)}`);
  const request = CreateProcessRequest.fromPartial({ bpmnXml });
  const method = methods.find(({ name }) => name === 'CreateProcess');
  if (method === undefined) throw new Error('the contract has no CreateProcess');
  return { method, headers: TIMEOUT, bytes: framed(CreateProcessRequest.encode(request).finish()), below: 'deadline' };
}

/** Keeps what makes requests of a type, since making that costs more than a request. */
class RandomRequests {
  readonly #known: Known;
  readonly #made = new Map<string, fc.Arbitrary<Uint8Array>>();

  constructor(known: Known) {
    this.#known = known;
  }

  of(random: Random, { input }: DescMethod): Uint8Array {
    const calm = random.oneIn(2);
    const key = `${input.typeName} ${calm}`;
    const arbitrary = this.#made.get(key) ?? requestBytes(input, this.#known, calm);
    this.#made.set(key, arbitrary);
    const [bytes] = fc.sample(arbitrary, { seed: random.bits() | 0, numRuns: 1 });
    return bytes ?? Buffer.alloc(0);
  }
}
