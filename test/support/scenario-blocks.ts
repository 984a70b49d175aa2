/** Random structured processes, for property tests: blocks in blocks, and what may happen in them. */
import fc from 'fast-check';

/** What is done in one place; all but `sub` are leaves when they stand alone. */
export type Activity =
  | { readonly type: 'service'; readonly mapped: boolean }
  | { readonly type: 'user' }
  | { readonly type: 'receive'; readonly message: MessageName }
  | { readonly type: 'pass' }
  | { readonly type: 'script'; readonly target: Name; readonly left: Name; readonly right: Name }
  | { readonly type: 'sub'; readonly local: Name | null; readonly body: Block }
  | { readonly type: 'call'; readonly own: boolean; readonly body: Block }
  | {
      readonly type: 'each';
      readonly items: readonly number[];
      readonly item: Name;
      readonly sequential: boolean;
      readonly enough: number | null;
      readonly body: Block;
    }
  | { readonly type: 'again'; readonly rounds: number; readonly testBefore: boolean; readonly body: Block };

export type Block =
  | Activity
  | { readonly type: 'sequence'; readonly blocks: readonly Block[] }
  | { readonly type: 'exclusive'; readonly condition: string; readonly taken: Block; readonly otherwise: Block }
  | { readonly type: 'parallel'; readonly branches: readonly Block[] }
  | { readonly type: 'loop'; readonly rounds: number; readonly body: Block }
  | { readonly type: 'inclusive'; readonly left: string; readonly right: string; readonly a: Block; readonly b: Block }
  | { readonly type: 'several'; readonly left: string; readonly right: string; readonly branches: readonly Block[] }
  /** An activity, and events attached to it. */
  | { readonly type: 'guarded'; readonly body: Activity; readonly catchers: readonly Catcher[] }
  /** A scope, and event sub-processes in it. */
  | { readonly type: 'watched'; readonly body: Block; readonly catchers: readonly Catcher[] }
  | { readonly type: 'wait'; readonly event: Awaited }
  /** An event-based gateway. */
  | { readonly type: 'race'; readonly paths: readonly { readonly event: Awaited; readonly body: Block }[] }
  | { readonly type: 'tell'; readonly message: MessageName }
  | { readonly type: 'link' }
  | { readonly type: 'error'; readonly code: Code }
  | { readonly type: 'escalate'; readonly code: Code; readonly ends: boolean }
  | { readonly type: 'terminate' };

export type Name = 'x' | 'y' | 'z';
export type MessageName = 'paid' | 'sent';
export type Code = 'A' | 'B';

/** What comes from outside, from the clock or from data. */
export type Awaited =
  | { readonly kind: 'timer'; readonly text: string }
  | { readonly kind: 'message'; readonly message: MessageName }
  | { readonly kind: 'condition'; readonly text: string };

/** With an empty code all. */
export type Thrown = { readonly kind: 'error' | 'escalation'; readonly code: Code | '' };

export interface Catcher {
  readonly event: Awaited | Thrown;
  readonly interrupting: boolean;
  readonly body: Block;
}

const name = fc.constantFrom<Name>('x', 'y', 'z');
const code = fc.constantFrom<Code>('A', 'B');
const message = fc.constantFrom<MessageName>('paid', 'sent');
const condition = fc
  .tuple(name, fc.constantFrom('>', '<='), fc.integer({ min: 0, max: 9 }))
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);

const awaited: fc.Arbitrary<Awaited> = fc.oneof(
  fc.record({
    kind: fc.constant('timer' as const),
    text: fc.constantFrom('PT1M', 'PT2M', 'PT3M', 'R2/PT1M', 'R3/PT2M'),
  }),
  fc.record({ kind: fc.constant('message' as const), message }),
  fc
    .record({ kind: fc.constant('condition' as const), text: fc.tuple(name, fc.integer({ min: 3, max: 9 })) })
    .map(({ kind, text: [left, right] }) => ({ kind, text: `${left} > ${right}` })),
);

const thrown: fc.Arbitrary<Thrown> = fc.record({
  kind: fc.constantFrom('error' as const, 'escalation' as const),
  code: fc.constantFrom<Code | ''>('A', 'B', ''),
});

/** No two of them catch the same error or escalation. */
function catchersOf(body: fc.Arbitrary<unknown>): fc.Arbitrary<readonly Catcher[]> {
  const event = fc.oneof(awaited, thrown);
  const catcher = fc.record({ event, interrupting: fc.boolean(), body: body as fc.Arbitrary<Block> });
  return fc.uniqueArray(catcher, {
    minLength: 1,
    maxLength: 3,
    selector: ({ event }) => ('code' in event ? `${event.kind} ${event.code}` : {}),
  });
}

interface Kinds {
  readonly block: Block;
  readonly leaf: Block;
  readonly activity: Activity;
}

const service = fc.record({ type: fc.constant('service' as const), mapped: fc.boolean() });
const user = fc.constant<Activity>({ type: 'user' });
const receive = fc.record({ type: fc.constant('receive' as const), message });

export const block: fc.Arbitrary<Block> = fc.letrec<Kinds>((tie: fc.LetrecTypedTie<Kinds>) => ({
  leaf: fc.oneof(
    { weight: 8, arbitrary: service },
    { weight: 4, arbitrary: user },
    { weight: 2, arbitrary: receive },
    { weight: 1, arbitrary: fc.constant<Block>({ type: 'pass' }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('script' as const), target: name, left: name, right: name }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), event: awaited }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('tell' as const), message }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('error' as const), code }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('escalate' as const), code, ends: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant<Block>({ type: 'link' }) },
    { weight: 1, arbitrary: fc.constant<Block>({ type: 'terminate' }) },
  ),
  activity: fc.oneof(
    service,
    user,
    receive,
    fc.record({ type: fc.constant('sub' as const), local: fc.option(name), body: tie('block') }),
    fc.record({ type: fc.constant('call' as const), own: fc.boolean(), body: tie('block') }),
    fc.record({
      type: fc.constant('each' as const),
      items: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
      item: name,
      sequential: fc.boolean(),
      enough: fc.option(fc.integer({ min: 1, max: 2 })),
      body: tie('block'),
    }),
    fc.record({
      type: fc.constant('again' as const),
      rounds: fc.integer({ min: 0, max: 2 }),
      testBefore: fc.boolean(),
      body: tie('block'),
    }),
  ),
  block: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    { weight: 2, arbitrary: tie('activity') },
    fc.record({
      type: fc.constant('sequence' as const),
      blocks: fc.array(tie('block'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('exclusive' as const), condition, taken: tie('block'), otherwise: tie('block') }),
    fc.record({
      type: fc.constant('parallel' as const),
      branches: fc.array(tie('block'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('loop' as const),
      rounds: fc.integer({ min: 1, max: 3 }),
      body: tie('block'),
    }),
    fc.record({
      type: fc.constant('inclusive' as const),
      left: condition,
      right: condition,
      a: tie('block'),
      b: tie('block'),
    }),
    fc.record({
      type: fc.constant('several' as const),
      left: condition,
      right: condition,
      branches: fc.array(tie('block'), { minLength: 3, maxLength: 3 }),
    }),
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('guarded' as const),
        body: tie('activity'),
        catchers: catchersOf(tie('block')),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('watched' as const),
        body: tie('block'),
        catchers: catchersOf(tie('block')),
      }),
    },
    fc.record({
      type: fc.constant('race' as const),
      paths: fc.array(fc.record({ event: awaited, body: tie('block') }), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).block;

// --- What happens to them --------------------------------------------------------------------------------------------

export interface Step {
  readonly action:
    | 'complete'
    | 'complete, with data'
    | 'fail'
    | 'throw an error'
    | 'throw an escalation'
    | 'send'
    | 'wait'
    | 'set'
    | 'cancel';
  /** Which of the waiting elements, by its place among them. */
  readonly at: number;
  readonly name: Name;
  readonly value: number;
  readonly code: Code;
  readonly message: MessageName;
  /** A message waits for who wants it. */
  readonly waits: boolean;
}

const WEIGHTS: Readonly<Record<Step['action'], number>> = {
  complete: 20,
  'complete, with data': 12,
  fail: 4,
  'throw an error': 4,
  'throw an escalation': 4,
  send: 10,
  wait: 8,
  set: 4,
  cancel: 1,
};

const actions = Object.entries(WEIGHTS) as [Step['action'], number][];

export const step: fc.Arbitrary<Step> = fc.record({
  action: fc.oneof(...actions.map(([action, weight]) => ({ weight, arbitrary: fc.constant(action) }))),
  at: fc.nat({ max: 11 }),
  name,
  value: fc.integer({ min: 0, max: 9 }),
  code,
  message,
  waits: fc.boolean(),
});

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 1, maxLength: 25 });
