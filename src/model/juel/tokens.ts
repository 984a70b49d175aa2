/** The tokens of JUEL, the expression language of Camunda 7, and the problem that ends a translation. */

/** Thrown while translating; never leaves it. */
export class JuelProblem {
  readonly message: string;
  /** What to write instead. */
  readonly help: string;

  constructor(message: string, help = 'write it in FEEL, with a leading =') {
    this.message = message;
    this.help = help;
  }
}

export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end';
  /** A text without its quotes; operators that are words are given as their signs. */
  readonly text: string;
  /** Where it ends in the source. */
  readonly end: number;
}

const TOKEN =
  /\s*(?:([\p{L}_$][\p{L}\p{N}_$]*)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|('(?:\\.|[^\\'])*'|"(?:\\.|[^\\"])*")|(&&|\|\||[=!<>]=|[-+*/%<>!?:()[\].,{}]))/suy;

/** Operators that may be written as words. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
  ['eq', '=='],
  ['ne', '!='],
  ['lt', '<'],
  ['gt', '>'],
  ['le', '<='],
  ['ge', '>='],
  ['div', '/'],
  ['mod', '%'],
]);

export function tokenAt(source: string, from: number): Token {
  TOKEN.lastIndex = from;
  const match = TOKEN.exec(source);
  if (match === null) {
    const rest = source.slice(from).trim();
    if (rest === '') return { kind: 'end', text: '', end: source.length };
    throw new JuelProblem(`"${rest.slice(0, 50)}" can not be read`);
  }
  const [, name, number, quoted, sign = ''] = match;
  const end = TOKEN.lastIndex;
  if (number !== undefined) return { kind: 'number', text: number, end };
  if (quoted !== undefined) return { kind: 'text', text: quoted.slice(1, -1).replace(/\\(.)/gsu, '$1'), end };
  if (name === undefined) return { kind: 'sign', text: sign, end };
  const operator = WORDS.get(name);
  return operator === undefined ? { kind: 'name', text: name, end } : { kind: 'sign', text: operator, end };
}
