// Random JUEL: its FEEL has the value that an interpreter of JUEL itself computes, or fails where JUEL changes types.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { translateJuel } from '../../src/model/juel.js';
import { evaluate } from './support.js';

const VARIABLES = { a: 7, b: -2, zero: 0, s: 'x', five: '5', t: true, none: null, list: [], o: { n: 3, u: null } };

/** JUEL text, and what the language says of its value; `strict` while no value was taken for one of another type. */
interface Case {
  readonly text: string;
  readonly run: (strict: Strict) => unknown;
}

/** What becomes of a run: whether FEEL has to have an answer too. */
class Strict {
  kept = true;

  /** JUEL goes on with another value. */
  coerced<T>(value: T): T {
    this.kept = false;
    return value;
  }

  number(value: unknown): number {
    return typeof value === 'number' ? value : this.coerced(Number(value));
  }

  /** FEEL divides by nothing, and has no number without end. */
  finite(value: number): number {
    return Number.isFinite(value) ? value : this.coerced(value);
  }

  truth(value: unknown): boolean {
    if (typeof value === 'boolean' || value === null) return value === true;
    return this.coerced(value === 'true');
  }

  /** Both sides as the language compares them: numbers when one is a number, else texts. */
  pair(a: unknown, b: unknown): readonly [number, number] | readonly [string, string] {
    if (typeof a === 'string' && typeof b === 'string') return [a, b];
    if (typeof a === 'number' || typeof b === 'number') return [this.number(a), this.number(b)];
    return this.coerced([String(a), String(b)]);
  }
}

const names = fc
  .constantFrom(...Object.keys(VARIABLES), 'o.n', "o['u']")
  .map((text): Case => ({ text, run: () => read(text) }));

function read(path: string): unknown {
  const [name = '', entry] = path.split(/\.|\['|'\]/);
  const value: unknown = VARIABLES[name as keyof typeof VARIABLES];
  return entry === undefined ? value : (value as Readonly<Record<string, unknown>>)[entry];
}

const literals = fc.oneof(
  fc.nat({ max: 9 }).map((value): Case => ({ text: String(value), run: () => value })),
  fc
    .constantFrom('', 'x', "it's", 'a"b\\c', 'two\nlines', '}')
    .map((value): Case => ({ text: `'${value.replace(/[\\']/g, '\\$&')}'`, run: () => value })),
  fc.constantFrom(true, false, null).map((value): Case => ({ text: String(value), run: () => value })),
);

type Apply = (a: unknown, b: unknown, strict: Strict) => unknown;

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  le: (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function order(operator: string): Apply {
  return (a, b, strict) => {
    const test = ORDERS[operator] as (order: number) => boolean;
    if (a === null || b === null) {
      const other = a ?? b;
      const isOrdered = other === null || typeof other === 'number' || typeof other === 'string';
      return isOrdered ? a === b && test(0) : strict.coerced(false);
    }
    const [x, y] = strict.pair(a, b);
    return test(x < y ? -1 : x > y ? 1 : 0);
  };
}

function equal(a: unknown, b: unknown, strict: Strict): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b;
  if (typeof a === 'object' || typeof b === 'object') return strict.coerced(a === b);
  const [x, y] = strict.pair(a, b);
  return x === y;
}

const BINARY: Readonly<Record<string, Apply>> = {
  '==': equal,
  ne: (a, b, strict) => !equal(a, b, strict),
  ...Object.fromEntries(Object.keys(ORDERS).map((operator) => [operator, order(operator)])),
  '+': (a, b, strict) => strict.finite(strict.number(a) + strict.number(b)),
  '-': (a, b, strict) => strict.finite(strict.number(a) - strict.number(b)),
  '*': (a, b, strict) => strict.finite(strict.number(a) * strict.number(b)),
  '/': (a, b, strict) => strict.finite(strict.number(a) / strict.number(b)),
  mod: (a, b, strict) => strict.finite(strict.number(a) % strict.number(b)),
};

const { tree } = fc.letrec<{ tree: Case }>((tie) => {
  const inner = tie('tree');
  const binary = fc.tuple(inner, fc.constantFrom(...Object.keys(BINARY)), inner).map(
    ([left, operator, right]): Case => ({
      text: `(${left.text} ${operator} ${right.text})`,
      run: (strict) => (BINARY[operator] as Apply)(left.run(strict), right.run(strict), strict),
    }),
  );
  const logic = fc.tuple(inner, fc.constantFrom('and', '||'), inner).map(
    ([left, operator, right]): Case => ({
      text: `(${left.text} ${operator} ${right.text})`,
      run: (strict) => {
        const first = strict.truth(left.run(strict));
        return first === (operator === '||') ? first : strict.truth(right.run(strict));
      },
    }),
  );
  const not = inner.map(({ text, run }): Case => ({ text: `!${text}`, run: (strict) => !strict.truth(run(strict)) }));
  const minus = inner.map(
    ({ text, run }): Case => ({ text: `(-${text})`, run: (strict) => -strict.number(run(strict)) }),
  );
  const empty = names.map(
    ({ text, run }): Case => ({
      text: `(empty ${text})`,
      run: (strict) => [null, ''].includes(run(strict) as null) || JSON.stringify(run(strict)) === '[]',
    }),
  );
  const choice = fc.tuple(inner, inner, inner).map(
    ([condition, yes, no]): Case => ({
      text: `(${condition.text} ? ${yes.text} : ${no.text})`,
      run: (strict) => (strict.truth(condition.run(strict)) ? yes : no).run(strict),
    }),
  );
  return {
    tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, names, literals, binary, logic, not, minus, empty, choice),
  };
});

test('a translation has the value of JUEL; it fails only where JUEL takes a value for one of another type', () => {
  let compared = 0;
  fc.assert(
    fc.property(tree, ({ text, run }) => {
      const translation = translateJuel(`\${${text}}`);
      if (translation === undefined || 'problem' in translation) return;
      const strict = new Strict();
      const expected = run(strict);
      const evaluation = evaluate(translation.feel, VARIABLES);
      if (evaluation.ok) {
        compared += 1;
        expect(JSON.stringify(evaluation.value)).toBe(JSON.stringify(expected));
      } else if (strict.kept) {
        throw new Error(`${translation.feel} fails, and JUEL says ${JSON.stringify(expected)}: ${evaluation.message}`);
      }
    }),
    { numRuns: 2000 },
  );
  expect(compared).toBeGreaterThan(300);
});
