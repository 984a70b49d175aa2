/**
 * A TCP proxy between a server and its PostgreSQL that understands where messages begin: it counts waits, commits and
 * statements, cuts a connection right after its COMMIT was forwarded, and says when a commit group has come to a certain
 * moment.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Counts of one connection; a wait begins when something is sent while nothing is owed. */
export interface WireCounts {
  waits: number;
  commits: number;
  /** Times that PostgreSQL was asked to answer (Sync, or a simple query): it writes to the socket for each. */
  ends: number;
  /** Begin and commit are statements, too. */
  statements: number;
}

/**
 * `reading`: a read that is one snapshot begins, and PostgreSQL does not get it. The others are of a commit group. `locked`:
 * its server asks for the locks of its roots. `flushing`: flush and COMMIT were sent, and PostgreSQL does not get them.
 * `committing`: it gets them, and its answer is lost. `committed`: it has answered to COMMIT, and that is lost.
 */
export type Moment = 'reading' | 'locked' | 'flushing' | 'committing' | 'committed';

/** False: the moment passes as if nobody had waited for it. */
type Act = () => boolean;

export class PostgresProxy {
  readonly url: string;
  readonly connections: WireCounts[] = [];
  private readonly server: Server;
  private readonly links = new Set<Link>();
  private cuts = 0;
  private onCut: (() => void) | undefined;
  private awaited: { readonly moment: Moment; readonly act: Act } | undefined;
  private frozen = false;
  private away = false;

  private constructor(server: Server, url: string) {
    this.server = server;
    this.url = url;
  }

  static async start(targetUrl: string): Promise<PostgresProxy> {
    const target = new URL(targetUrl);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = (server.address() as AddressInfo).port;
    const url = new URL(targetUrl);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    const proxy = new PostgresProxy(server, url.href);
    server.on('connection', (client) => proxy.link(client, connect(Number(target.port), target.hostname)));
    return proxy;
  }

  /** The next COMMIT reaches PostgreSQL, and its answer is lost with the connection. Resolves when that has happened. */
  cutAfterNextCommit(): Promise<void> {
    this.cuts += 1;
    return new Promise((resolve) => {
      this.onCut = resolve;
    });
  }

  /** The next COMMIT of a commit group is lost on its way, and its connection with it. Resolves when that has happened. */
  loseNextCommit(): Promise<void> {
    return new Promise((resolve) => {
      this.at('flushing', () => {
        resolve();
        return true;
      });
    });
  }

  /**
   * `act` is called at the next such moment, before anything else happens. What is lost then, is lost for good, with all
   * that the connection would say after it.
   */
  at(moment: Moment, act: Act): void {
    this.awaited = { moment, act };
  }

  /** Connections are cut, and new ones refused, until it comes back. */
  goAway(): void {
    this.away = true;
    this.cutAll();
  }

  comeBack(): void {
    this.away = false;
  }

  /** Nothing is forwarded in either direction until it thaws: as when the database stands still. */
  freeze(): void {
    this.frozen = true;
    for (const link of this.links) link.pause();
  }

  thaw(): void {
    this.frozen = false;
    for (const link of this.links) link.resume();
  }

  /** Waits of all connections, ever. */
  get waits(): number {
    return this.connections.reduce((sum, { waits }) => sum + waits, 0);
  }

  /** Statements of all connections, ever. */
  get statements(): number {
    return this.connections.reduce((sum, { statements }) => sum + statements, 0);
  }

  /** All at once, as when a network goes. */
  cutAll(): void {
    for (const link of this.links) link.destroy();
  }

  async stop(): Promise<void> {
    this.cutAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private link(client: Socket, database: Socket): void {
    if (this.away) {
      client.on('error', () => undefined).destroy();
      database.on('error', () => undefined).destroy();
      return;
    }
    const counts: WireCounts = { waits: 0, commits: 0, ends: 0, statements: 0 };
    this.connections.push(counts);
    const link = new Link(client, database, counts, {
      takeCut: () => this.takeCut(),
      reached: (moment) => this.reached(moment),
    });
    this.links.add(link);
    if (this.frozen) link.pause();
    link.closed.then(() => this.links.delete(link));
  }

  private takeCut(): boolean {
    if (this.cuts === 0) return false;
    this.cuts -= 1;
    this.onCut?.();
    return true;
  }

  /** True: somebody has waited for it, and took it. */
  private reached(moment: Moment): boolean {
    if (this.awaited?.moment !== moment) return false;
    const { act } = this.awaited;
    this.awaited = undefined;
    return act();
  }
}

interface LinkWatcher {
  takeCut(): boolean;
  reached(moment: Moment): boolean;
}

class Link {
  readonly closed: Promise<void>;
  private readonly client: Socket;
  private readonly database: Socket;
  private readonly counts: WireCounts;
  private readonly watcher: LinkWatcher;
  /** Answers (ReadyForQuery) that PostgreSQL owes; the first is that to the start of the connection. */
  private owed = 1;
  /** A commit group's flush was forwarded. */
  private flushed = false;
  private muted = false;
  private unsent = false;
  /** The connection ends when PostgreSQL has got the rest of what is being sent. */
  private cut = false;
  private ends = false;

  constructor(client: Socket, database: Socket, counts: WireCounts, watcher: LinkWatcher) {
    this.client = client;
    this.database = database;
    this.counts = counts;
    this.watcher = watcher;
    const frontend = new Messages(true, (type, body) => this.sent(type, body));
    const backend = new Messages(false, (type, body) => this.answered(type, body));
    client.on('data', (chunk) => {
      frontend.push(chunk);
      if (this.unsent) this.destroy();
      else database.write(chunk);
      if (this.ends) this.end();
    });
    database.on('data', (chunk) => {
      backend.push(chunk);
      if (!this.muted) client.write(chunk);
    });
    for (const socket of [client, database]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
      socket.on('close', () => this.destroy());
    }
    this.closed = new Promise((resolve) => client.on('close', () => resolve()));
  }

  pause(): void {
    this.client.pause();
    this.database.pause();
  }

  resume(): void {
    this.client.resume();
    this.database.resume();
  }

  destroy(): void {
    this.client.destroy();
    this.database.destroy();
  }

  private sent(type: string, body: string): void {
    if (type === 'Q' || type === 'E') this.counts.statements += 1;
    if (type === 'B') this.bound(body);
    if (body.startsWith(SNAPSHOT) && this.watcher.reached('reading')) this.unsent = true;
    if (type !== 'Q' && type !== 'S') return;
    if (this.owed === 0) this.counts.waits += 1;
    this.owed += 1;
    this.counts.ends += 1;
    this.ends ||= this.cut;
  }

  private bound(body: string): void {
    if (body.includes('\0insert_mark\0')) this.flushed = true;
    else if (body.includes('\0lock_roots')) this.watcher.reached('locked');
    if (!body.startsWith('\0commit\0')) return;
    this.counts.commits += 1;
    if (this.flushed && this.watcher.reached('flushing')) this.unsent = true;
    if (this.flushed && this.watcher.reached('committing')) this.muted = true;
    this.cut ||= this.watcher.takeCut();
  }

  /** PostgreSQL gets all that was sent, and works it off; nothing it says arrives. */
  private end(): void {
    this.database.removeAllListeners('data');
    this.database.resume();
    this.database.end();
    this.client.destroy();
  }

  private answered(type: string, body: string): void {
    if (type === 'Z') this.owed -= 1;
    if (type !== 'C' || !this.flushed || !body.startsWith('COMMIT\0')) return;
    this.flushed = false;
    if (this.watcher.reached('committed')) this.muted = true;
  }
}

/** The types whose bodies say something here: a query's text, a bound statement's name, a command's tag. */
const BODIES = new Set(['Q', 'B', 'C']);

/** What a read of one snapshot begins with. */
const SNAPSHOT = 'set transaction isolation level repeatable read';

/** Names stand at the beginning of a body. */
const READ_BYTES = 100;

/** Finds the messages in a stream of bytes: a type, a length, a body. A client's first message has no type. */
class Messages {
  private rest: Buffer = Buffer.alloc(0);
  private startup: boolean;
  private readonly onMessage: (type: string, body: string) => void;

  constructor(startup: boolean, onMessage: (type: string, body: string) => void) {
    this.startup = startup;
    this.onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = this.startup ? 0 : 1;
      if (bytes.length < head + 4) break;
      const end = head + bytes.readInt32BE(head);
      if (bytes.length < end) break;
      const type = this.startup ? '' : String.fromCharCode(bytes[0] ?? 0);
      this.startup = false;
      this.onMessage(type, BODIES.has(type) ? bytes.toString('utf8', head + 4, Math.min(end, READ_BYTES)) : '');
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
  }
}
