// Reads the titles of tests from their sources, for pages that name the test that proves a statement.
import ts from 'typescript';
import type { Source } from './sources.js';

export interface TestTitle {
  /** With its groups: `terminate end event > asks once`. */
  readonly full: string;
  readonly own: string;
  /** A test that is skipped, or that stands in a skipped group, proves nothing. */
  readonly skipped: boolean;
}

interface Call {
  readonly name: string;
  readonly skipped: boolean;
}

export function titlesOf({ path, text }: Source): TestTitle[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const titles: TestTitle[] = [];
  const walk = (node: ts.Node, groups: readonly string[], skipped: boolean): void => {
    const call = ts.isCallExpression(node) ? calledBy(node.expression) : undefined;
    const own = call && ts.isCallExpression(node) ? titleOf(node.arguments[0]) : undefined;
    const inside = own === undefined ? groups : [...groups, own];
    const off = skipped || (call?.skipped ?? false);
    if (call?.name === 'test' && own !== undefined) titles.push({ full: inside.join(' > '), own, skipped: off });
    else ts.forEachChild(node, (child) => walk(child, inside, off));
  };
  walk(file, [], false);
  return titles;
}

/** The test of these words, with or without its groups. A row of a table has the words that stand in the table. */
export function findTitle(words: string, titles: readonly TestTitle[], text: string): TestTitle | undefined {
  const exact = ({ full, own }: TestTitle) => full === words || own === words;
  const row = ({ full, own }: TestTitle) => [full, own].some((pattern) => isRow(words, pattern, text));
  return titles.find(exact) ?? titles.find(row);
}

function isRow(words: string, pattern: string, text: string): boolean {
  const parts = pattern.split(PLACE).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const found = new RegExp(`^${parts.join('(.+)')}$`).exec(words)?.slice(1) ?? [];
  return (
    found.length > 0 && found.every((row) => [`'${row}'`, `"${row}"`, `\`${row}\``].some((each) => text.includes(each)))
  );
}

/** What a table fills in: `%s` of `test.each`, and what the title computes. */
const PLACE = /%[a-z]|%#/;

/** `test`, `test.skip`, `test.each(rows)`, `describe.skipIf(condition)` and the like. */
function calledBy(expression: ts.Expression): Call | undefined {
  if (ts.isIdentifier(expression)) {
    const name = expression.text === 'it' ? 'test' : expression.text;
    return name === 'test' || name === 'describe' ? { name, skipped: false } : undefined;
  }
  if (ts.isCallExpression(expression)) return calledBy(expression.expression);
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const call = calledBy(expression.expression);
  return call && { ...call, skipped: call.skipped || ['skip', 'todo'].includes(expression.name.text) };
}

function titleOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isIdentifier(node)) return '%s';
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `%s${literal.text}`).join('');
}
