// A network between worker and server that a test can cut, and that can lose what the server says.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CuttingProxy {
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #muted = false;

  /** Listens before a server `host:port`. */
  static async before(target: string): Promise<CuttingProxy> {
    const [host = '', port = ''] = target.split(':');
    const proxy: CuttingProxy = new CuttingProxy(createServer((near) => proxy.#join(near, host, Number(port))));
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

  /** From now on what the server says over the present connections is lost, and they do not notice. */
  muteServer(): void {
    this.#muted = true;
  }

  /** Breaks all connections; later ones work. */
  cut(): void {
    this.#muted = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #join(near: Socket, host: string, port: number): void {
    const far = connect(port, host);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      // A broken connection is what this is for.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      if (!this.#muted) near.write(chunk);
    });
  }
}
