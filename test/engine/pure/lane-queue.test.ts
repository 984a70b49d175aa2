import { expect, test } from 'vitest';
import { LaneQueue } from '../../../src/engine/lane-queue.js';
import {
  GROUP_CHARACTERS,
  GROUP_COMMANDS,
  GROUP_STARTS,
  LANE_QUEUE_CHARACTERS,
  LANE_QUEUE_STARTS,
  MISSES_BEFORE_WAITING,
} from '../../../src/engine/limits.js';
import { charactersOf, type Submission } from '../../../src/engine/submission.js';
import { startCommand } from '../../support/engine.js';

const MILLION = 1_000_000;

function submission(isStart: boolean, characters: number, misses = 0): Submission {
  return {
    command: isStart
      ? startCommand('p')
      : { type: 'cancelProcessInstance', instance: { partition: '2026-01-01', id: 1 }, reason: null, by: 'test' },
    caller: { principal: 'test', tenantIds: [''] },
    tenantIds: [''],
    shard: 0,
    isStart,
    characters,
    newId: null,
    answer: () => undefined,
    fail: () => undefined,
    misses,
    needsTree: false,
    owners: [],
    calls: [],
  };
}

const start = (characters = 10) => submission(true, characters);
const work = (characters = 10, misses = 0) => submission(false, characters, misses);

/** Adds what has room; answers how many had. */
function fill(queue: LaneQueue, make: () => Submission, most: number): number {
  for (let added = 0; added < most; added++) {
    const next = make();
    if (!queue.hasRoomFor(next)) return added;
    queue.add(next);
  }
  return most;
}

test('I8: a lane full of starts has no room for starts, and room for work on what exists', () => {
  const queue = new LaneQueue();
  expect(fill(queue, start, 2 * LANE_QUEUE_STARTS)).toBe(LANE_QUEUE_STARTS);
  expect(fill(queue, work, 2 * LANE_QUEUE_STARTS)).toBe(2 * LANE_QUEUE_STARTS);
  expect(queue.hasRoomFor(start())).toBe(false);
  queue.take();
  expect(fill(queue, start, LANE_QUEUE_STARTS)).toBe(GROUP_STARTS);
});

test('I8: starts with large variables are bounded by what they weigh', () => {
  const queue = new LaneQueue();
  expect(fill(queue, () => start(MILLION), LANE_QUEUE_STARTS)).toBe(Math.floor(LANE_QUEUE_CHARACTERS / MILLION));
  expect(queue.hasRoomFor(work(MILLION))).toBe(true);
  while (queue.length > 0) queue.take();
  expect(fill(queue, () => start(MILLION), LANE_QUEUE_STARTS)).toBe(Math.floor(LANE_QUEUE_CHARACTERS / MILLION));
});

test('a start that weighs more than the limit goes when nothing else waits', () => {
  const queue = new LaneQueue();
  expect(fill(queue, () => start(2 * LANE_QUEUE_CHARACTERS), 2)).toBe(1);
  expect(queue.take()).toHaveLength(1);
});

test('a group is as large as the limit, of whatever waits', () => {
  const queue = new LaneQueue();
  fill(queue, start, GROUP_COMMANDS);
  expect(queue.take()).toHaveLength(GROUP_COMMANDS);
  fill(queue, work, GROUP_COMMANDS + 5);
  expect(queue.take()).toHaveLength(GROUP_COMMANDS);
  expect(queue.take()).toHaveLength(5);
  expect(queue.take()).toHaveLength(0);
});

test('work goes before the starts that wait, and starts have their part of each group', () => {
  const queue = new LaneQueue();
  fill(queue, start, 1_000);
  fill(queue, work, 1_000);
  const group = queue.take();
  expect(group).toHaveLength(GROUP_COMMANDS);
  expect(group.filter(({ isStart }) => isStart)).toHaveLength(GROUP_STARTS);
  expect(group[0]?.isStart).toBe(false);
});

test('each room keeps its order, also of what is put back', () => {
  const queue = new LaneQueue();
  const all = [start(1), work(1), start(2), work(2), work(3)];
  for (const each of all) queue.add(each);
  const group = queue.take();
  expect(group.map(({ isStart, characters }) => [isStart, characters])).toEqual([
    ...[1, 2, 3].map((place) => [false, place]),
    ...[1, 2].map((place) => [true, place]),
  ]);
  queue.add(work(4));
  queue.putBack(group);
  expect(queue.take().map(({ characters }) => characters)).toEqual([1, 2, 3, 4, 1, 2]);
});

test('a group holds no more characters than the limit for each room, and always one command', () => {
  const queue = new LaneQueue();
  fill(queue, () => start(MILLION), 20);
  fill(queue, () => work(MILLION), 20);
  const most = Math.floor(GROUP_CHARACTERS / MILLION);
  expect(queue.take().map(({ isStart }) => isStart)).toEqual([
    ...Array<boolean>(most).fill(false),
    ...Array<boolean>(most).fill(true),
  ]);
  const large = new LaneQueue();
  fill(large, () => work(2 * GROUP_CHARACTERS), 2);
  expect(large.take()).toHaveLength(1);
});

test('a command that was missed too often goes alone', () => {
  const queue = new LaneQueue();
  for (const each of [work(), work(10, MISSES_BEFORE_WAITING), start(), work()]) queue.add(each);
  expect(queue.take()).toHaveLength(2);
  expect(queue.take().map(({ misses }) => misses)).toEqual([MISSES_BEFORE_WAITING]);
  expect(queue.take()).toHaveLength(1);
});

test('a command weighs what the values of its variables have', () => {
  const data = (value: string) => ({ encoding: 'text', value, encrypted: false });
  const variable = (value: string) => ({ name: 'v', data: data(value) });
  const partOfOutcome = { job: { partition: '2026-01-01', id: 1 }, lockToken: 't', by: 'test' };
  expect(charactersOf({ ...startCommand('p'), variables: [variable('12345'), { name: 'gone', data: null }] })).toBe(5);
  expect(
    charactersOf({
      ...partOfOutcome,
      type: 'completeJob',
      variables: [variable('1')],
      processVariables: [variable('22')],
      elementVariables: [{ ...variable('333'), bpmnElementId: null }],
      completion: null,
    }),
  ).toBe(6);
});
