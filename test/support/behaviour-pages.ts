/**
 * Reads docs/contract.md and docs/differences.md. Each statement is one item of a list: its id in bold, what it says,
 * and links to the tests that prove it, by file and title.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Source } from './sources.js';
import { findTitle, type TestTitle, titlesOf } from './test-titles.js';

export const MAX_DIFFERENCES = 25;

interface Statement {
  readonly page: string;
  readonly id: string;
  readonly text: string;
  readonly proofs: readonly Proof[];
}

interface Proof {
  readonly title: string;
  readonly path: string;
}

/** A file of tests, read once. */
interface TestFile extends Source {
  readonly titles: readonly TestTitle[];
}

const ID = /^\*\*([A-Z]+-\d+)\*\* (\S.*)$/;
const PROOF = /\[([^\]]*(?:\[[^\]]*\][^\]]*)*)\]\(\.\.\/(test\/[^)\s]+)\)/g;

/** Everything that is wrong with the two pages, each with its place. */
export function faultsOfPages(contract: Source, differences: Source, read = readTest): string[] {
  const items = [...itemsOf(contract), ...itemsOf(differences)];
  const statements = items.flatMap(statementOf);
  const odd = items.filter((item) => statementOf(item).length === 0);
  const files = new Map<string, TestFile | undefined>();
  for (const path of new Set(statements.flatMap(({ proofs }) => proofs.map((proof) => proof.path)))) {
    const text = read(path);
    files.set(path, text === undefined ? undefined : { path, text, titles: titlesOf({ path, text }) });
  }
  const different = statements.filter(({ page }) => page === differences.path);
  return [
    ...odd.map(({ page, text }) => `${page}: "${text.slice(0, 60)}" has no id`),
    ...twice(statements.map(({ id }) => id)).map((id) => `${id} is used twice`),
    ...statements.filter(({ proofs }) => proofs.length === 0).map(({ page, id }) => `${page}: ${id} names no test`),
    ...different.filter(({ text }) => !/ Why: \S/.test(text)).map(({ page, id }) => `${page}: ${id} has no reason`),
    ...(different.length > MAX_DIFFERENCES ? [`${differences.path} has more than ${MAX_DIFFERENCES}`] : []),
    ...statements.flatMap((statement) => faultsOfProofs(statement, files)),
  ];
}

function faultsOfProofs({ page, id, proofs }: Statement, files: ReadonlyMap<string, TestFile | undefined>): string[] {
  return proofs.flatMap(({ title, path }) => {
    const file = files.get(path);
    if (file === undefined) return [`${page}: ${id} names ${path}, which does not exist`];
    const found = findTitle(title, file.titles, file.text);
    if (found === undefined) return [`${page}: ${id} names a test that ${path} does not have: ${title}`];
    return found.skipped ? [`${page}: ${id} names a test that is skipped: ${title}`] : [];
  });
}

/** Items of lists, their lines joined. */
function itemsOf({ path, text }: Source): { readonly page: string; readonly text: string }[] {
  const items = text.match(/^- .*(?:\n {2}\S.*)*/gm) ?? [];
  return items.map((item) => ({ page: path, text: item.slice(2).replace(/\s+/g, ' ') }));
}

function statementOf({ page, text }: { readonly page: string; readonly text: string }): Statement[] {
  const [, id, said] = ID.exec(text) ?? [];
  if (id === undefined || said === undefined) return [];
  const proofs = [...said.matchAll(PROOF)].map(([, title = '', path = '']) => ({ title, path }));
  return [{ page, id, text: said, proofs }];
}

function twice(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

/** The text of a file of the project; undefined if there is none. */
export function readTest(path: string): string | undefined {
  try {
    return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  } catch {
    return undefined;
  }
}
