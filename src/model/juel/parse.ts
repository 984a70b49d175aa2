/** From the text of JUEL to a syntax tree, by the precedence that the language has. */
import { MAX_EXPRESSION_DEPTH, MAX_JUEL_TOKENS } from '../limits.js';
import { JuelProblem, type Token, tokenAt } from './tokens.js';

export type Juel =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'property'; readonly of: Juel; readonly name: string }
  | { readonly kind: 'item'; readonly of: Juel; readonly index: Juel }
  | { readonly kind: 'call'; readonly of: Juel | undefined; readonly name: string; readonly values: readonly Juel[] }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Juel }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Juel; readonly right: Juel }
  | { readonly kind: 'choice'; readonly test: Juel; readonly yes: Juel; readonly no: Juel };

export type UnaryOperator = '-' | '!' | 'empty';

/** From the loosest to the tightest; those of a level are read from the left. */
const LEVELS = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
] as const satisfies readonly (readonly string[])[];

export type BinaryOperator = (typeof LEVELS)[number][number];

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Reads the expression between braces; `end` is behind the closing one. */
export function parseBraces(source: string, from: number): { readonly tree: Juel; readonly end: number } {
  const parser = new Parser(source, from);
  const tree = parser.expression();
  return { tree, end: parser.close('}') };
}

class Parser {
  readonly #source: string;
  #token: Token;
  #depth = 0;
  #tokens = 0;

  constructor(source: string, from: number) {
    this.#source = source;
    this.#token = tokenAt(source, from);
  }

  expression(): Juel {
    this.#depth += 1;
    if (this.#depth > MAX_EXPRESSION_DEPTH) {
      throw new JuelProblem(`it is nested deeper than the limit of ${MAX_EXPRESSION_DEPTH} levels`);
    }
    const test = this.#binary(0);
    const tree = this.#takes('?') ? this.#choice(test) : test;
    this.#depth -= 1;
    return tree;
  }

  /** Behind the sign, which must be next; nothing behind it is read. */
  close(sign: string): number {
    const { end } = this.#token;
    if (!this.#is(sign)) throw this.#unexpected();
    return end;
  }

  #choice(test: Juel): Juel {
    const yes = this.expression();
    this.#expect(':');
    return { kind: 'choice', test, yes, no: this.expression() };
  }

  #binary(level: number): Juel {
    const operators: readonly BinaryOperator[] | undefined = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((each) => this.#takes(each));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Juel {
    const operators: UnaryOperator[] = [];
    for (let operator = this.#prefix(); operator !== undefined; operator = this.#prefix()) operators.push(operator);
    return operators.reduceRight<Juel>(
      (operand, operator) => ({ kind: 'unary', operator, operand }),
      this.#path(this.#value()),
    );
  }

  #prefix(): UnaryOperator | undefined {
    if (this.#takes('-')) return '-';
    if (this.#takes('!')) return '!';
    if (this.#token.kind !== 'name' || this.#token.text !== 'empty') return undefined;
    this.#next();
    return 'empty';
  }

  /** What follows a value: `.name`, `['name']`, `(...)`. */
  #path(start: Juel): Juel {
    let tree = start;
    for (;;) {
      if (this.#takes('.')) {
        const name = this.#name();
        tree = this.#is('(') ? this.#call(tree, name) : { kind: 'property', of: tree, name };
      } else if (this.#takes('[')) {
        const index = this.expression();
        this.#expect(']');
        const isName = index.kind === 'literal' && typeof index.value === 'string';
        tree = isName ? { kind: 'property', of: tree, name: String(index.value) } : { kind: 'item', of: tree, index };
      } else {
        return tree;
      }
    }
  }

  #value(): Juel {
    const { kind, text } = this.#token;
    if (this.#takes('(')) {
      const tree = this.expression();
      this.#expect(')');
      return tree;
    }
    if (kind === 'sign' || kind === 'end') throw this.#unexpected();
    this.#next();
    if (kind !== 'name') return { kind: 'literal', value: kind === 'number' ? Number(text) : text };
    const constant = CONSTANTS.get(text);
    if (constant !== undefined) return { kind: 'literal', value: constant };
    return this.#is('(') ? this.#call(undefined, text) : { kind: 'name', name: text };
  }

  #call(of: Juel | undefined, name: string): Juel {
    this.#expect('(');
    const values: Juel[] = [];
    while (!this.#takes(')')) {
      if (values.length > 0) this.#expect(',');
      values.push(this.expression());
    }
    return { kind: 'call', of, name, values };
  }

  #name(): string {
    const { kind, text } = this.#token;
    if (kind !== 'name') throw this.#unexpected();
    this.#next();
    return text;
  }

  #next(): void {
    this.#tokens += 1;
    if (this.#tokens > MAX_JUEL_TOKENS) {
      throw new JuelProblem(`it has more than ${MAX_JUEL_TOKENS} names, values and signs`, 'let a worker compute it');
    }
    this.#token = tokenAt(this.#source, this.#token.end);
  }

  #is(sign: string): boolean {
    return this.#token.kind === 'sign' && this.#token.text === sign;
  }

  #takes(sign: string): boolean {
    const found = this.#is(sign);
    if (found) this.#next();
    return found;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected();
  }

  #unexpected(): JuelProblem {
    const { kind, text } = this.#token;
    return new JuelProblem(kind === 'end' ? 'it ends too early' : `"${text.slice(0, 50)}" is not expected there`);
  }
}
