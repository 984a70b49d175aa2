// Every reason has a comment that says what to do, and a page.
import { readdirSync, readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { codes } from '../../src/grpc/errors.js';
import { commentOfValue, enums } from './descriptors.js';

const folder = new URL('../../docs/errors/', import.meta.url);
const reasons = enums
  .filter((list) => list.name === 'ErrorReason')
  .flatMap((list) => list.values.map((value) => ({ list, value, name: value.name.replace('ERROR_REASON_', '') })))
  .filter(({ name }) => name !== 'UNSPECIFIED');
const names = reasons.map(({ name }) => name).sort();

test('reasons and pages are the same set, and so are reasons and codes', () => {
  const pages = readdirSync(folder).map((file) => file.replace(/\.md$/, ''));
  expect(pages.sort()).toEqual(names);
  expect(Object.keys(codes).sort()).toEqual(names);
});

test('each page says its code, what happened, what to do, and shows it', () => {
  const form = /^# (\w+)\n\n(.+)\n\n## What happened\n\n[^#]+## What to do\n\n[^#]+## Example\n\n```text\n[^`]+```\n$/;
  const wrong = reasons.filter(({ name, value }) => {
    const [, title, kind = ''] = form.exec(readFileSync(new URL(`${name}.md`, folder), 'utf8')) ?? [];
    const code = Object.entries(codes).find(([reason]) => reason === name)?.[1];
    const told = value.number >= 200 ? /^Reason of an incident/.test(kind) : kind.includes(`\`${status[code ?? 0]}\``);
    return title !== name || !told;
  });
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test('each reason has a comment of two sentences at least: what it is, and what to do', () => {
  const wrong = reasons.filter(({ list, value }) => !/\. .*[.]\n$/s.test(commentOfValue(list, value)));
  expect(wrong.map(({ name }) => name)).toEqual([]);
});
