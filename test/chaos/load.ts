/** The clients of a round, each a process of its own, and what they say about themselves while they run. */
import { type Program, startProgram } from '../support/programs.js';

export interface StarterInput {
  readonly addresses: readonly string[];
  readonly callersPerServer: number;
  /** For its history. */
  readonly folder: string;
}

export interface StarterReport {
  /** Calls without an answer, by server. */
  readonly inFlight: readonly number[];
  readonly started: number;
  /** It was told to stop, and everything is answered. */
  readonly idle: boolean;
}

export interface WorkerInput {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly topic: string;
  readonly lastElement: string;
  readonly concurrency: number;
  readonly folder: string;
}

export interface WorkerReport {
  /** The one that it is or was connected to. */
  readonly server: number;
  readonly connected: boolean;
  /** Outcomes without an answer. */
  readonly owed: number;
  /** Instances that it has ended. */
  readonly ended: number;
}

export interface LoadSettings {
  readonly addresses: readonly string[];
  readonly topic: string;
  readonly lastElement: string;
  readonly callersPerServer: number;
  readonly workers: number;
  readonly folder: string;
}

const JOBS_AT_ONCE = 200;

/** What is true of a worker that was killed, whatever it said. */
const GONE = { owed: 0, connected: false };

export class Load {
  private readonly settings: LoadSettings;
  private readonly starter: Program;
  private readonly workers: { readonly name: string; readonly program: Program }[] = [];
  private readonly reports = new Map<Program, WorkerReport>();
  private starts: StarterReport = { inFlight: [], started: 0, idle: false };
  private workersEver = 0;
  private readonly listeners = new Set<() => void>();

  constructor(settings: LoadSettings) {
    this.settings = settings;
    const { addresses, callersPerServer, folder } = settings;
    for (let i = 0; i < settings.workers; i++) this.addWorker();
    const input: StarterInput = { addresses, callersPerServer, folder };
    this.starter = startProgram('test/chaos/starter.ts', input);
    this.starter.child.on('message', (report: StarterReport) => {
      this.starts = report;
      this.starter.child.connected && this.starter.child.send({ ended: this.ended });
      this.tell();
    });
  }

  /** Commands that this server has not answered yet. */
  inFlight(server: number): number {
    let owed = 0;
    for (const report of this.reports.values()) if (report.server === server) owed += report.owed;
    return (this.starts.inFlight[server] ?? 0) + owed;
  }

  /** Where outcomes come from workers; elsewhere there are only starts. */
  hasWorker(server: number): boolean {
    return [...this.reports.values()].some((report) => report.connected && report.server === server);
  }

  /** Instances whose end was acknowledged. */
  get ended(): number {
    let ended = 0;
    for (const report of this.reports.values()) ended += report.ended;
    return ended;
  }

  /** Starts and ends that were acknowledged. */
  get progress(): number {
    return this.starts.started + this.ended;
  }

  /** Resolves when it is so, as far as the clients have said; or with false, when the time has passed. */
  until(holds: () => boolean, withinMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (held: boolean) => {
        this.listeners.delete(look);
        clearTimeout(timer);
        resolve(held);
      };
      const look = () => holds() && end(true);
      const timer = withinMs === undefined ? undefined : setTimeout(() => end(false), withinMs);
      this.listeners.add(look);
      look();
    });
  }

  /** So many calls at once, to this server. */
  burst(server: number, calls: number): void {
    this.starter.child.send({ burst: { server, calls } });
  }

  /** A worker dies with what it holds, one of this server if there is one; another one takes its place. */
  async killWorker(server: number, note: (worker: string) => void): Promise<void> {
    const place = this.workers.findIndex(({ program }) => this.reports.get(program)?.server === server);
    const [victim] = this.workers.splice(Math.max(place, 0), 1);
    this.addWorker();
    if (victim === undefined) return;
    note(victim.name);
    await victim.program.kill();
  }

  /** Everything that was begun is answered; signals are sent, and workers go on. */
  async endStarts(): Promise<void> {
    this.starter.child.send({ stop: true });
    await this.until(() => this.starts.idle);
  }

  /** Outcomes that were said are answered. */
  async end(): Promise<void> {
    await Promise.all([this.starter.stop(), ...this.workers.map(({ program }) => program.stop())]);
  }

  async kill(): Promise<void> {
    await Promise.all([this.starter, ...this.workers.map(({ program }) => program)].map((program) => program.kill()));
  }

  private addWorker(): void {
    const { addresses, topic, lastElement, folder } = this.settings;
    this.workersEver += 1;
    const name = `worker-${this.workersEver}`;
    const input: WorkerInput = { name, addresses, topic, lastElement, concurrency: JOBS_AT_ONCE, folder };
    const worker = startProgram('test/chaos/worker.ts', input);
    this.workers.push({ name, program: worker });
    worker.child.on('message', (report: WorkerReport) => {
      this.reports.set(worker, worker.child.killed ? { ...report, ...GONE } : report);
      this.tell();
    });
    worker.child.once('exit', () => {
      const last = this.reports.get(worker);
      if (last !== undefined) this.reports.set(worker, { ...last, ...GONE });
    });
  }

  private tell(): void {
    for (const look of this.listeners) look();
  }
}
