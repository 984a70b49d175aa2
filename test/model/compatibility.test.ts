// docs/compatibility.md says of each extension of the two Camundas what the reader of models does with it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CAMUNDA_WORDS, type Vocabularies, ZEEBE_WORDS } from '../../src/model/extensions.js';

const PAGE = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');

/** The rows of the table below a heading: extension, what becomes of it, and for what is refused what to do instead. */
function tableOf(heading: string): readonly string[] {
  const [, section = ''] = PAGE.split(`\n### ${heading}\n`);
  const rows = section.split(/\n#/)[0]?.match(/^\| `.*$/gm) ?? [];
  return rows.map((row) => {
    const [, name = '', supported = '', notes = ''] = row.split('|').map((each) => each.trim());
    return supported === 'refused' ? `${name} refused: ${notes}` : `${name} ${supported}`;
  });
}

function expected(words: Vocabularies, part: 'elements' | 'attributes'): readonly string[] {
  return [...words[part]].map(([name, meaning]) => {
    const written = `\`${words.prefix}:${name}\``;
    if (meaning === 'skip') return `${written} no meaning`;
    return 'help' in meaning ? `${written} refused: ${meaning.help}` : `${written} yes`;
  });
}

test.each([
  ['Elements of Camunda 8', ZEEBE_WORDS, 'elements'],
  ['Attributes of Camunda 8', ZEEBE_WORDS, 'attributes'],
  ['Elements of Camunda 7', CAMUNDA_WORDS, 'elements'],
  ['Attributes of Camunda 7', CAMUNDA_WORDS, 'attributes'],
] as const)('%s: the table and the reader know the same, and say the same of it', (heading, words, part) => {
  expect([...tableOf(heading)].sort()).toEqual([...expected(words, part)].sort());
});
