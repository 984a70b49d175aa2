// Three projects: `unit` needs no database; `pglite` and `postgres` run the same files, each on its own database.
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Folders whose tests need a database, and so run twice. */
const withDatabase = ['databases', 'engine', 'store', 'grpc', 'client', 'cli'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

/** Tests in a `pure` folder below them need none (the stream's state machine, settings): they run once, as `unit`. */
const pure = 'test/*/pure/**/*.test.ts';

function project(name: string, groupOrder: number, test: TestProjectInlineConfiguration['test']) {
  return {
    // Tests of the client meet its source, not what was last built.
    resolve: { alias: { '@baton/client': fileURLToPath(new URL('clients/typescript/src/index.ts', import.meta.url)) } },
    test: {
      name,
      environment: 'node',
      pool: 'forks',
      // Limits, not lengths: a machine that is busy takes its time, and a test that is right ends long before.
      testTimeout: 60_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 30_000 } },
      sequence: { groupOrder },
      ...test,
    },
  } satisfies TestProjectInlineConfiguration;
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      project('unit', 0, {
        include: [
          'test/*.test.ts',
          'test/model/**/*.test.ts',
          'test/contract/**/*.test.ts',
          'test/core/**/*.test.ts',
          'test/support/**/*.test.ts',
          pure,
        ],
      }),
      // A PGlite takes about half a gigabyte: few of them at once.
      project('pglite', 1, {
        include: withDatabase,
        exclude: [pure],
        globalSetup: ['test/support/pglite-setup.ts'],
        maxWorkers: 2,
      }),
      // Faults (a proxy that cuts connections, a server that is stopped) need a real server.
      project('postgres', 2, {
        include: [...withDatabase, 'test/faults/**/*.test.ts', 'test/bench/**/*.test.ts', 'test/fuzz/*.test.ts'],
        exclude: [pure],
        globalSetup: ['test/support/postgres-setup.ts'],
      }),
    ],
  },
});
