/**
 * A TCP proxy between a server and its PostgreSQL that understands where messages begin: it counts waits and commits,
 * and cuts a connection right after its COMMIT was forwarded.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Counts of one connection; a wait begins when something is sent while nothing is owed. */
export interface WireCounts {
  waits: number;
  commits: number;
}

export class PostgresProxy {
  readonly url: string;
  readonly connections: WireCounts[] = [];
  private readonly server: Server;
  private readonly links = new Set<Link>();
  private cuts = 0;
  private onCut: (() => void) | undefined;

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

  /** Waits of all connections, ever. */
  get waits(): number {
    return this.connections.reduce((sum, { waits }) => sum + waits, 0);
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
    const counts: WireCounts = { waits: 0, commits: 0 };
    this.connections.push(counts);
    const link = new Link(client, database, counts, () => this.takeCut());
    this.links.add(link);
    link.closed.then(() => this.links.delete(link));
  }

  private takeCut(): boolean {
    if (this.cuts === 0) return false;
    this.cuts -= 1;
    this.onCut?.();
    return true;
  }
}

class Link {
  readonly closed: Promise<void>;
  private readonly client: Socket;
  private readonly database: Socket;
  private readonly counts: WireCounts;
  private readonly takeCut: () => boolean;
  /** Answers (ReadyForQuery) that PostgreSQL owes; the first is that to the start of the connection. */
  private owed = 1;

  constructor(client: Socket, database: Socket, counts: WireCounts, takeCut: () => boolean) {
    this.client = client;
    this.database = database;
    this.counts = counts;
    this.takeCut = takeCut;
    const frontend = new Messages(true, (type, body) => this.sent(type, body));
    const backend = new Messages(false, (type) => {
      if (type === 'Z') this.owed -= 1;
    });
    client.on('data', (chunk) => {
      database.write(chunk);
      frontend.push(chunk);
    });
    database.on('data', (chunk) => {
      backend.push(chunk);
      client.write(chunk);
    });
    for (const socket of [client, database]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
      socket.on('close', () => this.destroy());
    }
    this.closed = new Promise((resolve) => client.on('close', () => resolve()));
  }

  destroy(): void {
    this.client.destroy();
    this.database.destroy();
  }

  private sent(type: string, body: string): void {
    if (type !== 'Q' && type !== 'S') return;
    if (this.owed === 0) this.counts.waits += 1;
    this.owed += 1;
    if (type !== 'Q' || body !== 'commit') return;
    this.counts.commits += 1;
    if (!this.takeCut()) return;
    // PostgreSQL gets all that was sent, and works it off; nothing it says arrives.
    this.database.removeAllListeners('data');
    this.database.resume();
    this.database.end();
    this.client.destroy();
  }
}

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
      this.onMessage(type, type === 'Q' ? bytes.toString('utf8', head + 4, end - 1) : '');
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
  }
}
