/** What the writer of random models makes elements and arrows of. */
import type { Activity, Block } from './scenario-blocks.js';
import { businessRule, type ElementSpec, type Elements, send, service } from './scenario-model.js';

/** Where the next arrow begins: `a` or `a -[x > 1]`; none when every path before it has ended. */
export type Exits = readonly string[];

export interface Scope {
  readonly arrows: string;
  readonly elements: Elements;
}

/** An activity, and how its id begins. */
export type Named = readonly [prefix: string, element: ElementSpec];

export type Chosen = Extract<Block, { readonly type: 'chosen' }>;

export type Writers<B extends { readonly type: string }, Result> = {
  readonly [T in B['type']]: (body: Extract<B, { readonly type: T }>, from: Exits) => Result;
};

const ACTIVITIES: ReadonlySet<string> = new Set<Activity['type']>([
  ...(['service', 'user', 'receive', 'pass', 'script', 'sub', 'call', 'each', 'again'] as const),
]);

export const TASKS = { service, send, businessRule };

export function isActivity(body: Block): body is Activity {
  return ACTIVITIES.has(body.type);
}

/** Where no arrow comes from. */
export const NOWHERE = '';

export function isEnd(prefix: string, element: ElementSpec | undefined): boolean {
  return element === undefined ? /^(end|terminate)$/.test(prefix) : element.tag === 'endEvent';
}
