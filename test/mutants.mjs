// Named breakages for `npm run mutants`. Each must turn at least one of its tests red. `find` must occur once in the
// file; `project` is the one of vitest.config.ts that runs the tests; `built: true` when they start the built server.

export const mutants = [
  {
    name: 'the core reads the clock',
    file: 'src/core/refusal.ts',
    find: 'export type RefusalReason =',
    replace: 'export const decidedAt = Date.now();\n\nexport type RefusalReason =',
    tests: ['test/house.test.ts'],
    project: 'unit',
  },
  {
    name: 'test files share a database',
    file: 'test/support/databases.ts',
    find: 'const url = withDatabase(templateUrl, name);',
    replace: 'const url = templateUrl;',
    tests: ['test/databases/fresh-database.test.ts'],
    project: 'postgres',
  },
];
