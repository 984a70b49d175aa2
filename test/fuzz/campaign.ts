// One run of a fuzzer: makes inputs, has them judged, counts what comes out, and keeps what breaks a rule.
import { Script } from 'node:vm';
import { Random } from './random.js';

/** The kinds of inputs, by the name that `--only` takes. */
export const KINDS = ['xml', 'feel', 'rpc', 'stream'] as const;
export type Kind = (typeof KINDS)[number];

export interface Fuzzer<Input> {
  readonly kind: Kind;
  /** Inputs that are under way at once. */
  readonly inFlight: number;
  /** The same input for the same random choices. */
  make(random: Random): Input;
  /** Runs the input; the name of its outcome. Throws when a rule is broken. */
  judge(input: Input): string | Promise<string>;
  /** For people, and short. */
  show(input: Input): string;
  /** After the last input. Throws when the inputs together have broken a rule. */
  finish?(): void | Promise<void>;
}

export interface Range {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
}

export interface Finding {
  readonly kind: Kind;
  readonly seed: number;
  readonly input: number;
  readonly what: string;
  readonly shown: string;
}

export interface Tally {
  readonly kind: Kind;
  inputs: number;
  readonly outcomes: Record<string, number>;
  readonly findings: Finding[];
  /** The input that took longest. */
  slowest: { readonly input: number; readonly ms: number };
}

/** Findings after which a run ends: one cause mostly shows many times. */
const ENOUGH_FINDINGS = 10;

/** No input takes so long, not even on a machine that is very busy. */
export const HANGS_AFTER_MS = 60_000;

/** Who follows a run. */
export interface Hooks {
  /** The input is about to be judged: what is noted here outlives a crash. */
  readonly starting?: (input: number) => void;
  readonly progress?: (tally: Tally) => void;
}

export async function campaign<Input>(
  fuzzer: Fuzzer<Input>,
  { seed, first, count }: Range,
  { starting, progress }: Hooks = {},
): Promise<Tally> {
  const tally: Tally = { kind: fuzzer.kind, inputs: 0, outcomes: {}, findings: [], slowest: { input: first, ms: 0 } };
  let next = first;
  const lane = async () => {
    while (next < first + count && tally.findings.length < ENOUGH_FINDINGS) {
      const input = next;
      next += 1;
      starting?.(input);
      await one(fuzzer, seed, input, tally);
      if (tally.inputs % 1_000 === 0) progress?.(tally);
    }
  };
  await Promise.all(Array.from({ length: fuzzer.inFlight }, lane));
  try {
    await fuzzer.finish?.();
  } catch (thrown) {
    const shown = `all inputs from ${first} to ${next - 1}`;
    tally.findings.push({ kind: fuzzer.kind, seed, input: next - 1, what: whatOf(thrown), shown });
  }
  return tally;
}

async function one<Input>(fuzzer: Fuzzer<Input>, seed: number, number: number, tally: Tally): Promise<void> {
  const input = fuzzer.make(Random.of(seed, fuzzer.kind, number));
  const begun = performance.now();
  try {
    const judged = watched(() => fuzzer.judge(input));
    const outcome = typeof judged === 'string' ? judged : await judged;
    tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  } catch (thrown) {
    tally.findings.push({ kind: fuzzer.kind, seed, input: number, what: whatOf(thrown), shown: fuzzer.show(input) });
  }
  tally.inputs += 1;
  const ms = Math.round(performance.now() - begun);
  if (ms > tally.slowest.ms) tally.slowest = { input: number, ms };
}

function whatOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

const script = new Script('globalThis[Symbol.for("baton.fuzz")]()');

/** Work that does not yield is stopped from outside when it hangs. */
function watched<T>(work: () => T): T {
  let result: { readonly value: T } | undefined;
  Reflect.set(globalThis, Symbol.for('baton.fuzz'), () => {
    result = { value: work() };
  });
  script.runInThisContext({ timeout: HANGS_AFTER_MS });
  if (result === undefined) throw new Error('the work did not run');
  return result.value;
}

/** How to run a finding alone. */
export function described({ kind, seed, input, what, shown }: Finding): string {
  return `${what}\n  input: ${shown}\n  alone: npm run fuzz -- --only ${kind} --seed ${seed} --input ${input}`;
}
