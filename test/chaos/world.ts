/** What a fault acts on: servers, their clients, and the history that it writes itself into. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatonClient } from '@baton/client';
import type { PostgresServer } from '../support/postgres.js';
import { check } from './checker.js';
import { Cluster, type Server } from './cluster.js';
import { type Facts, readFacts, readUnended } from './facts.js';
import { type Between, type Entry, Journal, readHistory } from './history.js';
import { Load } from './load.js';
import { type Logs, readLogs } from './logs.js';
import { LAST_ELEMENT, models, TASKS } from './models.js';
import type { Dice } from './random.js';

export interface WorldSettings {
  readonly databaseUrl: string;
  /** Only for faults of the database. */
  readonly postgres?: PostgresServer;
  readonly servers: number;
  readonly dice: Dice;
  readonly imports?: readonly string[];
  /** Nothing happens that a living server could be declared dead for. */
  readonly nobodyDies?: boolean;
  /** Everything has to end in this time, once the faults are over. Left out, two minutes. */
  readonly endMs?: number;
}

/** A kill counts with so many commands in flight, by the history of the clients. */
export const IN_FLIGHT = 100;

/** What clients report of themselves is a little old. */
const IN_FLIGHT_NOW = 120;

/** Calls at a time, to each server, between faults; and those that a server gets beside these before it is hit. */
const CALLERS = 30;
const BURST = 250;
const BURST_MS = 1_000;
const WORKERS = 2;

/** What a round leaves for those who look for the cause of a violation. */
const REPORTS = fileURLToPath(new URL('../../test-reports', import.meta.url));

/** Starts and ends that are acknowledged between two faults. */
const PROGRESS = 300;

/**
 * So short that deaths are written soon; a loaded machine lets living servers be silent for longer. Where nobody may die
 * the time is as long as a loaded machine needs.
 */
const DEAD_TIME_MS = 2_000;
const PATIENT_DEAD_TIME_MS = 6_000;

const END_MS = 120_000;

export interface Result {
  readonly history: readonly Entry[];
  readonly facts: Facts;
  readonly logs: Logs;
  readonly violations: readonly { readonly rule: string; readonly message: string }[];
  /** Histories and logs; gone when there is no violation. */
  readonly folder: string;
}

export class World {
  readonly settings: WorldSettings;
  readonly cluster: Cluster;
  readonly load: Load;
  readonly journal: Journal;
  private readonly folder: string;

  private constructor(settings: WorldSettings, cluster: Cluster, load: Load, folder: string) {
    this.settings = settings;
    this.cluster = cluster;
    this.load = load;
    this.folder = folder;
    this.journal = new Journal(folder, 'faults');
  }

  static async start(settings: WorldSettings): Promise<World> {
    mkdirSync(REPORTS, { recursive: true });
    const folder = mkdtempSync(join(REPORTS, 'chaos-'));
    const cluster = await Cluster.start({ ...settings, deadTimeMs: deadTimeOf(settings), folder });
    const { addresses } = cluster;
    const client = new BatonClient({ address: addresses });
    for (const bpmnXml of models()) await client.processes.create({ bpmnXml });
    client.close();
    const load = new Load({
      addresses,
      topic: TASKS,
      lastElement: LAST_ELEMENT,
      callersPerServer: CALLERS,
      workers: WORKERS,
      folder,
    });
    return new World(settings, cluster, load, folder);
  }

  get dice(): Dice {
    return this.settings.dice;
  }

  /** A server by chance, when things have gone on since the last fault. */
  async nextVictim(): Promise<Server> {
    await this.goOn();
    return this.dice.one(this.cluster.servers);
  }

  /** The same of those where trees are locked: only outcomes find trees that are there already. */
  async nextVictimWithWorker(): Promise<Server> {
    await this.goOn();
    const hasWorker = ({ place }: Server) => this.load.hasWorker(place);
    await this.load.until(() => this.cluster.servers.some(hasWorker));
    return this.dice.one(this.cluster.servers.filter(hasWorker));
  }

  private async goOn(): Promise<void> {
    const goal = this.load.progress + PROGRESS;
    await this.load.until(() => this.load.progress >= goal);
  }

  /** Gives the server enough to do; again when it was done before anybody could see it. */
  async makeBusy({ place }: Server): Promise<void> {
    do this.load.burst(place, BURST);
    while (!(await this.load.until(() => this.isBusy(place), BURST_MS)));
  }

  isBusy(place: number): boolean {
    return this.load.inFlight(place) >= IN_FLIGHT_NOW;
  }

  get deadTimeMs(): number {
    return deadTimeOf(this.settings);
  }

  /** For faults of the database. */
  get postgres(): PostgresServer {
    const { postgres } = this.settings;
    if (postgres === undefined) throw new Error('this world may do nothing to its database');
    return postgres;
  }

  /** One that is connected there, else another one. */
  killWorker(place: number): Promise<void> {
    return this.load.killWorker(place, (worker) => this.journal.write({ kind: 'killed', worker }));
  }

  /** Writes down what is done to these servers, before it is done. */
  fault(fault: string, servers: readonly number[], between?: Between): void {
    this.journal.write({ kind: 'fault', fault, servers, ...(between === undefined ? {} : { between }) });
  }

  faultOfAll(fault: string, between?: Between): void {
    const servers = this.cluster.servers.map(({ place }) => place);
    this.fault(fault, servers, between);
  }

  woken(servers: readonly number[], endedMeanwhile: number): void {
    this.journal.write({ kind: 'woken', servers, endedMeanwhile });
  }

  /** Lets everything end, stops all, and compares what was said with what there is. */
  async end(): Promise<Result> {
    const { databaseUrl } = this.settings;
    await this.load.endStarts();
    const stuck = await this.waitForEnds();
    await this.load.end();
    await this.cluster.stop();
    this.journal.close();
    const logs = readLogs(this.folder);
    const history = [...readHistory(this.folder), ...logs.deaths].sort((one, other) => one.at - other.at);
    const facts = await readFacts(databaseUrl);
    const errors = logs.errors.map((message) => ({ rule: 'no server logs an error', message }));
    const wrongDeaths = this.settings.nobodyDies ? logs.declaredDead : [];
    const deaths = wrongDeaths.map((name) => ({ rule: 'I13: nobody is declared dead wrongly', message: name }));
    const violations = [...stuck, ...check(history, facts), ...errors, ...deaths];
    if (violations.length === 0) rmSync(this.folder, { recursive: true });
    return { history, facts, logs, violations, folder: this.folder };
  }

  /** For when something went wrong; else a process that was stopped would stay. */
  async kill(): Promise<void> {
    await Promise.all([this.load.kill(), this.cluster.kill()]);
  }

  private async waitForEnds(): Promise<Result['violations']> {
    const until = performance.now() + (this.settings.endMs ?? END_MS);
    for (;;) {
      const unended = await readUnended(this.settings.databaseUrl);
      if (unended.length === 0) return [];
      if (performance.now() > until) return unended.map((message) => ({ rule: 'every instance ends, once', message }));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function deadTimeOf({ nobodyDies }: WorldSettings): number {
  return nobodyDies ? PATIENT_DEAD_TIME_MS : DEAD_TIME_MS;
}
