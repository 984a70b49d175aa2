/** Compiles the syntax of FEEL into closures: one compiler for each kind of node, found in one table. */
import { evaluate } from 'feelin';
import { isExact } from '../values.js';
import { compileCall, compileFunction } from './compile-calls.js';
import { compileFilter, compileFor, compilePath, compileQuantified } from './compile-lists.js';
import { compileComparison, compileInstanceOf, compileRange } from './compile-tests.js';
import { type Compiler, located, type NodeCompiler } from './compiler.js';
import { unescaped } from './escapes.js';
import { conjunction, decided, disjunction } from './logic.js';
import { type ArithmeticOperator, arithmetic } from './operators.js';
import type { Code, Frame } from './run.js';
import { type Reads, readName, type Scope } from './scopes.js';
import { childOf, nameOf, type Syntax, SyntaxProblem, shortened } from './syntax.js';

/** The compiler of one expression. */
export class ExpressionCompiler implements Compiler {
  readonly reads: Reads;

  constructor(reads: Reads) {
    this.reads = reads;
  }

  code(node: Syntax, scope: Scope | undefined): Code {
    const compiler = COMPILERS.get(node.name);
    if (compiler === undefined) {
      throw new SyntaxProblem(`"${shortened(node.text)}" can not be used here`);
    }
    return compiler(this, node, scope);
  }
}

function constant(value: unknown): Code {
  return () => value;
}

const COMPILERS: ReadonlyMap<string, NodeCompiler> = new Map<string, NodeCompiler>([
  ['NumericLiteral', (_compiler, node) => constant(readNumber(node))],
  ['StringLiteral', (_compiler, node) => constant(readText(node))],
  ['BooleanLiteral', (_compiler, node) => constant(node.text === 'true')],
  ['null', () => constant(null)],
  ['VariableName', (compiler, node, scope) => readName(nameOf(node), scope, compiler.reads)],
  ['ParenthesizedExpression', (compiler, node, scope) => compiler.code(childOf(node, 1), scope)],
  ['ArithmeticExpression', compileArithmetic],
  ['Conjunction', compileLogic(conjunction)],
  ['Disjunction', compileLogic(disjunction)],
  ['Comparison', compileComparison],
  ['InstanceOfExpression', compileInstanceOf],
  ['SimplePositiveUnaryTest', (compiler, node, scope) => compiler.code(childOf(node, 0), scope)],
  ['Interval', compileRange],
  ['IfExpression', compileIf],
  ['ForExpression', compileFor],
  ['QuantifiedExpression', compileQuantified],
  ['FilterExpression', compileFilter],
  ['PathExpression', compilePath],
  ['List', compileList],
  ['Context', compileContext],
  ['FunctionInvocation', compileCall],
  ['FunctionDefinition', compileFunction],
  ['DateTimeLiteral', compileDateTime],
]);

function readNumber(node: Syntax): number {
  const value = Number(node.text.replace(/\s/g, ''));
  if (!Number.isFinite(value) || !isExact(value)) {
    throw new SyntaxProblem(`the number ${shortened(node.text)} is beyond 2^53 and would lose digits`);
  }
  return value;
}

/** A text without its quotes. */
function readText(node: Syntax): string {
  return unescaped(node.text.slice(1, -1));
}

function compileArithmetic(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  if (node.children.length === 2) {
    const operand = compiler.code(childOf(node, 1), scope);
    return located(node, (run, frame) => arithmetic('-', 0, operand(run, frame), run));
  }
  const written = childOf(node, 1).text;
  const operator = (written === '^' ? '**' : written) as ArithmeticOperator;
  const left = compiler.code(childOf(node, 0), scope);
  const right = compiler.code(childOf(node, 2), scope);
  return located(node, (run, frame) => arithmetic(operator, left(run, frame), right(run, frame), run));
}

function compileLogic(combine: (left: Code, right: Code) => Code): NodeCompiler {
  return (compiler, node, scope) => {
    const left = compiler.code(childOf(node, 0), scope);
    const right = compiler.code(childOf(node, 2), scope);
    return located(node, combine(left, right));
  };
}

function compileIf(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const condition = compiler.code(childOf(node, 1), scope);
  const whenTrue = compiler.code(childOf(node, 3), scope);
  const whenFalse = compiler.code(childOf(node, 5), scope);
  const test = located(node, (run, frame) => decided(condition(run, frame), 'the condition of "if"'));
  return (run, frame) => (test(run, frame) === true ? whenTrue(run, frame) : whenFalse(run, frame));
}

function compileList(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const items = node.children.slice(1, -1).map((each) => compiler.code(each, scope));
  return (run, frame) => items.map((item) => item(run, frame));
}

/** Entries see those before them. */
function compileContext(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  let inner = scope;
  const names = new Set<string>();
  const entries = node.children.slice(1, -1).map((entry) => {
    const name = keyOf(childOf(entry, 0));
    if (names.has(name)) {
      throw new SyntaxProblem(`the entry "${name}" is given twice`);
    }
    names.add(name);
    const value = compiler.code(childOf(entry, 1), inner);
    inner = { name, kind: 'local', parent: inner };
    return { name, value };
  });
  return (run, frame) => {
    let current: Frame | undefined = frame;
    const made = entries.map(({ name, value }) => {
      current = { value: value(run, current), parent: current };
      return [name, current.value];
    });
    return Object.fromEntries(made);
  };
}

function keyOf(key: Syntax): string {
  const name = childOf(key, 0);
  return name.name === 'StringLiteral' ? readText(name) : nameOf(name);
}

/** `@"2026-11-23"` is checked when it is compiled; `date("2026-11-23")` is a call. */
function compileDateTime(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  if (node.children.length > 1) {
    return compileCall(compiler, node, scope);
  }
  const value = readDateTime(node.text);
  if (value === null) {
    throw new SyntaxProblem(`${shortened(node.text)} is no date, time or duration`);
  }
  return constant(value);
}

/** feelin answers null where the text is none, or throws, as for years before Christ. */
function readDateTime(text: string): unknown {
  try {
    return evaluate(text).value;
  } catch {
    return null;
  }
}
