// Breaks the product on purpose, one breakage at a time, in a copy, and asks whether a test notices.
//   npm run mutants [-- words of a name]
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { mutants } from '../test/mutants.mjs';
import { mustNode, node, root } from './process.mjs';

const left = new Set(['node_modules', '.git', 'test-reports', '.baton']);
const copy = mkdtempSync(join(tmpdir(), 'baton-mutants-'));
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(root, copy, { recursive: true, filter: (path) => !left.has(relative(root, path).split('/').at(-1)) });
for (const folder of ['', 'test/postgres']) {
  const installed = join(root, folder, 'node_modules');
  if (existsSync(installed)) symlinkSync(installed, join(copy, folder, 'node_modules'));
}

const words = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => words.every((word) => name.includes(word)));
const rows = [];
await requireGreen();
for (const mutant of chosen) rows.push(await tryMutant(mutant));
console.table(rows);
const survivors = rows.filter(({ verdict }) => verdict !== 'caught');
console.log(`${rows.length - survivors.length} caught, ${survivors.length} not`);
process.exitCode = survivors.length > 0 || rows.length === 0 ? 1 : 0;

/** A test that is red anyway would catch everything. */
async function requireGreen() {
  for (const project of new Set(chosen.map((mutant) => mutant.project))) {
    const tests = new Set(chosen.filter((mutant) => mutant.project === project).flatMap((mutant) => mutant.tests));
    const { red, passed } = await runTests(project, [...tests]);
    if (red > 0 || passed === 0)
      throw new Error(`without a breakage: ${passed} passed, ${red} failed; repair that first`);
  }
}

async function tryMutant({ name, file, find, replace, tests, project, built }) {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  const found = original.split(find).length - 1;
  if (found !== 1) return { name, file, red: 0, verdict: `its text occurs ${found} times, not once` };
  writeFileSync(
    path,
    original.replace(find, () => replace),
  );
  try {
    if (built) await build();
    const { red, passed } = await runTests(project, tests);
    return { name, file, red, verdict: verdictOf(red, passed) };
  } finally {
    writeFileSync(path, original);
    if (built) await build();
  }
}

/** A file that does not load is no proof: at least one test must have run and failed. */
function verdictOf(red, passed) {
  if (red > 0) return 'caught';
  return passed > 0 ? 'SURVIVED' : 'NO TEST RAN';
}

function build() {
  return mustNode(['scripts/run.mjs', 'build'], { cwd: copy });
}

async function runTests(project, tests) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = ['--project', project, '--reporter=json', `--outputFile.json=${report}`, ...tests];
  await node(['node_modules/vitest/vitest.mjs', 'run', ...args], { cwd: copy, stdio: 'ignore' });
  const { numFailedTests = 0, numPassedTests = 0 } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  return { red: numFailedTests, passed: numPassedTests };
}
