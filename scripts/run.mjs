// The one door of all commands: `npm test`, `npm run quickstart` and the others install, generate and build what they
// need first. npm's own hooks would not do: they are skipped under ignore-scripts and do not see arguments.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './install.mjs';
import { build, generate } from './prepare.mjs';
import { CommandFailed, node, root } from './process.mjs';

const typescript = ['--import', 'tsx'];
const vitest = 'node_modules/vitest/vitest.mjs';

/** Everything that a command needs is done before it; its arguments are passed on. */
const commands = {
  generate: { before: [install, generate] },
  build: { before: [install, build] },
  test: { before: [install, build], run: (args) => node([vitest, 'run', ...args]) },
  quickstart: { before: [install, build], run: (args) => node([...typescript, 'scripts/quickstart.ts', ...args]) },
  bench: { before: [install, build], run: (args) => node([...typescript, 'bench/main.ts', ...args]) },
  fuzz: { before: [install, build], run: (args) => node([...typescript, 'test/fuzz/main.ts', ...args]) },
  chaos: { before: [install, build], run: (args) => node([...typescript, 'test/chaos/main.ts', ...args]) },
  mutants: { before: [install, build], run: (args) => node(['scripts/mutants.mjs', ...args]) },
  /** PostgreSQL for the tests, where the machine has none. */
  postgres: { before: [() => install(join(root, 'test/postgres'))] },
  lint: { before: [install, build], run: (args) => node(['scripts/lint.mjs', ...args]) },
  verify: { before: [install, build], run: () => node(['scripts/verify.mjs']) },
};

async function main([name, ...args]) {
  const command = commands[name];
  if (!command) throw new Error(`unknown command ${name}; there are: ${Object.keys(commands).join(', ')}`);
  if (!existsSync(join(root, 'package-lock.json'))) throw new Error('package-lock.json is missing');
  for (const step of command.before) await step();
  return command.run ? await command.run(args) : 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof CommandFailed ? error.message : error);
    process.exitCode = error.code > 0 ? error.code : 1;
  },
);
