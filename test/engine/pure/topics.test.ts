import { expect, test } from 'vitest';
import { Session } from '../../../src/engine/session.js';
import { Topics, takerAtBirth } from '../../../src/engine/topics.js';

const key = { tenantId: '', topic: 'work' };

function joined(topics: Topics, jobs: number): Session {
  const hello = {
    sessionId: 'a',
    generation: 1,
    workerId: 'a',
    tenantIds: [''],
    topics: [{ topic: 'work', variables: null }],
    held: [],
  };
  const owner = { serverId: 'server', serverEpoch: 1, sessionId: 'a', sessionGeneration: 1 };
  const session = new Session(hello as never, owner as never, undefined as never);
  session.grant(jobs, 1e6);
  topics.join(session);
  return session;
}

function workedOn(jobs: number) {
  const topics = new Topics();
  const session = joined(topics, jobs);
  const topic = topics.get(key);
  if (topic === undefined) throw new Error('nobody wants the topic');
  return { topics, topic, session, backlog: topic.backlog };
}

test('nothing is handed out at birth before a lease has found the topic empty', () => {
  const { topic, session, backlog } = workedOn(10);
  expect(takerAtBirth(topic)).toBeUndefined();
  backlog.wasEmpty(backlog.mark());
  expect(takerAtBirth(topic)).toBe(session);
  expect(backlog.isReady).toBe(false);
});

test('jobs that became ready during a lease keep their credit, and what is left goes to births', () => {
  const { topic, session, backlog } = workedOn(3);
  const mark = backlog.mark();
  backlog.isLeft();
  backlog.isLeft();
  backlog.wasEmpty(mark);
  expect(takerAtBirth(topic)).toBe(session);
  session.takeCredit();
  expect(takerAtBirth(topic)).toBeUndefined();
  expect(backlog.isReady).toBe(true);
});

test('jobs of a group that has not committed are ahead of later ones, until it ends', () => {
  const { topic, session, backlog } = workedOn(1);
  backlog.wasEmpty(backlog.mark());
  backlog.comes();
  expect(takerAtBirth(topic)).toBeUndefined();
  expect(backlog.isReady).toBe(false);
  backlog.came();
  expect(takerAtBirth(topic)).toBe(session);
});

test('what another server told during a lease is not forgotten at its end', () => {
  const { topic, backlog } = workedOn(10);
  const mark = backlog.mark();
  backlog.isUnknown();
  backlog.wasEmpty(mark);
  expect(takerAtBirth(topic)).toBeUndefined();
});

test('the credit of all sessions counts', () => {
  const { topics, topic, backlog } = workedOn(2);
  joined(topics, 2);
  const mark = backlog.mark();
  for (let jobs = 0; jobs < 3; jobs++) backlog.isLeft();
  backlog.wasEmpty(mark);
  expect(takerAtBirth(topic)).toBeDefined();
});
