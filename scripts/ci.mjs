// What CI runs: all tests on the Node that is here, then those on PostgreSQL again on the newest PostgreSQL and Node.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { childEnvironment, must, mustNpm, root, run, runNpm } from './process.mjs';

const newestNode = '24.21.0';
const reports = join(root, 'test-reports');
const floor = JSON.parse(readFileSync(join(root, 'test/floor.json'), 'utf8')).tests;

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports);
const first = await runTests('all', (args) => runNpm(['test', '--', ...args]));
const second = await runTests('newest', runOnNewest);
process.exitCode = conclude([first, second]);

/** Node from npm goes to a folder of its own: as a dependency it would take the place of `node` in every script. */
async function runOnNewest(args) {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(root, 'node_modules/.cache/node', newestNode);
  const bin = join(prefix, 'node_modules', name, 'bin');
  if (!existsSync(bin)) {
    mkdirSync(prefix, { recursive: true });
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', '--loglevel=error'];
    await mustNpm(['install', '--prefix', prefix, ...quiet, `${name}@${newestNode}`], { cwd: prefix });
  }
  const env = { ...childEnvironment(), BATON_TEST_POSTGRES: 'newest' };
  env.PATH = [bin, env.PATH].join(delimiter);
  await must(join(bin, 'node'), ['--version'], { env });
  return run(join(bin, 'node'), ['node_modules/vitest/vitest.mjs', 'run', '--project', 'postgres', ...args], { env });
}

/** Trusts neither the exit code nor the report alone: a crash may leave no report, a broken file has no tests. */
async function runTests(name, runner) {
  const path = join(reports, `${name}.json`);
  const code = await runner(['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]).catch((error) => {
    console.error(error.message);
    return 1;
  });
  const { numPassedTests = 0, numFailedTests = 0 } = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const broken = code !== 0 || numPassedTests === 0;
  return { passed: numPassedTests, failed: numFailedTests || (broken ? 1 : 0) };
}

function conclude(results) {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  let failed = results.reduce((sum, result) => sum + result.failed, 0);
  if (passed < floor) {
    console.log(`Only ${passed} tests passed, and test/floor.json asks for ${floor}.`);
    failed += 1;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
