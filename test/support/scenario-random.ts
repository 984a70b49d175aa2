/** Random structured processes and random paths through them, for property tests. */
import fc from 'fast-check';
import { type Elements, each, model, script, service, subProcess, task } from './scenario-model.js';

export type Block =
  | { readonly type: 'service'; readonly mapped: boolean }
  | { readonly type: 'pass' }
  | { readonly type: 'script'; readonly target: Name; readonly left: Name; readonly right: Name }
  | { readonly type: 'sequence'; readonly blocks: readonly Block[] }
  | { readonly type: 'exclusive'; readonly condition: string; readonly taken: Block; readonly otherwise: Block }
  | { readonly type: 'parallel'; readonly branches: readonly Block[] }
  | { readonly type: 'loop'; readonly rounds: number; readonly body: Block }
  | { readonly type: 'sub'; readonly local: Name | null; readonly body: Block }
  | { readonly type: 'inclusive'; readonly left: string; readonly right: string; readonly a: Block; readonly b: Block }
  | {
      readonly type: 'each';
      readonly items: readonly number[];
      readonly item: Name;
      readonly sequential: boolean;
      readonly enough: number | null;
      readonly body: Block;
    }
  | { readonly type: 'several'; readonly left: string; readonly right: string; readonly branches: readonly Block[] }
  | { readonly type: 'terminate' };

type Name = 'x' | 'y' | 'z';

const name = fc.constantFrom<Name>('x', 'y', 'z');
const condition = fc
  .tuple(name, fc.constantFrom('>', '<='), fc.integer({ min: 0, max: 9 }))
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);

export const block: fc.Arbitrary<Block> = fc.letrec<{ block: Block; leaf: Block }>((tie) => ({
  leaf: fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant('service' as const), mapped: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant<Block>({ type: 'pass' }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('script' as const), target: name, left: name, right: name }),
    },
    { weight: 1, arbitrary: fc.constant<Block>({ type: 'terminate' }) },
  ),
  block: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
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
    fc.record({ type: fc.constant('sub' as const), local: fc.option(name), body: tie('block') }),
    fc.record({
      type: fc.constant('inclusive' as const),
      left: condition,
      right: condition,
      a: tie('block'),
      b: tie('block'),
    }),
    fc.record({
      type: fc.constant('each' as const),
      items: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
      item: name,
      sequential: fc.boolean(),
      enough: fc.option(fc.integer({ min: 1, max: 2 })),
      body: tie('block'),
    }),
    fc.record({
      type: fc.constant('several' as const),
      left: condition,
      right: condition,
      branches: fc.array(tie('block'), { minLength: 3, maxLength: 3 }),
    }),
  ),
})).block;

export interface Step {
  readonly action: 'complete' | 'complete, with data' | 'fail' | 'set' | 'cancel';
  /** Which of the waiting elements, by its place among them. */
  readonly at: number;
  readonly name: Name;
  readonly value: number;
}

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    action: fc.oneof(
      { weight: 20, arbitrary: fc.constant('complete' as const) },
      { weight: 12, arbitrary: fc.constant('complete, with data' as const) },
      { weight: 6, arbitrary: fc.constant('fail' as const) },
      { weight: 3, arbitrary: fc.constant('set' as const) },
      { weight: 1, arbitrary: fc.constant('cancel' as const) },
    ),
    at: fc.nat({ max: 11 }),
    name,
    value: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 25 },
);

export interface RandomModel {
  readonly xml: string;
  /** Its data, and the counters of its loops. */
  readonly variables: Readonly<Record<string, number>>;
}

export function modelOf(body: Block): RandomModel {
  const writer = new Writer();
  const { arrows, elements } = writer.scope(body);
  const counters = Object.fromEntries(writer.counters.map((each) => [each, 0]));
  return { xml: model(arrows, elements), variables: { x: 1, y: 5, z: 9, ...counters } };
}

/** Where the next arrow begins: `a` or `a -[x > 1]`; none when every path before it has ended. */
type Exits = readonly string[];

interface Scope {
  readonly arrows: string;
  readonly elements: Elements;
}

class Writer {
  readonly counters: string[] = [];
  private count = 0;
  private arrows: string[] = [];
  private elements: Record<string, Elements[string]> = {};

  scope(body: Block): Scope {
    const outer = { arrows: this.arrows, elements: this.elements };
    this.arrows = [];
    this.elements = {};
    const start = this.fresh('start');
    this.to(this.write[body.type](body as never, [`${start} -`]), 'end');
    const { arrows, elements } = this;
    this.arrows = outer.arrows;
    this.elements = outer.elements;
    return { arrows: arrows.join('\n'), elements };
  }

  private fresh(prefix: string): string {
    this.count += 1;
    return `${prefix}${this.count}`;
  }

  private to(exits: Exits, prefix: string, element?: Elements[string]): Exits {
    if (exits.length === 0) return [];
    const id = this.fresh(prefix);
    for (const exit of exits) this.arrows.push(`${exit}> ${id}`);
    if (element !== undefined) this.elements[id] = element;
    return [`${id} -`];
  }

  private after(exits: Exits, label: string): Exits {
    return exits.map((exit) => `${exit}[${label}]-`);
  }

  private branch(from: Exits, body: Block): Exits {
    return from.length === 0 ? [] : this.write[body.type](body as never, from);
  }

  private readonly write: { readonly [T in Block['type']]: (body: Extract<Block, { type: T }>, from: Exits) => Exits } =
    {
      service: ({ mapped }, from) => {
        const mappings = mapped ? { inputs: { x: '= y + 1' }, outputs: { z: '= if x > 50 then 0 else x' } } : {};
        return this.to(from, 'work', service(mappings));
      },
      pass: (_, from) => this.to(from, 'pass', task()),
      script: ({ target, left, right }, from) =>
        this.to(from, 'compute', script(target, `if ${left} > 50 then 0 else ${left} + ${right}`)),
      sequence: ({ blocks }, from) => blocks.reduce((exits, each) => this.branch(exits, each), from),
      exclusive: ({ condition: isTrue, taken, otherwise }, from) => {
        const gateway = this.to(from, 'choose');
        const exits = [
          ...this.branch(this.after(gateway, isTrue), taken),
          ...this.branch(this.after(gateway, 'default'), otherwise),
        ];
        return this.to(exits, 'merge');
      },
      parallel: ({ branches }, from) => {
        const fork = this.to(from, 'fork');
        return this.to(
          branches.flatMap((each) => this.branch(this.to(fork, 'pass', task()), each)),
          'join',
        );
      },
      loop: ({ rounds, body }, from) => {
        const counter = this.fresh('i');
        this.counters.push(counter);
        const again = this.to(from, 'merge');
        const exits = this.branch(this.to(again, 'count', script(counter, `${counter} + 1`)), body);
        const choice = this.to(exits, 'choose');
        const target = again[0]?.replace(' -', '') ?? '';
        for (const exit of this.after(choice, `${counter} < ${rounds}`)) this.arrows.push(`${exit}> ${target}`);
        return this.after(choice, 'default');
      },
      sub: ({ local, body }, from) => {
        if (from.length === 0) return [];
        const scope = this.scope(body);
        const mappings = local === null ? {} : { inputs: { [local]: '= y' }, outputs: { x: `= ${local}` } };
        return this.to(from, 'sub', subProcess(scope.arrows, scope.elements, mappings));
      },
      /** Conditional flows out of an activity; each of its tokens goes its own way to the end. */
      inclusive: ({ left, right, a, b }, from) => {
        const activity = this.to(from, 'pass', task());
        this.to(this.branch(this.after(activity, left), a), 'end');
        this.to(this.branch(this.after(activity, right), b), 'end');
        return this.after(activity, 'default');
      },
      /** A sub-process for each item, which hides the variable of that name. */
      each: ({ items, item, sequential, enough, body }, from) => {
        if (from.length === 0) return [];
        const scope = this.scope(body);
        const element = each(subProcess(scope.arrows, scope.elements), {
          collection: `[${items.join(', ')}]`,
          item,
          sequential,
          output: [this.fresh('list'), `x + ${item}`],
          ...(enough === null ? {} : { until: `numberOfCompletedInstances >= ${enough}` }),
        });
        return this.to(from, 'each', element);
      },
      /** An inclusive split and its join, which also gets what a loop around it or an end inside it leaves. */
      several: ({ left, right, branches }, from) => {
        const split = this.to(from, 'split');
        const labels = [left, right, 'default'];
        const exits = branches.flatMap((each, index) => this.branch(this.after(split, labels[index] ?? ''), each));
        return this.to(exits, 'gather');
      },
      terminate: (_, from) => {
        this.to(from, 'terminate');
        return [];
      },
    };
}
