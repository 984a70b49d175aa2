import { expect, test } from 'vitest';
import { check, type Rule } from '../checker.js';
import type { Facts, InstanceFact, JobFact, WaitFact } from '../facts.js';
import type { Entry, Event } from '../history.js';

// One instance with two tasks, the first of which failed once: what was said and seen, and what the database holds.

const [INSTANCE, OTHER] = ['2026-11-23/1', '2026-11-23/2'];
const [FAILED, FIRST, SECOND] = ['2026-11-23/10', '2026-11-23/11', '2026-11-23/12'];

const events: readonly Event[] = [
  { kind: 'connected', worker: 'w', stream: 1, server: 0 },
  { kind: 'connected', worker: 'v', stream: 1, server: 1 },
  { kind: 'call', requestId: 'r', attempt: 1, server: 0 },
  { kind: 'delivered', worker: 'w', stream: 1, job: FAILED, token: 'a', instance: INSTANCE },
  { kind: 'unanswered', requestId: 'r', attempt: 1, reason: 'UNAVAILABLE' },
  { kind: 'call', requestId: 'r', attempt: 2, server: 1 },
  { kind: 'ack', requestId: 'r', attempt: 2, instance: INSTANCE },
  read('start', 'STARTED', 1),
  ...ended('w', FAILED, 'a', 'CAUSED_RETRY'),
  { kind: 'delivered', worker: 'v', stream: 1, job: FIRST, token: 'b', instance: INSTANCE },
  ...ended('v', FIRST, 'b', 'DONE'),
  { kind: 'delivered', worker: 'w', stream: 1, job: SECOND, token: 'c', instance: INSTANCE },
  ...ended('w', SECOND, 'c', 'DONE'),
  read('end', 'COMPLETED', 4),
];

const facts: Facts = {
  instances: [{ instance: INSTANCE, process: 'p', caller: null, requestId: 'r', state: 'COMPLETED', ends: 1 }],
  jobs: [
    job(FAILED, 'first', 'a', { state: 'CAUSED_RETRY' }),
    job(FIRST, 'first', 'b', { retryCount: 1, dueAt: 200, lockedAt: 201 }),
    job(SECOND, 'second', 'c'),
  ],
  waits: [],
  messages: [],
  leftOver: { open_job: 0 },
};

// Another one that waits for a timer and a message, and calls a process.

const [WAITING, CALLED] = ['2026-11-23/3', '2026-11-23/4'];

const eventsOf: readonly Event[] = [
  ...events,
  { kind: 'call', requestId: 'k', attempt: 1, server: 0 },
  { kind: 'ack', requestId: 'k', attempt: 1, instance: WAITING },
  { kind: 'send', key: 'k', attempt: 1, server: 0 },
  { kind: 'unsent', key: 'k', attempt: 1, reason: 'UNAVAILABLE' },
  { kind: 'send', key: 'k', attempt: 2, server: 1 },
  { kind: 'sent', key: 'k', attempt: 2 },
];

const waiting: Facts = {
  ...facts,
  instances: [
    ...facts.instances,
    { instance: WAITING, process: 'w', caller: null, requestId: 'k', state: 'COMPLETED', ends: 1 },
    { instance: CALLED, process: 'c', caller: '2026-11-23/23', requestId: '', state: 'COMPLETED', ends: 1 },
  ],
  waits: [
    wait('2026-11-23/21', 'tick', 'TIMER_CATCH_EVENT'),
    wait('2026-11-23/22', 'paid', 'MESSAGE_CATCH_EVENT'),
    wait('2026-11-23/23', 'call', 'CALL_ACTIVITY'),
  ],
  messages: [{ key: 'k', receivers: [WAITING] }],
};

function wait(elementInstance: string, element: string, type: string): WaitFact {
  const visit = { elementInstance, instance: WAITING, element, type };
  return { ...visit, state: 'COMPLETED', startedAt: 1_000, endedAt: 1_300 };
}

function withWait(element: string, change: Partial<WaitFact>): Facts {
  const waits = waiting.waits.map((one) => (one.element === element ? { ...one, ...change } : one));
  return { ...waiting, waits };
}

function read(after: 'start' | 'end', state: string, changeNumber: number, asked = Number.POSITIVE_INFINITY): Event {
  return { kind: 'read', after, instance: INSTANCE, server: 1, asked, state, changeNumber };
}

function ended(worker: string, job: string, token: string, state: string): readonly Event[] {
  const handOut = { worker, job, token };
  return [
    { kind: 'outcome', ...handOut },
    { kind: 'accepted', ...handOut, state },
  ];
}

function job(name: string, element: string, token: string, more: Partial<JobFact> = {}): JobFact {
  const ended = { state: 'DONE', retryCount: 0, token, dueAt: 100, lockedAt: 100 };
  return { job: name, instance: INSTANCE, element, ...ended, ...more };
}

/** A read begins when it is answered, unless it says otherwise. */
function inOrder(list: readonly Event[]): readonly Entry[] {
  return list.map((event, at) =>
    event.kind === 'read' && event.asked > at ? { ...event, asked: at, at } : { ...event, at },
  );
}

function rulesBroken(history: readonly Event[], held: Facts = facts): readonly Rule[] {
  return [...new Set(check(inOrder(history), held).map(({ rule }) => rule))];
}

function withInstance(change: Partial<InstanceFact>): Facts {
  return { ...facts, instances: facts.instances.map((one) => ({ ...one, ...change })) };
}

function withJob(name: string, change: Partial<JobFact>): Facts {
  return { ...facts, jobs: facts.jobs.map((one) => (one.job === name ? { ...one, ...change } : one)) };
}

test('a good history breaks no rule', () => {
  expect(check(inOrder(events), facts)).toEqual([]);
});

const broken: readonly [Rule, string, readonly Event[], Facts][] = [
  ['I7: no acknowledged start is lost', 'no row', events, { ...facts, instances: [] }],
  ['I7: no acknowledged start is lost', "another request's row", events, withInstance({ requestId: 's' })],
  [
    'one request id starts one instance',
    'two',
    events,
    { ...facts, instances: [...facts.instances, ...facts.instances.map((one) => ({ ...one, instance: OTHER }))] },
  ],
  ['one request id starts one instance', 'nobody called', events.filter(({ kind }) => kind !== 'call'), facts],
  ['every instance ends, once', 'it runs', events, withInstance({ state: 'STARTED', ends: 0 })],
  ['every instance ends, once', 'it ended twice', events, withInstance({ ends: 2 })],
  ['every instance ends, once', 'something is left', events, { ...facts, leftOver: { open_job: 1 } }],
  ['I7: no acknowledged outcome is lost', 'the job is open', events, withJob(SECOND, { state: 'CREATED' })],
  ['I5: only the current lock token counts', 'another token', events, withJob(SECOND, { token: 'x' })],
  [
    'an outcome that was refused changes nothing',
    'it did',
    [...events, { kind: 'refused', worker: 'w', job: SECOND, token: 'c', reason: 'LOCK_TOKEN_MISMATCH' }],
    facts,
  ],
  ['what ended a job was said by a worker', 'silence', events.filter(({ kind }) => kind !== 'outcome'), facts],
  [
    'each task of an instance is completed once',
    'twice',
    events,
    { ...facts, jobs: [...facts.jobs, job('2026-11-23/13', 'second', 'c')] },
  ],
  [
    'each task of an instance is completed once',
    'never',
    events,
    { ...facts, instances: [...facts.instances, ...facts.instances.map((one) => ({ ...one, instance: OTHER }))] },
  ],
  [
    'a job that failed is retried, once and when it is due',
    'never',
    events,
    { ...facts, jobs: facts.jobs.filter(({ job }) => job !== FIRST) },
  ],
  ['a job that failed is retried, once and when it is due', 'twice', events, withJob(FIRST, { retryCount: 2 })],
  ['a job that failed is retried, once and when it is due', 'too early', events, withJob(FIRST, { lockedAt: 199 })],
  ['I7: a read after an answer sees it, on every server', 'nothing', [...events, read('start', 'NOT_FOUND', 0)], facts],
  ['I7: a read after an answer sees it, on every server', 'it runs', [...events, read('end', 'STARTED', 4)], facts],
  [
    'I13: a server that stands still does not freeze the others',
    'it did',
    [...events, { kind: 'woken', servers: [0], endedMeanwhile: 0 }],
    facts,
  ],
  ['states only go forwards', 'an earlier state', [...events, read('start', 'STARTED', 4)], facts],
  ['states only go forwards', 'an earlier change', [...events, read('end', 'COMPLETED', 3)], facts],
  [
    'I5: a job is not handed out while its worker is connected',
    'two workers',
    [...events, { kind: 'delivered', worker: 'v', stream: 1, job: SECOND, token: 'd', instance: INSTANCE }],
    facts,
  ],
];

const received = 'I7, I10: each acknowledged message is received once, by who waits for it';

const brokenEvents: readonly [Rule, string, Facts][] = [
  [received, 'it is lost', { ...waiting, messages: [] }],
  [received, 'nobody has it', { ...waiting, messages: [{ key: 'k', receivers: [] }] }],
  [received, 'another one has it', { ...waiting, messages: [{ key: 'k', receivers: [INSTANCE] }] }],
  [received, 'two have it', { ...waiting, messages: [{ key: 'k', receivers: [WAITING, INSTANCE] }] }],
  [received, 'it was sent twice', { ...waiting, messages: [...waiting.messages, ...waiting.messages] }],
  [
    'nobody receives a message that was not sent',
    'it is there',
    { ...waiting, messages: [...waiting.messages, { key: 'x', receivers: [] }] },
  ],
  ['each event that an instance waits for happens once', 'it waits', withWait('tick', { state: 'STARTED' })],
  [
    'each event that an instance waits for happens once',
    'twice',
    { ...waiting, waits: [...waiting.waits, ...waiting.waits.slice(0, 1)] },
  ],
  ['no timer happens before its time', 'it did', withWait('tick', { endedAt: 1_299 })],
  [
    'what is called ends once, and its caller goes on',
    'nothing is called',
    { ...waiting, instances: waiting.instances.filter(({ instance }) => instance !== CALLED) },
  ],
  [
    'what is called ends once, and its caller goes on',
    'twice',
    {
      ...waiting,
      instances: waiting.instances.flatMap((one) =>
        one.instance === CALLED ? [one, { ...one, instance: OTHER }] : one,
      ),
    },
  ],
  [
    'what is called ends once, and its caller goes on',
    'by nobody',
    { ...waiting, waits: waiting.waits.filter(({ element }) => element !== 'call') },
  ],
];

test('a good history of events breaks no rule', () => {
  expect(check(inOrder(eventsOf), waiting)).toEqual([]);
});

test.each(brokenEvents)('broken: %s (%s)', (rule, _how, held) => {
  expect(rulesBroken(eventsOf, held)).toContain(rule);
});

test.each(broken)('broken: %s (%s)', (rule, _how, history, held) => {
  expect(rulesBroken(history, held)).toContain(rule);
});

test('a read that began before another was answered may show what was before', () => {
  const late = events.flatMap((event) => (event.kind === 'read' && event.after === 'end' ? [event] : []));
  expect(rulesBroken([...events, ...late, read('start', 'STARTED', 1, 3)])).toEqual([]);
});

test.each<Event>([
  { kind: 'disconnected', worker: 'w', stream: 1 },
  { kind: 'killed', worker: 'w' },
  { kind: 'fault', fault: 'kill', servers: [0] },
])('a job may go to another worker after: $kind', (reason) => {
  const again: Event = { kind: 'delivered', worker: 'v', stream: 1, job: SECOND, token: 'd', instance: INSTANCE };
  expect(rulesBroken([...events, reason, again])).toEqual([]);
  const elsewhere: Event = { kind: 'fault', fault: 'kill', servers: [1] };
  expect(rulesBroken([...events, elsewhere, again])).not.toEqual([]);
});

test('an outcome whose answer was lost may have been applied', () => {
  expect(rulesBroken(events.filter((event) => event.kind !== 'accepted'))).toEqual([]);
});
