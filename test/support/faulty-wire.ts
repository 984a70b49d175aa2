/**
 * A TCP wire that a test can break: between a worker and a server, or between a server and its database. Each fault is
 * of one direction or of both; what is not broken passes byte for byte, in order.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The server is the side that listens. */
export type Direction = 'toServer' | 'toClient';
export type Side = 'client' | 'server';

export interface Speed {
  readonly bytesPerSecond?: number;
  /** Of each piece that passes. */
  readonly delayMs?: number;
}

/** Sizes of the next pieces: a frame never arrives whole. */
const LARGEST_PIECE = 7;

/** At a limited speed, a chunk passes in parts of a hundredth of a second. */
const STEPS_PER_SECOND = 100;

const BOTH: readonly Direction[] = ['toServer', 'toClient'];
const directions = (one: Direction | 'both') => (one === 'both' ? BOTH : [one]);

/** How one direction of the wire is at present. */
interface Condition {
  speed: Speed;
  split: boolean;
  /** Connections that are made from now on are stalled from the start. */
  stalled: boolean;
  /** Told each chunk before it passes. */
  tap: ((chunk: Buffer) => void) | undefined;
}

export class FaultyWire {
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  readonly #conditions: Readonly<Record<Direction, Condition>> = { toServer: clear(), toClient: clear() };
  #refusing = false;
  /** Connections so far. */
  accepted = 0;

  /** Listens before a server `host:port`. */
  static async before(target: string): Promise<FaultyWire> {
    const [host = '', port = ''] = target.split(':');
    const wire: FaultyWire = new FaultyWire(
      createServer({ allowHalfOpen: true, noDelay: true }, (client) => wire.#join(client, host, Number(port))),
    );
    wire.#listener.listen(0, '127.0.0.1');
    await once(wire.#listener, 'listening');
    return wire;
  }

  /** The same database, over a wire. */
  static async beforeDatabase(url: string): Promise<{ readonly wire: FaultyWire; readonly url: string }> {
    const through = new URL(url);
    const wire = await FaultyWire.before(`${through.hostname}:${through.port || '5432'}`);
    through.host = wire.address;
    return { wire, url: through.href };
  }

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  get address(): string {
    return `127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** Present connections. */
  get connections(): number {
    return this.#links.size;
  }

  /** Breaks the present connections, for both sides; later ones work. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  /** Nothing passes any more, not even an end, and nobody notices. With `present`, later connections work. */
  stall(direction: Direction | 'both' = 'both', which: 'all' | 'present' = 'all'): void {
    for (const one of directions(direction)) {
      if (which === 'all') this.#conditions[one].stalled = true;
      for (const link of this.#links) link.flows[one].stall();
    }
  }

  /** What was held passes, and all that follows. */
  release(direction: Direction | 'both' = 'both'): void {
    for (const one of directions(direction)) {
      this.#conditions[one].stalled = false;
      for (const link of this.#links) link.flows[one].release();
    }
  }

  /** One side of the present connections is gone, and knows it; the other never hears of it. */
  halfOpen(gone: Side): void {
    for (const link of this.#links) link.lose(gone);
  }

  slow(speed: Speed, direction: Direction | 'both' = 'both'): void {
    for (const one of directions(direction)) this.#conditions[one].speed = speed;
  }

  /** Everything arrives in pieces of one to seven bytes. */
  split(direction: Direction | 'both' = 'both'): void {
    for (const one of directions(direction)) this.#conditions[one].split = true;
  }

  /** Ends what `slow` and `split` began. */
  smooth(): void {
    for (const one of BOTH) Object.assign(this.#conditions[one], { speed: {}, split: false });
  }

  /** New connections are refused; the present ones work. */
  refuse(): void {
    this.#refusing = true;
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Calls back for each chunk before it passes, so that a test can break the wire at its bytes. */
  watch(direction: Direction, tap: ((chunk: Buffer) => void) | undefined): void {
    this.#conditions[direction].tap = tap;
  }

  async close(): Promise<void> {
    this.#refusing = true;
    this.cut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #join(client: Socket, host: string, port: number): void {
    if (this.#refusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    this.accepted += 1;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const link = new Link(client, server, this.#conditions, () => this.#links.delete(link));
    this.#links.add(link);
  }
}

function clear(): Condition {
  return { speed: {}, split: false, stalled: false, tap: undefined };
}

/** One connection: two sockets, and a flow each way. */
class Link {
  readonly flows: Readonly<Record<Direction, Flow>>;
  readonly #sockets: Readonly<Record<Side, Socket>>;

  constructor(client: Socket, server: Socket, conditions: Readonly<Record<Direction, Condition>>, over: () => void) {
    this.#sockets = { client, server };
    this.flows = {
      toServer: new Flow(client, server, conditions.toServer),
      toClient: new Flow(server, client, conditions.toClient),
    };
    let open = 2;
    for (const socket of [client, server]) {
      // A broken connection is what this is for; it ends with `close`.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open -= 1;
        if (open === 0) over();
      });
    }
  }

  cut(): void {
    for (const flow of Object.values(this.flows)) flow.drop();
    for (const socket of Object.values(this.#sockets)) socket.resetAndDestroy();
  }

  lose(gone: Side): void {
    for (const flow of Object.values(this.flows)) flow.drop();
    this.#sockets[gone].resetAndDestroy();
  }
}

/** One direction of one connection. */
class Flow {
  readonly #to: Socket;
  readonly #condition: Condition;
  #stalled: boolean;
  #dropped = false;
  #wake: () => void = () => undefined;

  constructor(from: Socket, to: Socket, condition: Condition) {
    this.#to = to;
    this.#condition = condition;
    this.#stalled = condition.stalled;
    to.on('close', () => this.#wake());
    void this.#run(from);
  }

  stall(): void {
    this.#stalled = true;
  }

  release(): void {
    this.#stalled = false;
    this.#wake();
  }

  /** Nothing passes over it ever again. */
  drop(): void {
    this.#dropped = true;
    this.#wake();
  }

  async #run(from: Socket): Promise<void> {
    try {
      // While this waits, nothing is read, and the sender's system takes no more than its buffers hold.
      for await (const chunk of from.iterator({ destroyOnReturn: false })) await this.#pass(chunk as Buffer);
      await this.#open();
      if (!this.#dropped) this.#to.end();
    } catch {
      // The other side hears of it as soon as anything passes.
      await this.#open();
      if (!this.#dropped) this.#to.resetAndDestroy();
    }
  }

  async #pass(chunk: Buffer): Promise<void> {
    this.#condition.tap?.(chunk);
    for (let rest = chunk; rest.length > 0 && !this.#to.destroyed; ) {
      await this.#open();
      if (this.#dropped) return this.#never();
      const { speed, split } = this.#condition;
      const size = Math.min(rest.length, pieceSize(speed, split));
      const waitMs = (speed.delayMs ?? 0) + (1_000 * size) / (speed.bytesPerSecond ?? Number.POSITIVE_INFINITY);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      else if (split) await new Promise((resolve) => setImmediate(resolve));
      if (!this.#to.write(rest.subarray(0, size))) await this.#room();
      rest = rest.subarray(size);
    }
  }

  /** While stalled. */
  async #open(): Promise<void> {
    while (this.#stalled && !this.#dropped && !this.#to.destroyed) await this.#woken();
  }

  async #room(): Promise<void> {
    const drained = () => this.#wake();
    this.#to.once('drain', drained);
    while (this.#to.writableNeedDrain && !this.#dropped && !this.#to.destroyed) await this.#woken();
    this.#to.off('drain', drained);
  }

  /** A dropped flow reads nothing more; its end is that of its socket. */
  #never(): Promise<never> {
    return new Promise(() => undefined);
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function pieceSize({ bytesPerSecond }: Speed, split: boolean): number {
  if (split) return 1 + Math.floor(Math.random() * LARGEST_PIECE);
  return bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.ceil(bytesPerSecond / STEPS_PER_SECOND);
}
