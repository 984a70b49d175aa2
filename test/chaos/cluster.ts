/**
 * Built servers on one database, each its own process with a proxy before its database. A server keeps its address over
 * its deaths, so that clients find it again, and has another name each time, as servers have by default.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Moment, PostgresProxy } from '../support/postgres-proxy.js';
import { type Program, startServer } from '../support/programs.js';

export interface ClusterSettings {
  readonly databaseUrl: string;
  readonly servers: number;
  /** For the servers' logs. */
  readonly folder: string;
  readonly imports?: readonly string[];
  /** Milliseconds after which the others declare a silent server dead. */
  readonly deadTimeMs: number;
}

const SETTINGS = {
  BATON_LOG_LEVEL: 'warn',
  BATON_LOG_FORMAT: 'json',
  BATON_HEARTBEAT_INTERVAL: '500ms',
  BATON_RESUME_WINDOW: '2s',
  BATON_DRAIN_TIMEOUT: '1s',
};

export class Cluster {
  readonly servers: readonly Server[];

  private constructor(servers: readonly Server[]) {
    this.servers = servers;
  }

  static async start(settings: ClusterSettings): Promise<Cluster> {
    const servers: Server[] = [];
    for (let place = 0; place < settings.servers; place++) servers.push(await Server.open(place, settings));
    // The first one makes the tables.
    await servers[0]?.start();
    await Promise.all(servers.slice(1).map((server) => server.start()));
    return new Cluster(servers);
  }

  get addresses(): readonly string[] {
    return this.servers.map(({ address }) => address);
  }

  at(place: number): Server {
    const server = this.servers[place];
    if (server === undefined) throw new Error(`there is no server ${place}`);
    return server;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

export class Server {
  readonly place: number;
  readonly address: string;
  readonly proxy: PostgresProxy;
  private readonly port: number;
  private readonly settings: ClusterSettings;
  private program: Program | undefined;
  private lives = 0;

  private constructor(place: number, settings: ClusterSettings, port: number, proxy: PostgresProxy) {
    this.place = place;
    this.settings = settings;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
    this.proxy = proxy;
  }

  static async open(place: number, settings: ClusterSettings): Promise<Server> {
    return new Server(place, settings, await freePort(), await PostgresProxy.start(settings.databaseUrl));
  }

  /** Its name among the servers of the database. */
  get id(): string {
    return `server-${this.place}-${this.lives}`;
  }

  async start(): Promise<void> {
    this.lives += 1;
    const { folder, deadTimeMs, imports = [] } = this.settings;
    const settings = {
      ...SETTINGS,
      BATON_DATABASE_URL: this.proxy.url,
      BATON_SERVER_ID: this.id,
      BATON_DEAD_TIME: `${deadTimeMs}ms`,
    };
    const program = await startServer(settings, { port: this.port, logFile: join(folder, `${this.id}.log`), imports });
    this.program = program;
    // One that is stopped would outlive this process.
    const kill = () => program.child.kill('SIGKILL');
    process.once('exit', kill);
    program.child.once('exit', () => process.off('exit', kill));
  }

  /** At once: what follows in this turn of the event loop happens after its end. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.program?.child.kill(signal);
  }

  /** Resolves when the system has buried it. */
  async gone(): Promise<void> {
    const child = this.program?.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await once(child, 'exit');
  }

  /** Calls `act` at the next such moment of one of its commit groups, and resolves with its answer: false to let it pass. */
  at(moment: Moment, act: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.proxy.at(moment, () => {
        const acted = act();
        resolve(acted);
        return acted;
      });
    });
  }

  async stop(): Promise<void> {
    await this.program?.stop();
    await this.proxy.stop();
  }

  async close(): Promise<void> {
    await this.program?.kill();
    await this.proxy.stop();
  }
}

/** Below the ports that systems give to outgoing connections: one of those could take it while its server is dead. */
const PORTS = { first: 20_000, last: 32_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
