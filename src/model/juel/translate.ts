/**
 * From a tree of JUEL to FEEL. What comes out has the value that JUEL computes, or is a problem where JUEL would take
 * a value for one of another type ("5" for 5, null for 0): an incident can be repaired, a silent difference can not.
 */
import { translateCall } from './calls.js';
import type { BinaryOperator, Juel } from './parse.js';
import { JuelProblem } from './tokens.js';

/** FEEL text that needs no brackets around it, and the type of its value where it is known. */
export interface Feel {
  readonly text: string;
  readonly type: 'truth' | 'number' | 'text' | 'null' | 'unknown';
}

export function translate(tree: Juel): Feel {
  switch (tree.kind) {
    case 'literal':
      return literal(tree.value);
    case 'name':
      return { text: variable(tree.name), type: 'unknown' };
    case 'property':
      return { text: property(translate(tree.of).text, tree.name), type: 'unknown' };
    case 'item':
      throw itemProblem(tree.of, tree.index);
    case 'call':
      throw callProblem(tree);
    case 'unary':
      return unary(tree.operator, tree.operand);
    case 'binary':
      return binary(tree.operator, tree.left, tree.right);
    case 'choice':
      return choice(tree.test, tree.yes, tree.no);
  }
}

/** Only what is true counts as true: null is false, as in JUEL, and other types are a problem, as in FEEL. */
function truth(tree: Juel): string {
  const { text, type } = translate(tree);
  if (type === 'truth') return text;
  if (type === 'unknown') return `(${text} = true)`;
  throw new JuelProblem(`${text} is neither true nor false`, 'compare it with something');
}

/** The text of any value but null. */
export function asText({ text, type }: Feel): string {
  return type === 'text' ? text : `string(${text})`;
}

export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(CONTROLS, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

const CONTROLS = /\p{Cc}/gu;

// --- Values ----------------------------------------------------------------------------------------------------------

function literal(value: string | number | boolean | null): Feel {
  if (value === null) return { text: 'null', type: 'null' };
  if (typeof value === 'string') return { text: quoted(value), type: 'text' };
  return { text: String(value), type: typeof value === 'boolean' ? 'truth' : 'number' };
}

/** A name that FEEL can read as it stands. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

const KEYWORDS: ReadonlySet<string> = new Set(
  'if then else for in return some every satisfies instance of between function external and or not null true false'.split(
    ' ',
  ),
);

/** What Camunda 7 puts beside the variables. */
const BEANS: ReadonlyMap<string, string> = new Map([
  ['execution', 'write the name of the variable that is meant, or pass what is meant as a variable when starting'],
  ['task', 'write the name of the variable that is meant'],
  ['externalTask', 'write the name of the variable that is meant'],
  ['caseExecution', 'write the name of the variable that is meant'],
  ['connector', 'a worker takes the place of a connector'],
  ['authenticatedUserId', 'pass the user as a variable'],
  ['currentUser', 'pass the user as a variable'],
]);

function variable(name: string): string {
  const help = BEANS.get(name);
  if (help !== undefined) throw new JuelProblem(`"${name}" is no variable`, help);
  if (!NAME.test(name) || KEYWORDS.has(name)) {
    throw new JuelProblem(`"${name}" can not be the name of a variable in FEEL`, 'rename the variable');
  }
  return name;
}

/** A name that FEEL can not read is looked up. */
export function property(of: string, name: string): string {
  return NAME.test(name) && !KEYWORDS.has(name) ? `${of}.${name}` : `get value(${of}, ${quoted(name)})`;
}

function itemProblem(of: Juel, index: Juel): JuelProblem {
  const list = translate(of).text;
  if (index.kind === 'literal' && typeof index.value === 'number') {
    return new JuelProblem('it reads an item by its position', `FEEL counts from 1: =${list}[${index.value + 1}]`);
  }
  const key = translate(index).text;
  const help = `in FEEL, an entry is =get value(${list}, ${key}) and an item, counted from 1, is =${list}[${key}]`;
  return new JuelProblem('it reads an entry whose name is computed', help);
}

function callProblem(tree: Juel & { readonly kind: 'call' }): JuelProblem {
  const called = tree.of === undefined ? `the function "${tree.name}"` : `the method "${tree.name}"`;
  return new JuelProblem(
    `it calls ${called}`,
    translateCall(tree, (each) => translate(each).text),
  );
}

/** Where a part is written more than once: text that is short, and whose value is computed at no cost. */
function repeatable(tree: Juel, what: string): string {
  for (let each = tree; each.kind !== 'name' && each.kind !== 'literal'; each = each.of) {
    if (each.kind !== 'property') {
      throw new JuelProblem(`${what} is applied to more than a name`, 'compute it into a variable first');
    }
  }
  return translate(tree).text;
}

// --- Operators -------------------------------------------------------------------------------------------------------

function unary(operator: '-' | '!' | 'empty', operand: Juel): Feel {
  if (operator === '!') return { text: `not(${truth(operand)})`, type: 'truth' };
  if (operator === '-') return { text: `(-${number(operand)})`, type: 'number' };
  const value = repeatable(operand, '"empty"');
  // Inside lists, FEEL compares values of any types.
  const nothing = ['""', '[]', '{}'].map((each) => `[${value}] = [${each}]`);
  return { text: `(${[`${value} = null`, ...nothing].join(' or ')})`, type: 'truth' };
}

function binary(operator: BinaryOperator, left: Juel, right: Juel): Feel {
  switch (operator) {
    case '||':
      return { text: `(${truth(left)} or ${truth(right)})`, type: 'truth' };
    case '&&':
      return { text: `(${truth(left)} and ${truth(right)})`, type: 'truth' };
    case '==':
    case '!=':
      return equality(operator, left, right);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return order(operator, left, right);
    case '+':
      return { text: `sum(${number(left)}, ${number(right)})`, type: 'number' };
    case '%':
      return remainder(left, right);
    default:
      return { text: `(${number(left)} ${operator} ${number(right)})`, type: 'number' };
  }
}

function equality(operator: '==' | '!=', left: Juel, right: Juel): Feel {
  const [a, b] = [translate(left), translate(right)];
  if (a.type !== b.type && CONSTANT.has(a.type) && CONSTANT.has(b.type)) {
    const help = `FEEL compares values of one type: make text of one with string(...), or a number with number(...)`;
    throw new JuelProblem(`it compares ${a.text} with ${b.text}, which is of another type`, help);
  }
  return { text: `(${a.text} ${operator === '==' ? '=' : '!='} ${b.text})`, type: 'truth' };
}

const CONSTANT: ReadonlySet<Feel['type']> = new Set(['truth', 'number', 'text']);

/** FEEL knows no answer where one side is null; JUEL says false, or true where both are and may be equal. */
function order(operator: '<' | '<=' | '>' | '>=', left: Juel, right: Juel): Feel {
  const [a, b] = [translate(left), translate(right)];
  const compared = `((${a.text} ${operator} ${b.text}) = true)`;
  if (a.type === 'null' || b.type === 'null') {
    throw new JuelProblem('it asks for the order of null', 'compare with null by == or !=');
  }
  const mayBothBeNull = a.type === 'unknown' && b.type === 'unknown' && operator.length === 2;
  if (!mayBothBeNull) return { text: compared, type: 'truth' };
  const [x, y] = [repeatable(left, `"${operator}"`), repeatable(right, `"${operator}"`)];
  return { text: `(${compared} or [${x}, ${y}] = [null, null])`, type: 'truth' };
}

/** What must be a number. FEEL's own rules find the rest. */
function number(tree: Juel): string {
  const { text, type } = translate(tree);
  if (type === 'number' || type === 'unknown') return text;
  const help = type === 'text' ? 'texts are joined in FEEL: ="a" + string(b); number("5") makes a number' : undefined;
  throw new JuelProblem(`it computes with ${text}, which is no number`, help);
}

/** Java's remainder has the sign of the dividend, FEEL's modulo that of the divisor. */
function remainder(left: Juel, right: Juel): Feel {
  number(left);
  const dividend = repeatable(left, '"%"');
  const sign = `(if ${dividend} < 0 then -1 else 1)`;
  return { text: `(${sign} * modulo(abs(${dividend}), abs(${number(right)})))`, type: 'number' };
}

function choice(test: Juel, yes: Juel, no: Juel): Feel {
  const [a, b] = [translate(yes), translate(no)];
  const type = a.type === b.type ? a.type : 'unknown';
  return { text: `(if ${truth(test)} then ${a.text} else ${b.text})`, type };
}
