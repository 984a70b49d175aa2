// Everything that can be said about the text without running it. All checks run; any problem fails.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node, root, run } from './process.mjs';

const checks = [
  ['formatting and style', () => run('biome', ['check', '--error-on-warnings', '.'])],
  ['contract', () => run('buf', ['lint', 'proto'])],
  ['contract against the last release', brokenContract],
  ['types of sources and tests', () => tsc('tsconfig.json')],
  ['types of the client', () => tsc('clients/typescript/tsconfig.json')],
  ['unused files, exports and packages', () => run('knip', [])],
];

const tsc = (project) => node(['node_modules/typescript/bin/tsc', '--noEmit', '--project', project]);

/** A comparison with our own history would be vacuous: the image of the last release is kept. */
function brokenContract() {
  const released = 'proto/released.binpb';
  return existsSync(join(root, released)) ? run('buf', ['breaking', 'proto', '--against', released]) : 0;
}

let failed = false;
for (const [subject, check] of checks) {
  const code = await check();
  console.error(`${code === 0 ? 'ok    ' : 'FAILED'} ${subject}`);
  failed ||= code !== 0;
}
process.exitCode = failed ? 1 : 0;
