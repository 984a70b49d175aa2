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
  /** A complex gateway that so many flows are enough for, and what its reset begins. */
  | {
      readonly type: 'enough';
      readonly needed: number;
      readonly branches: readonly Block[];
      readonly late: Block | null;
    }
  /** An activity, events attached to it, and what undoes it. */
  | {
      readonly type: 'guarded';
      readonly body: Activity;
      readonly catchers: readonly Catcher[];
      readonly undo: Activity | null;
    }
  /** A scope, event sub-processes in it, and one that undoes it. */
  | {
      readonly type: 'watched';
      readonly body: Block;
      readonly catchers: readonly Catcher[];
      readonly undo: Block | null;
    }
  /** Of one activity beside it if there is any, or of all. */
  | {
      readonly type: 'compensate';
      readonly named: number | null;
      readonly waits: boolean;
      readonly ends: boolean;
    }
  | { readonly type: 'wait'; readonly event: Awaited }
  /** An event-based gateway. */
  | { readonly type: 'race'; readonly paths: readonly { readonly event: Awaited; readonly body: Block }[] }
  | { readonly type: 'tell'; readonly message: MessageName }
  | { readonly type: 'call out'; readonly signal: SignalName; readonly ends: boolean }
  /** A message and a signal together, and at last what may end it. */
  | {
      readonly type: 'announce';
      readonly message: MessageName;
      readonly signal: SignalName;
      readonly last: 'nothing' | 'error' | 'escalation' | 'terminate';
      readonly code: Code;
      readonly ends: boolean;
    }
  | { readonly type: 'link' }
  | { readonly type: 'error'; readonly code: Code }
  | { readonly type: 'escalate'; readonly code: Code; readonly ends: boolean }
  | { readonly type: 'terminate' };

export type Name = 'x' | 'y' | 'z';
export type MessageName = 'paid' | 'sent';
export type SignalName = 'red' | 'green';
export type Code = 'A' | 'B';

/** What comes from outside, from the clock or from data. */
export type Simple =
  | { readonly kind: 'timer'; readonly text: string }
  | { readonly kind: 'message'; readonly message: MessageName }
  | { readonly kind: 'signal'; readonly signal: SignalName }
  | { readonly kind: 'condition'; readonly text: string };

/** One event, or several of which any is enough or all are needed. */
export type Awaited =
  | Simple
  | { readonly kind: 'several'; readonly events: readonly (Simple | Thrown)[]; readonly all: boolean };

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

const signal = fc.constantFrom<SignalName>('red', 'green');

const simple: fc.Arbitrary<Simple> = fc.oneof(
  fc.record({
    kind: fc.constant('timer' as const),
    text: fc.constantFrom('PT1M', 'PT2M', 'PT3M', 'R2/PT1M', 'R3/PT2M'),
  }),
  fc.record({ kind: fc.constant('message' as const), message }),
  fc.record({ kind: fc.constant('signal' as const), signal }),
  fc
    .record({ kind: fc.constant('condition' as const), text: fc.tuple(name, fc.integer({ min: 3, max: 9 })) })
    .map(({ kind, text: [left, right] }) => ({ kind, text: `${left} > ${right}` })),
);

const several = fc.array(simple, { minLength: 2, maxLength: 3 });

const awaited: fc.Arbitrary<Awaited> = fc.oneof(
  { weight: 4, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('several' as const), events: several, all: fc.boolean() }),
  },
);

const thrown: fc.Arbitrary<Thrown> = fc.record({
  kind: fc.constantFrom('error' as const, 'escalation' as const),
  code: fc.constantFrom<Code | ''>('A', 'B', ''),
});

/** No two of them catch the same error or escalation. */
function catchersOf(body: fc.Arbitrary<unknown>): fc.Arbitrary<readonly Catcher[]> {
  const either = fc
    .tuple(simple, thrown)
    .map(([one, other]): Awaited => ({ kind: 'several', events: [one, other], all: false }));
  const event = fc.oneof(
    { weight: 3, arbitrary: awaited },
    { weight: 3, arbitrary: thrown },
    { weight: 1, arbitrary: either },
  );
  const catcher = fc.record({ event, interrupting: fc.boolean(), body: body as fc.Arbitrary<Block> });
  return fc.uniqueArray(catcher, {
    minLength: 1,
    maxLength: 3,
    selector: ({ event: { kind, ...event } }) => {
      const caught = kind === 'several' && 'events' in event ? event.events.at(-1) : { kind, ...event };
      return caught !== undefined && 'code' in caught ? `${caught.kind} ${caught.code}` : {};
    },
  });
}

interface Kinds {
  readonly block: Block;
  readonly leaf: Block;
  readonly activity: Activity;
  readonly undoable: Block;
}

const service = fc.record({ type: fc.constant('service' as const), mapped: fc.boolean() });
const user = fc.constant<Activity>({ type: 'user' });
const receive = fc.record({ type: fc.constant('receive' as const), message });

const compensate = fc.record({
  type: fc.constant('compensate' as const),
  named: fc.option(fc.nat({ max: 5 })),
  waits: fc.boolean(),
  ends: fc.boolean(),
});

const none: readonly Catcher[] = [];

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
    { weight: 2, arbitrary: fc.record({ type: fc.constant('call out' as const), signal, ends: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('announce' as const),
        message,
        signal,
        last: fc.constantFrom('nothing' as const, 'error' as const, 'escalation' as const, 'terminate' as const),
        code,
        ends: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: compensate },
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
  undoable: fc.record({
    type: fc.constant('guarded' as const),
    body: tie('activity'),
    catchers: fc.constant(none),
    undo: tie('activity'),
  }),
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
        undo: fc.option(tie('activity')),
      }),
    },
    { weight: 4, arbitrary: tie('undoable') },
    // What is done, something else, and the end of all that.
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.array(tie('undoable'), { minLength: 1, maxLength: 2 }), tie('leaf'), compensate)
        .map(([done, leaf, undo]) => ({ type: 'sequence' as const, blocks: [...done, leaf, undo] })),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('watched' as const),
        body: tie('block'),
        catchers: catchersOf(tie('block')),
        undo: fc.option(tie('block'), { freq: 2 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('enough' as const),
        needed: fc.integer({ min: 1, max: 3 }),
        branches: fc.array(tie('block'), { minLength: 2, maxLength: 3 }),
        late: fc.option(tie('block')),
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
    | 'fail, with retries'
    | 'throw an error'
    | 'throw an escalation'
    | 'send'
    | 'begin'
    | 'signal'
    | 'wait'
    | 'suspend'
    | 'resume'
    | 'set'
    | 'cancel';
  /** Which of the waiting elements, by its place among them. */
  readonly at: number;
  readonly name: Name;
  readonly value: number;
  readonly code: Code;
  readonly message: MessageName;
  readonly signal: SignalName;
  /** A message waits for who wants it. */
  readonly waits: boolean;
}

const WEIGHTS: Readonly<Record<Step['action'], number>> = {
  complete: 20,
  'complete, with data': 12,
  fail: 4,
  'fail, with retries': 4,
  'throw an error': 4,
  'throw an escalation': 4,
  send: 10,
  begin: 1,
  signal: 5,
  wait: 8,
  suspend: 2,
  resume: 4,
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
  signal,
  waits: fc.boolean(),
});

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 1, maxLength: 25 });
