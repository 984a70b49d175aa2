/** The shape of a part of the benchmark: what it finds out, and how well that should be. */
import type { Context } from './context.js';
import type { Model } from './models.js';

/** Numbers by name, perhaps in groups; texts are for people. */
export type Figure = number | string | null | { readonly [name: string]: Figure };

export type Figures = Readonly<Record<string, Figure>>;

export interface Target {
  readonly text: string;
  /** `all` are the figures of all parts so far. */
  met(value: number, all: Figures): boolean;
}

export interface Part {
  /** What `--only` takes; so are the keys. */
  readonly name: string;
  readonly about: string;
  /** What the figures are called. */
  readonly keys: readonly string[];
  /** By the path of a figure, such as `open_loop.to_worker_p99_ms`. */
  readonly targets?: Readonly<Record<string, Target>>;
  /** What it runs, where that is one process under a steady load: `--profile` takes it. */
  readonly model?: Model;
  run(context: Context): Promise<Figures>;
}

export function atLeast(limit: number, more = ''): Target {
  return { text: `at least ${limit}${more}`, met: (value) => value >= limit };
}

export function atMost(limit: number, more = ''): Target {
  return { text: `at most ${limit}${more}`, met: (value) => value <= limit };
}

export function below(limit: number, more = ''): Target {
  return { text: `under ${limit}${more}`, met: (value) => value < limit };
}

/** As the figures are shown: three digits count. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
