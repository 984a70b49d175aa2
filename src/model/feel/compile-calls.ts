/** Calls of functions, built in or of the expression itself, and their definitions. */
import { BUILT_INS, REFUSED_FUNCTIONS } from './builtins.js';
import { compileType, type TypeCheck } from './compile-tests.js';
import { absentAsNull, type Compiler, costOf, located } from './compiler.js';
import { type BuiltIn, callBuiltIn, type Signature } from './functions.js';
import { type Code, FeelProblem, type Frame } from './run.js';
import { isLocal, type Scope } from './scopes.js';
import { childOf, nameOf, type Syntax, SyntaxProblem, shortened } from './syntax.js';
import { describe, UserFunction } from './types.js';

interface Argument {
  readonly name: string | undefined;
  readonly node: Syntax;
}

export function compileCall(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const target = childOf(node, 0);
  const given = readArguments(node);
  const isName = target.name !== 'PathExpression' && NAMED_TARGETS.has(target.name);
  const name = nameOf(target);
  if (!isName || isLocal(name, scope)) {
    return compileUserCall(compiler, node, given, scope);
  }
  const form = SPECIAL_FORMS.get(name);
  if (form !== undefined) {
    return form(compiler, node, given, scope);
  }
  const builtIn = BUILT_INS.get(name);
  if (builtIn === undefined) {
    throw unknownFunction(name);
  }
  const values = arrange(builtIn, given).map((each) => each && compiler.code(each, scope));
  return located(node, (run, frame) =>
    callBuiltIn(
      builtIn,
      values.map((value) => value?.(run, frame)),
      run,
    ),
  );
}

const NAMED_TARGETS: ReadonlySet<string> = new Set(['VariableName', 'SpecialFunctionName', 'DateTimeConstructor']);

function readArguments(node: Syntax): readonly Argument[] {
  const list = node.children.find((each) => each.name === 'PositionalParameters' || each.name === 'NamedParameters');
  return (list?.children ?? []).map((each) =>
    each.name === 'NamedParameter'
      ? { name: nameOf(childOf(each, 0)), node: childOf(each, 1) }
      : { name: undefined, node: each },
  );
}

function unknownFunction(name: string): SyntaxProblem {
  const refused = REFUSED_FUNCTIONS.get(name);
  if (refused !== undefined) {
    return new SyntaxProblem(`the function ${name}(...) is not supported: ${refused}`);
  }
  const plain = (text: string) => text.replace(/[\s_-]/g, '').toLowerCase();
  const similar = [...BUILT_INS.keys(), ...SPECIAL_FORMS.keys()].find((each) => plain(each) === plain(name));
  const hint = similar === undefined ? '' : `; did you mean ${similar}(...)?`;
  return new SyntaxProblem(`there is no function ${shortened(name)}(...)${hint}`);
}

/** The arguments in the order of a signature, undefined where one is left out. */
function arrange(builtIn: BuiltIn, given: readonly Argument[]): readonly (Syntax | undefined)[] {
  if (given.some((each) => each.name !== undefined)) {
    const signature = builtIn.signatures.find((each) => takesNames(each, given));
    if (signature === undefined) {
      const names = builtIn.signatures.map((each) => each.parameters.map(({ name }) => name).join(', '));
      throw new SyntaxProblem(`${builtIn.name}(...) has these parameters: ${names.join(', or ')}`);
    }
    return signature.parameters.map(({ name }) => given.find((each) => each.name === name)?.node);
  }
  const fits = builtIn.variadic
    ? given.length > 0
    : builtIn.signatures.some((each) => given.length <= each.parameters.length && given.length >= required(each));
  if (!fits) {
    throw new SyntaxProblem(`${builtIn.name}(...) can not be called with ${given.length} values`);
  }
  return given.map((each) => each.node);
}

function takesNames(signature: Signature, given: readonly Argument[]): boolean {
  const isKnown = (argument: Argument) => signature.parameters.some(({ name }) => name === argument.name);
  const isGiven = (name: string) => given.some((each) => each.name === name);
  return given.every(isKnown) && signature.parameters.every(({ name, optional }) => optional || isGiven(name));
}

function required(signature: Signature): number {
  return signature.parameters.filter((each) => !each.optional).length;
}

type SpecialForm = (compiler: Compiler, node: Syntax, given: readonly Argument[], scope: Scope | undefined) => Code;

/** Functions that see whether something is there, so their arguments are not just evaluated. */
const SPECIAL_FORMS: ReadonlyMap<string, SpecialForm> = new Map<string, SpecialForm>([
  [
    'is defined',
    (compiler, _node, given, scope) => {
      const [value] = codes(compiler, 'is defined', ['value'], 1, given, scope);
      const found = absentAsNull(value as Code);
      return (run, frame) => found(run, frame) !== null;
    },
  ],
  [
    'get or else',
    (compiler, _node, given, scope) => {
      const [value, otherwise] = codes(compiler, 'get or else', ['value', 'default'], 2, given, scope) as [Code, Code];
      const found = absentAsNull(value);
      return (run, frame) => found(run, frame) ?? otherwise(run, frame);
    },
  ],
  [
    'assert',
    (compiler, node, given, scope) => {
      const [value, condition, cause] = codes(compiler, 'assert', ['value', 'condition', 'cause'], 2, given, scope);
      return located(node, (run, frame) => {
        if (condition?.(run, frame) === true) {
          return value?.(run, frame);
        }
        const reason = cause?.(run, frame);
        throw new FeelProblem(typeof reason === 'string' ? reason : 'the condition of assert(...) is not true');
      });
    },
  ],
]);

function codes(
  compiler: Compiler,
  name: string,
  names: readonly string[],
  needed: number,
  given: readonly Argument[],
  scope: Scope | undefined,
): readonly (Code | undefined)[] {
  const nodes = names.map((each, index) =>
    given.find((argument, at) => (argument.name ?? names[at]) === each && index >= 0),
  );
  const complete = nodes.slice(0, needed).every((each) => each !== undefined);
  if (!complete || given.length > names.length) {
    throw new SyntaxProblem(`${name}(...) has these parameters: ${names.join(', ')}`);
  }
  return nodes.map((each) => each && compiler.code(each.node, scope));
}

/** A function that is a value: of a context, a parameter, or written right here. */
function compileUserCall(compiler: Compiler, node: Syntax, given: readonly Argument[], scope: Scope | undefined): Code {
  const target = compiler.code(childOf(node, 0), scope);
  const values = given.map((each) => ({ name: each.name, code: compiler.code(each.node, scope) }));
  return located(node, (run, frame) => {
    const called = target(run, frame);
    if (!(called instanceof UserFunction)) {
      throw new FeelProblem(`${describe(called)} can not be called`);
    }
    const parameters = called.parameters;
    const named = new Map(values.map(({ name, code }, index) => [name ?? parameters[index], code(run, frame)]));
    if (named.size !== parameters.length || !parameters.every((name) => named.has(name))) {
      throw new FeelProblem(`the function has these parameters: ${parameters.join(', ')}`);
    }
    return called.call(parameters.map((name) => named.get(name)));
  });
}

export function compileFunction(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  if (node.children.some((each) => each.name === 'external')) {
    throw new SyntaxProblem('external functions are not supported; let a worker call them');
  }
  const formal = node.children.find((each) => each.name === 'FormalParameters')?.children ?? [];
  const parameters = formal.map((each) => ({ name: nameOf(childOf(each, 0)), check: typeCheckOf(each) }));
  let inner = scope;
  for (const { name } of parameters) {
    inner = { name, kind: 'local', parent: inner };
  }
  const body = compiler.code(childOf(childOf(node, -1), 0), inner);
  const names = parameters.map(({ name }) => name);
  const cost = costOf(node);
  return (run, frame) => {
    const call = (values: readonly unknown[]) =>
      run.call(cost, () => {
        let current: Frame | undefined = frame;
        for (const [index, { name, check }] of parameters.entries()) {
          const value = values[index];
          if (value !== null && check?.(value, run) === false) {
            throw new FeelProblem(`the value "${name}" of a function is ${describe(value)}, which it does not take`);
          }
          current = { value, parent: current };
        }
        return body(run, current);
      });
    return new UserFunction(call, names);
  };
}

function typeCheckOf(parameter: Syntax): TypeCheck | undefined {
  const type = parameter.children.find((each) => each.name === 'Type');
  return type === undefined ? undefined : compileType(type);
}
