/** The first wait of a group: what is addressed, where it belongs, and what may change about processes. */
import type { Partition, Ref } from '../core/state.js';
import type { Locate, Located, Place } from '../engine/ports/lane.js';
import { numberAt } from './cells.js';
import { byPartition } from './days.js';
import { dayOf, TIME } from './engine-row.js';
import {
  findCandidates,
  findKeyHolders,
  findMatches,
  readCandidates,
  readKeyHolders,
  readMatches,
} from './locate-messages.js';
import { findAudience, readAudiences } from './locate-signals.js';
import type { Partitions } from './partitions.js';
import { type Placed, places, type ReadPlace, readPlace } from './paths.js';
import { lockRememberedRoots } from './process-instances.js';
import { headsById, headsByName, headsOfCalls, readHeads } from './processes.js';
import { Requests } from './requests.js';
import { type Call, call, type Result, resultAt } from './statement.js';
import { jobOfPayload } from './tasks.js';

const PLACED: readonly Placed[] = ['processInstances', 'elementInstances', 'jobs', 'incidents', 'tasks', 'userTasks'];

export class LocateBatch {
  readonly calls: Call[] = [];
  private readonly locate: Locate;
  private readonly requests: Requests;
  private readonly asked: { readonly kind: Placed; readonly partition: Partition; readonly at: number }[] = [];
  private readonly timeAt: number;
  private readonly namesAt: number;
  private readonly idsAt: number;
  private readonly calledAt: number;
  private readonly messagesAt: number;
  private readonly locksAt: number;

  constructor(locate: Locate, partitions: Partitions) {
    this.locate = locate;
    this.requests = new Requests(locate.requests);
    // Request rows come first: a repetition waits there, before it holds anything that others need.
    this.calls.push(...this.requests.insert(), call(TIME));
    this.timeAt = this.calls.length - 1;
    for (const kind of PLACED) this.ask(kind, locate[kind], partitions);
    this.namesAt = this.calls.length;
    if (locate.names.length > 0) this.calls.push(headsByName(locate.names));
    this.idsAt = this.calls.length;
    if (locate.processIds.length > 0) this.calls.push(headsById(locate.processIds));
    this.calledAt = this.calls.length;
    if (locate.called.length > 0) this.calls.push(headsOfCalls(locate.called));
    this.messagesAt = this.calls.length;
    const { matches = [], searches = [], messageKeys = [], audiences = [] } = locate;
    if (matches.length > 0) this.calls.push(...findCandidates(matches));
    if (messageKeys.length > 0) this.calls.push(findKeyHolders(messageKeys));
    for (const search of searches) this.calls.push(findMatches(search));
    for (const audience of audiences) this.calls.push(...findAudience(audience));
    // Locks come last, so that nobody waits for them while another statement of this batch waits.
    this.locksAt = this.calls.length;
    if (locate.remembered.length > 0) this.lock(locate.remembered, partitions);
  }

  private ask(kind: Placed, refs: readonly Ref[], partitions: Partitions): void {
    if (refs.length === 0) return;
    for (const [partition, ofDay] of byPartition(refs)) {
      if (!partitions.has(partition)) continue;
      this.asked.push({ kind, partition, at: this.calls.length });
      this.calls.push(places(kind, partition, ofDay));
    }
  }

  private lock(roots: readonly Ref[], partitions: Partitions): void {
    for (const [day, ofDay] of byPartition(roots)) {
      if (!partitions.has(day)) continue;
      this.calls.push(
        lockRememberedRoots(
          day,
          ofDay.map(({ id }) => id),
        ),
      );
    }
  }

  /** The statement that reads request rows, when not all of them are new. */
  readRequests(results: readonly Result[]): Call | null {
    return this.timeAt === 0 || this.requests.allNew(resultAt(results, 0)) ? null : this.requests.read();
  }

  /** `requests`: what `readRequests` gave, if it was asked. */
  read(results: readonly Result[], requests: Result | null): Located {
    const time = resultAt(results, this.timeAt).rows[0] ?? [];
    const realNow = numberAt(time, 0);
    const now = realNow + numberAt(time, 1);
    const { names, processIds, called } = this.locate;
    return {
      now,
      realNow,
      partition: dayOf(now),
      requests: requests === null ? this.locate.requests.map(() => null) : this.requests.answers(requests.rows),
      processInstances: this.places('processInstances', results, onlyPlace),
      elementInstances: this.places('elementInstances', results, onlyPlace),
      jobs: this.places('jobs', results, onlyPlace),
      incidents: this.places('incidents', results, ({ place, extra }) => ({
        ...place,
        jobId: extra === null ? null : Number(extra),
      })),
      userTasks: this.places('userTasks', results, onlyPlace),
      tasks: this.places('tasks', results, ({ place, extra }) => ({ ...place, jobId: jobOfPayload(extra) })),
      names: names.length === 0 ? [] : readHeads(resultAt(results, this.namesAt).rows, names.length),
      processIds: processIds.length === 0 ? [] : readHeads(resultAt(results, this.idsAt).rows, processIds.length),
      called: called.length === 0 ? [] : readHeads(resultAt(results, this.calledAt).rows, called.length),
      ...this.messages(results.slice(this.messagesAt, this.locksAt)),
      changeNumbers: this.changeNumbers(results.slice(this.locksAt)),
    };
  }

  private messages(results: readonly Result[]): Pick<Located, 'matches' | 'messageKeys' | 'searches' | 'audiences'> {
    const { matches = [], messageKeys = [], searches = [], audiences = [] } = this.locate;
    const ofMatches = matches.length > 0 ? 3 : 0;
    const ofKeys = messageKeys.length > 0 ? 1 : 0;
    const audiencesAt = ofMatches + ofKeys + searches.length;
    return {
      matches: readCandidates(matches.length, results.slice(0, ofMatches)),
      messageKeys: ofKeys === 0 ? [] : readKeyHolders(messageKeys.length, resultAt(results, ofMatches)),
      searches: searches.map((search, at) => readMatches(search, results[ofMatches + ofKeys + at])),
      audiences: readAudiences(audiences, results.slice(audiencesAt)),
    };
  }

  private changeNumbers(results: readonly Result[]): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    for (const { rows } of results) for (const cells of rows) found.set(numberAt(cells, 0), numberAt(cells, 1));
    return found;
  }

  private places<T>(kind: Placed, results: readonly Result[], make: (read: ReadPlace) => T): ReadonlyMap<number, T> {
    const found = new Map<number, T>();
    for (const { partition, at } of this.asked.filter((asked) => asked.kind === kind)) {
      for (const cells of resultAt(results, at).rows) {
        const read = readPlace(cells, partition);
        found.set(read.id, make(read));
      }
    }
    return found;
  }
}

function onlyPlace({ place }: ReadPlace): Place {
  return place;
}
