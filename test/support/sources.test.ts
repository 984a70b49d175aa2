import { expect, test } from 'vitest';
import { findCycles, importsOf } from './sources.js';

const file = (path: string, ...imported: string[]) => ({
  path,
  text: imported.map((from) => `import type { Something } from '${from}';`).join('\n'),
});

test('a cycle over three files is found, also when it is only one of types', () => {
  const imports = [file('src/a.ts', './b.js'), file('src/b.ts', './in/c.js'), file('src/in/c.ts', '../a.js')];
  expect(findCycles(imports.flatMap(importsOf))).toEqual(['src/a.ts -> src/b.ts -> src/in/c.ts -> src/a.ts']);
});

test('two ways to the same file are no cycle', () => {
  const imports = [file('src/a.ts', './b.js', './c.js'), file('src/b.ts', './c.js', 'pg'), file('src/c.ts')];
  expect(findCycles(imports.flatMap(importsOf))).toEqual([]);
});
