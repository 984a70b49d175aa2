// Reads the project's own sources for test/house.test.ts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Source {
  /** Relative to the project's folder: `src/core/state.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  /** A path like `from` for our own files; the specifier for packages. */
  readonly to: string;
  readonly own: boolean;
}

/** Neither what is generated nor what is installed is ours. */
const skipped = new Set(['node_modules', 'dist', 'gen', '.git', '.baton', 'test-reports', 'package-lock.json']);

export function readSources(folders: readonly string[], extensions: readonly string[]): Source[] {
  return folders
    .flatMap((folder) => filesBelow(join(root, folder)))
    .filter((path) => extensions.includes(extname(path)))
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }));
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name) || /^dist\.\d+$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Imports of types count too: a cycle of types is a cycle for a reader. */
export function importsOf({ path, text }: Source): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
    const own = fileName.startsWith('.');
    return { from: path, to: own ? join(dirname(path), fileName.replace(/\.js$/, '.ts')) : fileName, own };
  });
}

/** Visits each node of the syntax tree: comments and texts are not code. */
export function visit({ path, text }: Source, see: (node: ts.Node, line: number) => void): void {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const walk = (node: ts.Node) => {
    see(node, file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    ts.forEachChild(node, walk);
  };
  walk(file);
}

/** Each cycle once, as a path. */
export function findCycles(imports: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to, own } of imports) if (own) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const follow = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const to of targets.get(path) ?? []) follow(to, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) follow(path, []);
  return cycles;
}
