/** Random structured processes, for property tests. */
import fc from 'fast-check';
import type {
  Activity,
  Awaited,
  Block,
  Catcher,
  Code,
  MessageName,
  Name,
  SignalName,
  Simple,
  Thrown,
} from './scenario-blocks.js';

export const name = fc.constantFrom<Name>('x', 'y', 'z');
export const code = fc.constantFrom<Code>('A', 'B');
export const message = fc.constantFrom<MessageName>('paid', 'sent');
const condition = fc
  .tuple(name, fc.constantFrom('>', '<='), fc.integer({ min: 0, max: 9 }))
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);

export const signal = fc.constantFrom<SignalName>('red', 'green');

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
  readonly cancelling: Block;
  readonly first: Block;
}

const listens = fc.oneof(
  { weight: 5, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.constantFrom(['start one'], ['end one'], ['start one', 'start two', 'end one']) },
);

const service = fc.record({
  type: fc.constant('service' as const),
  task: fc.constantFrom('service' as const, 'send' as const, 'businessRule' as const),
  mapped: fc.boolean(),
  listens,
});
const user = fc.constant<Activity>({ type: 'user' });
const receive = fc.record({ type: fc.constant('receive' as const), message, listens });

const compensate = fc.record({
  type: fc.constant('compensate' as const),
  named: fc.option(fc.nat({ max: 5 })),
  waits: fc.boolean(),
  ends: fc.boolean(),
});

const cancel = fc.record({ type: fc.constant('cancel' as const), code });

const none: readonly Catcher[] = [];

export const block: fc.Arbitrary<Block> = fc.letrec<Kinds>((tie: fc.LetrecTypedTie<Kinds>) => ({
  leaf: fc.oneof(
    { weight: 8, arbitrary: service },
    { weight: 4, arbitrary: user },
    { weight: 2, arbitrary: receive },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('pass' as const),
        task: fc.constantFrom('task' as const, 'manual' as const),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Block>({ type: 'mark' }) },
    { weight: 1, arbitrary: cancel },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('script' as const), target: name, left: name, right: name }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), event: awaited }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('tell' as const), message, ends: fc.boolean() }) },
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
  /** What is done, and a cancel after it or beside it. */
  cancelling: fc
    .tuple(fc.array(tie('undoable'), { minLength: 1, maxLength: 2 }), tie('leaf'), fc.boolean(), cancel)
    .map(([done, leaf, isBeside, end]): Block => {
      if (!isBeside) return { type: 'sequence', blocks: [...done, leaf, end] };
      const beside: Block = { type: 'sequence', blocks: [leaf, end] };
      return { type: 'parallel', branches: [{ type: 'sequence', blocks: done }, beside] };
    }),
  /** What may begin where no flow leads to it. */
  first: fc.oneof(
    { weight: 3, arbitrary: tie('activity') },
    tie('undoable'),
    fc.record({
      type: fc.constant('guarded' as const),
      body: tie('activity'),
      catchers: catchersOf(tie('block')),
      undo: fc.constant(null),
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
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('transaction' as const),
        body: fc.oneof({ weight: 3, arbitrary: tie('cancelling') }, { weight: 2, arbitrary: tie('block') }),
        catchers: fc.oneof(
          { weight: 2, arbitrary: fc.constant(none) },
          { weight: 1, arbitrary: catchersOf(tie('block')) },
        ),
        cancelled: tie('block'),
        undo: fc.option(tie('activity')),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('chosen' as const),
        choices: fc.array(fc.record({ first: tie('first'), next: fc.option(tie('block')) }), {
          minLength: 1,
          maxLength: 3,
        }),
        active: fc.option(fc.array(fc.nat({ max: 2 }), { maxLength: 3 }), { freq: 2 }),
        sequential: fc.boolean(),
        until: fc.option(condition),
        cancelsRemaining: fc.boolean(),
        catchers: fc.oneof(
          { weight: 2, arbitrary: fc.constant(none) },
          { weight: 1, arbitrary: catchersOf(tie('block')) },
        ),
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
