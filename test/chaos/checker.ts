/**
 * Compares what the clients were told and saw with what the database holds when all has ended. Pure: a history and facts
 * in, violations out. Each rule names what the product promises.
 */
import { eventRules } from './checker-events.js';
import { type Evidence, groupedBy } from './evidence.js';
import type { Facts, InstanceFact, JobFact } from './facts.js';
import { type Entry, type EntryOf, ofKind } from './history.js';

export interface Violation {
  readonly rule: Rule;
  readonly message: string;
}

/** Each answers a sentence for each violation. */
const rules = {
  'I7: no acknowledged start is lost': ({ history, instances }) =>
    ofKind(history, 'ack').flatMap(({ requestId, instance }) => {
      const found = instances.get(instance);
      if (found === undefined) return [`start ${requestId} was answered with ${instance}, which does not exist`];
      if (found.requestId === requestId) return [];
      return [`start ${requestId} was answered with ${instance}, which ${found.requestId} started`];
    }),

  'one request id starts one instance': ({ history, byRequest }) => {
    const called = new Set(ofKind(history, 'call').map(({ requestId }) => requestId));
    return [...byRequest].flatMap(([requestId, made]) => {
      if (!called.has(requestId)) return [`nobody called ${requestId}, but there is ${names(made)}`];
      return made.length === 1 ? [] : [`start ${requestId} made ${names(made)}`];
    });
  },

  'every instance ends, once': ({ facts }) => [
    ...facts.instances.flatMap(({ instance, state, ends }) =>
      state === 'COMPLETED' && ends === 1 ? [] : [`${instance} is ${state} and reached its end ${ends} times`],
    ),
    ...Object.entries(facts.leftOver).flatMap(([table, count]) =>
      count === 0 ? [] : [`when all has ended, ${table} still has ${count} rows`],
    ),
  ],

  'I7: no acknowledged outcome is lost': ({ accepted, jobs }) =>
    accepted.flatMap(({ job, state }) => {
      const found = jobs.get(job);
      return found?.state === state
        ? []
        : [`job ${job} was answered with ${state} but is ${found?.state ?? 'unknown'}`];
    }),

  'I5: only the current lock token counts': ({ accepted, jobs }) =>
    accepted.flatMap(({ job, token }) => {
      const current = jobs.get(job)?.token;
      return current === token
        ? []
        : [`an outcome of job ${job} with ${token} was accepted; it is held with ${current}`];
    }),

  'an outcome that was refused changes nothing': ({ history, jobs }) =>
    ofKind(history, 'refused').flatMap(({ job, token, reason }) =>
      jobs.get(job)?.token === token ? [`job ${job} ended with an outcome that was refused with ${reason}`] : [],
    ),

  'what ended a job was said by a worker': ({ history, facts }) => {
    const said = new Set(ofKind(history, 'outcome').map(({ job, token }) => `${job} ${token}`));
    return facts.jobs.flatMap(({ job, token, state }) =>
      said.has(`${job} ${token}`) ? [] : [`job ${job} is ${state} with token ${token}, which nobody used`],
    );
  },

  'each task of an instance is completed once': ({ facts, instances }) => {
    const done = new Map<string, number>();
    const processOf = ({ instance }: { readonly instance: string }) => instances.get(instance)?.process ?? '';
    const tasksOf = groupedBy(facts.jobs, processOf);
    for (const { instance, element, state } of facts.jobs) {
      const task = `${instance} ${element}`;
      if (state === 'DONE') done.set(task, (done.get(task) ?? 0) + 1);
    }
    return [...instances.values()].flatMap(({ instance, process }) =>
      [...new Set(tasksOf.get(process)?.map(({ element }) => element))].flatMap((element) => {
        const times = done.get(`${instance} ${element}`) ?? 0;
        return times === 1 ? [] : [`${element} of ${instance} was completed ${times} times`];
      }),
    );
  },

  'a job that failed is retried, once and when it is due': ({ facts }) => {
    const tasks = groupedBy(facts.jobs, ({ instance, element }) => `${element} of ${instance}`);
    return [...tasks].flatMap(([task, jobs]) => retryProblems(task, jobs));
  },

  'I7: a read after an answer sees it, on every server': ({ history }) =>
    ofKind(history, 'read').flatMap(({ after, instance, server, state }) => {
      const seen = after === 'end' ? state === 'COMPLETED' : ranks.has(state);
      return seen ? [] : [`server ${server} showed ${instance} as ${state} after its ${after} was answered`];
    }),

  'states only go forwards': ({ history }) => {
    const reads = groupedBy(ofKind(history, 'read'), ({ instance }) => instance);
    return [...reads.values()].flatMap(backwards);
  },

  'I13: a server that stands still does not freeze the others': ({ history }) =>
    ofKind(history, 'woken').flatMap(({ servers, endedMeanwhile }) =>
      endedMeanwhile > 0 ? [] : [`nothing ended while server ${servers.join(', ')} stood still`],
    ),

  'I5: a job is not handed out while its worker is connected': ({ history }) => doubleHolders(history),

  ...eventRules,
} satisfies Readonly<Record<string, (evidence: Evidence) => readonly string[]>>;

export type Rule = keyof typeof rules;

export function check(history: readonly Entry[], facts: Facts): readonly Violation[] {
  const evidence: Evidence = {
    history,
    facts,
    instances: new Map(facts.instances.map((fact) => [fact.instance, fact])),
    byRequest: groupedBy(
      facts.instances.filter(({ caller }) => caller === null),
      ({ requestId }) => requestId,
    ),
    jobs: new Map(facts.jobs.map((fact) => [fact.job, fact])),
    accepted: ofKind(history, 'accepted'),
  };
  const names = Object.keys(rules) as Rule[];
  return names.flatMap((rule) => rules[rule](evidence).map((message) => ({ rule, message })));
}

/** Of a process instance; a state that is not here is none that an instance of the load can have. */
const ranks: ReadonlyMap<string, number> = new Map([
  ['CREATED', 0],
  ['STARTED', 1],
  ['COMPLETED', 2],
]);

/** A read that began after another had been answered must not show an earlier state. */
function backwards(reads: readonly EntryOf<'read'>[]): readonly string[] {
  return reads.flatMap((later) => {
    const earlier = reads.filter(({ at }) => at < later.asked);
    const worse = earlier.find(
      (one) => (ranks.get(one.state) ?? 0) > (ranks.get(later.state) ?? 0) || one.changeNumber > later.changeNumber,
    );
    if (worse === undefined) return [];
    return [`${later.instance} was ${worse.state} at server ${worse.server}, then ${later.state} at ${later.server}`];
  });
}

/** Jobs of one visit of a task: each but the last failed, and was followed by the next one. */
function retryProblems(task: string, jobs: readonly JobFact[]): readonly string[] {
  const problems: string[] = [];
  const inOrder = [...jobs].sort((one, other) => one.retryCount - other.retryCount);
  for (const [place, { job, state, retryCount, dueAt, lockedAt }] of inOrder.entries()) {
    const wanted = place === inOrder.length - 1 ? 'DONE' : 'CAUSED_RETRY';
    if (retryCount !== place) problems.push(`${task}: job ${job} is retry ${retryCount} instead of ${place}`);
    if (state !== wanted) problems.push(`${task}: job ${job} is ${state} instead of ${wanted}`);
    if (lockedAt !== null && lockedAt < dueAt) problems.push(`${task}: job ${job} was handed out before it was due`);
  }
  return problems;
}

/** A hand-out needs a reason: the stream of the one before was gone, or its server was hit by a fault. */
function doubleHolders(history: readonly Entry[]): readonly string[] {
  const streams = new Map<string, { readonly worker: string; readonly server: number; hit: boolean; open: boolean }>();
  const holders = new Map<string, EntryOf<'delivered'>>();
  const found: string[] = [];
  for (const entry of history) {
    if (entry.kind === 'connected') {
      streams.set(nameOf(entry), { worker: entry.worker, server: entry.server, hit: false, open: true });
    } else if (entry.kind === 'disconnected') {
      const stream = streams.get(nameOf(entry));
      if (stream !== undefined) stream.open = false;
    } else if (entry.kind === 'killed') {
      for (const stream of streams.values()) if (stream.worker === entry.worker) stream.open = false;
    } else if (entry.kind === 'fault') {
      for (const stream of streams.values()) if (entry.servers.includes(stream.server)) stream.hit = true;
    } else if (entry.kind === 'delivered') {
      const before = holders.get(entry.job);
      const stream = before && streams.get(nameOf(before));
      if (before !== undefined && stream?.open && !stream.hit) {
        found.push(`job ${entry.job} went to ${entry.worker} while ${before.worker} held it over a living stream`);
      }
      holders.set(entry.job, entry);
    }
  }
  return found;
}

function nameOf({ worker, stream }: { readonly worker: string; readonly stream: number }): string {
  return `${worker} ${stream}`;
}

function names(instances: readonly InstanceFact[]): string {
  return instances.map(({ instance }) => instance).join(' and ');
}
