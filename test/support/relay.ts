/** A wire between a client and a server that a test can hold or cut. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Relay {
  readonly address: string;
  /** The client reads nothing more, and its system takes nothing more either. */
  hold(): void;
  release(): void;
  /** The connection is gone, for both, without a word. */
  cut(): void;
}

export async function relayTo(address: string): Promise<Relay> {
  const [host, port] = address.split(':');
  const pairs: { readonly client: Socket; readonly server: Socket }[] = [];
  const listener = createServer((client) => {
    const server = connect(Number(port), host);
    pairs.push({ client, server });
    client.pipe(server);
    server.on('data', (bytes) => client.write(bytes));
    for (const socket of [client, server]) socket.on('error', () => undefined);
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const { client, server } of pairs.splice(0)) {
      client.destroy();
      server.destroy();
    }
  };
  onTestFinished(() => {
    cut();
    listener.close();
  });
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    hold: () => {
      for (const { server } of pairs) server.pause();
    },
    release: () => {
      for (const { server } of pairs) server.resume();
    },
    cut,
  };
}
