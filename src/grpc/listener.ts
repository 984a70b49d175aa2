/**
 * Where connections come in. The listener is ours, so that there is a limit (I8): a connection beyond it is told so in
 * HTTP/2's own words, which clients show, and those that are there are served on.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { CONNECTIONS, REFUSED_CONNECTIONS } from './limits.js';
import type { Log } from './log.js';

export interface ListenerParts {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /** Takes a connection that was let in. */
  readonly serve: (socket: Socket) => void;
  /** Connections at once; left out, the limit of the server. */
  readonly connections?: number | undefined;
}

/** Milliseconds that a refused connection has to take its answer. */
const LAST_WORDS_MS = 1_000;

export class Listener {
  readonly #servers: Server[] = [];
  readonly #refused = new Set<Socket>();
  readonly #parts: ListenerParts;
  readonly #limit: number;
  #open = 0;
  #full = false;
  #port = 0;

  private constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#limit = parts.connections ?? CONNECTIONS;
  }

  /** Listens at every address that the host's name has. */
  static async open(parts: ListenerParts): Promise<Listener> {
    const listener = new Listener(parts);
    try {
      for (const address of await addressesOf(parts.host)) await listener.#listen(address);
    } catch (error) {
      listener.close();
      throw error;
    }
    return listener;
  }

  get port(): number {
    return this.#port;
  }

  /** Lets nobody in any more; connections that are open stay. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#refused) socket.destroy();
  }

  async #listen(address: string): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#connected(socket));
    // Beyond this nothing is said any more.
    server.maxConnections = this.#limit + REFUSED_CONNECTIONS;
    server.listen({ host: address, port: this.#port || this.#parts.port });
    await once(server, 'listening');
    this.#servers.push(server);
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null) this.#port = bound.port;
  }

  #connected(socket: Socket): void {
    if (this.#open >= this.#limit) this.#refuse(socket);
    else this.#letIn(socket);
  }

  #letIn(socket: Socket): void {
    this.#open += 1;
    socket.once('close', () => {
      this.#open -= 1;
      this.#full = false;
    });
    this.#parts.serve(socket);
  }

  #refuse(socket: Socket): void {
    const limit = this.#limit;
    if (!this.#full) this.#parts.log.warn({ limit }, 'the limit of connections is reached; more are refused');
    this.#full = true;
    this.#refused.add(socket);
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#refused.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    // What the client sends is read and dropped: unread, it would take our answer with it.
    socket.resume();
    socket.end(refusal(`this server has ${limit} connections, which is its limit (CONNECTIONS); try again later`));
  }
}

const SETTINGS = 4;
const GOAWAY = 7;

/**
 * What a server of HTTP/2 says before it closes: its settings, and GOAWAY with a reason for people. No stream was begun and
 * nothing is wrong with the client, so its library gives its calls UNAVAILABLE, and comes back.
 */
function refusal(sentence: string): Buffer {
  const goaway = Buffer.alloc(8);
  return Buffer.concat([
    frame(SETTINGS, Buffer.alloc(0)),
    frame(GOAWAY, Buffer.concat([goaway, Buffer.from(sentence)])),
  ]);
}

function frame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  return Buffer.concat([head, payload]);
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}
