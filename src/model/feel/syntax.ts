/** From FEEL text to a syntax tree without errors, or the place where it stops being FEEL. */
import { parseExpression } from 'feelin';
import { MAX_EXPRESSION_CHARACTERS, MAX_EXPRESSION_DEPTH } from '../limits.js';

type Tree = ReturnType<typeof parseExpression>;
type TreeNode = Tree['topNode'];

/** A node of the tree with its children; comments are left out. */
export interface Syntax {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly children: readonly Syntax[];
}

/** Thrown while compiling; never leaves it. */
export class SyntaxProblem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Names with a keyword inside are known to the parser only when it is told of them. */
const NAMES_WITH_KEYWORDS = { 'get or else': null };

/** Backtick names are of this dialect. */
const DIALECT = 'camunda';

export function parse(source: string): Syntax {
  if (source === '') {
    throw new SyntaxProblem('the expression is empty');
  }
  if (source.length > MAX_EXPRESSION_CHARACTERS) {
    const message = `the expression has ${source.length} characters, more than the limit of ${MAX_EXPRESSION_CHARACTERS}`;
    throw new SyntaxProblem(`${message}; let a worker compute it`);
  }
  if (bracketDepth(source) > MAX_EXPRESSION_DEPTH) {
    throw tooDeep();
  }
  const tree = parseExpression(source, NAMES_WITH_KEYWORDS, DIALECT);
  checkErrors(tree, source);
  const root = toSyntax(tree.topNode, source, 0);
  const [expression] = root.children;
  if (expression === undefined) {
    throw new SyntaxProblem('the expression is empty');
  }
  return expression;
}

/** Without parsing, since the parser takes seconds for thousands of brackets inside each other. */
function bracketDepth(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of source.matchAll(TEXT_OR_BRACKET)) {
    if ('([{'.includes(token)) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (')]}'.includes(token)) {
      depth -= 1;
    }
  }
  return deepest;
}

const TEXT_OR_BRACKET = /"(?:[^"\\]|\\.)*"|[()[\]{}]/gs;

function tooDeep(): SyntaxProblem {
  return new SyntaxProblem(`the expression is nested deeper than the limit of ${MAX_EXPRESSION_DEPTH} levels`);
}

function checkErrors(tree: Tree, source: string): void {
  tree.iterate({
    enter(node) {
      if (node.type.isError) {
        const rest = source.slice(node.from).trim();
        const where = rest === '' ? 'it ends too early' : `at character ${node.from + 1}, "${shortened(rest, 20)}"`;
        throw new SyntaxProblem(`it is not FEEL: ${where}`);
      }
    },
  });
}

function toSyntax(node: TreeNode, source: string, depth: number): Syntax {
  if (depth > MAX_EXPRESSION_DEPTH) {
    throw tooDeep();
  }
  const children: Syntax[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (!child.type.isSkipped) {
      children.push(toSyntax(child, source, depth + 1));
    }
  }
  return { name: node.name, from: node.from, to: node.to, text: source.slice(node.from, node.to), children };
}

export function shortened(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

/** The child at a place that the grammar promises. */
export function childOf(node: Syntax, index: number): Syntax {
  const child = node.children.at(index);
  if (child === undefined) {
    throw new SyntaxProblem(`it is not FEEL: "${shortened(node.text)}" is incomplete`);
  }
  return child;
}

/** A name as written, blanks inside it made one each, and without its backticks. */
export function nameOf(node: Syntax): string {
  const [only] = node.children;
  if (only?.name === 'BacktickIdentifier') {
    return only.text.slice(1, -1);
  }
  return node.text.replace(/\s+/g, ' ').trim();
}
