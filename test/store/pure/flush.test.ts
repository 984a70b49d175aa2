import { expect, test } from 'vitest';
import type { Changes } from '../../../src/core/state.js';
import { flushCalls } from '../../../src/store/flush.js';
import { changes } from '../support/opened.js';
import { born, tree } from '../support/rows.js';

let next = 1;
const newId = () => next++ * 256;

function calls(all: Changes, oldMark: string | null = 'old') {
  return flushCalls({ changes: all, mark: 'new', oldMark, refusedRequests: [] });
}

/** Whether it is for one row or for many. */
function names(all: Changes, oldMark: string | null = 'old'): readonly (string | undefined)[] {
  return calls(all, oldMark).map(({ statement }) => statement.name?.replace('_one', ''));
}

test('a flush has one statement for each kind of change, whatever the number of rows', () => {
  const many = Array.from({ length: 100 }, () => tree(newId));
  const expected = [
    ...['insert_mark', 'remove_mark', 'process_instance_born', 'element_instance_born', 'arrival_born'],
    ...['variable_born', 'job_born', 'incident_born', 'task_born'],
    ...['user_task_born', 'open_user_task_born', 'user_task_change_born', 'open_job_born'],
  ];
  expect(names(changes(born(many)))).toEqual(expected);
  expect(names(changes(born(many.slice(0, 1))))).toEqual(expected);
});

test('a row alone travels as values, not as arrays of one element', () => {
  const [one, other] = [tree(newId), tree(newId)];
  const inserts = (trees: readonly (typeof one)[]) =>
    calls(changes(born(trees))).map(({ statement }) => statement.text);
  const alone = inserts([one]).find((text) => text.includes('insert into process_instance '));
  expect(alone).toContain('from (values (');
  expect(alone).not.toContain('unnest');
  expect(inserts([one, other]).find((text) => text.includes('insert into process_instance '))).toContain(
    'from unnest(',
  );
});

test('nothing changed is nothing but the mark', () => {
  expect(names(changes({}), null)).toEqual(['insert_mark']);
});

test('changes of one day are one statement for each table, of two days two', () => {
  const [one, other] = [tree(newId), tree(newId)];
  const changed = (row: typeof one.root) => ({ before: row, after: { ...row, changeNumber: 2 } });
  const day = one.root.partition;
  const today = { processInstance: { changed: [changed(one.root), changed(other.root)] } };
  expect(names(changes(today), null)).toEqual(['insert_mark', `process_instance_changed_${day}`]);
  const elsewhere = { ...other.root, partition: '2020-01-01' };
  expect(names(changes({ processInstance: { changed: [changed(one.root), changed(elsewhere)] } }), null)).toEqual([
    ...['insert_mark', `process_instance_changed_${day}`, 'process_instance_changed_2020-01-01'],
  ]);
});

test('all parameters of a statement are as many as it names', () => {
  const all = flushCalls({ changes: changes(born([tree(newId)])), mark: 'm', oldMark: 'o', refusedRequests: [] });
  for (const { statement, values } of all) {
    const numbers = [...statement.text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
    expect(values.length, statement.name ?? '').toBe(Math.max(...numbers));
  }
});
