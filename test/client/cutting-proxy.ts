// A network between worker and server that a test can cut, freeze, and in which what the server says can be lost.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  /** What the server says is lost. */
  muted: boolean;
  /** Nothing passes, and nobody notices. */
  frozen: boolean;
}

export class CuttingProxy {
  readonly #listener: Server;
  readonly #links = new Set<Link>();

  /** Listens before a server `host:port`. */
  static async before(target: string): Promise<CuttingProxy> {
    const [host = '', port = ''] = target.split(':');
    const proxy: CuttingProxy = new CuttingProxy(
      createServer((near) => proxy.#join(near, connect(Number(port), host))),
    );
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  get address(): string {
    return `127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** The present connections lose what the server says; later ones work. */
  muteServer(): void {
    for (const link of this.#links) link.muted = true;
  }

  /** Nothing passes over the present connections any more, not even their end; later ones work. */
  freeze(): void {
    for (const link of this.#links) link.frozen = true;
  }

  /** Breaks the present connections; later ones work. */
  cut(): void {
    for (const { near, far } of this.#links) {
      near.destroy();
      far.destroy();
    }
    this.#links.clear();
  }

  async close(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #join(near: Socket, far: Socket): void {
    const link: Link = { near, far, muted: false, frozen: false };
    this.#links.add(link);
    near.on('data', (chunk) => link.frozen || far.write(chunk));
    far.on('data', (chunk) => link.frozen || link.muted || near.write(chunk));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      // A broken connection is what this is for; it ends with `close`.
      socket.on('error', () => undefined);
      socket.on('close', () => link.frozen || other.destroy());
    }
  }
}
