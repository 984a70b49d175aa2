// The wire that breaks in tests is tested itself: what passes is whole, and what is held stays held.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FaultyWire } from './faulty-wire.js';

/** Two ends of one connection over a wire. */
async function ends() {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const wire = await FaultyWire.before(`127.0.0.1:${(listener.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await wire.close();
    listener.close();
  });
  const open = async () => {
    const [host, port] = wire.address.split(':');
    const client = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    const joined = once(listener, 'connection');
    await once(client, 'connect');
    const [server] = (await joined) as [Socket];
    for (const socket of [client, server]) socket.on('error', () => undefined);
    return { client, server };
  };
  return { wire, open };
}

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = '';
  while (text.length < bytes) {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) await once(socket, 'readable');
    else text += String(chunk);
  }
  return text;
}

/** With an error or without. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

const TEXT = Array.from({ length: 200 }, (_none, i) => `line ${i}\n`).join('');

test('what is slow or in pieces arrives whole and in order, both ways', async () => {
  const { wire, open } = await ends();
  const { client, server } = await open();
  wire.split();
  client.write(TEXT);
  expect(await read(server, TEXT.length)).toBe(TEXT);
  wire.smooth();
  wire.slow({ bytesPerSecond: 100_000, delayMs: 1 });
  server.write(TEXT);
  expect(await read(client, TEXT.length)).toBe(TEXT);
  client.end();
  await once(server.resume(), 'end');
  server.end('bye');
  expect(await read(client, 3)).toBe('bye');
});

test('what is stalled is held, one direction alone, its end too, and passes when it is released', async () => {
  const { wire, open } = await ends();
  const { client, server } = await open();
  wire.stall('toServer');
  const later = await open();
  client.end('held');
  later.client.write('held');
  server.write('heard');
  later.server.write('heard');
  expect(await read(client, 5)).toBe('heard');
  expect(await read(later.client, 5)).toBe('heard');
  expect([server.readableLength, later.server.readableLength, server.readableEnded]).toEqual([0, 0, false]);
  wire.release();
  expect(await read(server, 4)).toBe('held');
  expect(await read(later.server, 4)).toBe('held');
  await once(server.resume(), 'end');
});

test('a stall of the present leaves later connections alone', async () => {
  const { wire, open } = await ends();
  const { client, server } = await open();
  wire.stall('both', 'present');
  client.write('held');
  const later = await open();
  later.client.write('heard');
  expect(await read(later.server, 5)).toBe('heard');
  expect(server.readableLength).toBe(0);
});

test('of a half-open connection one side is gone, and the other hears nothing', async () => {
  const { wire, open } = await ends();
  const { client, server } = await open();
  let told = false;
  for (const event of ['end', 'error', 'close']) server.on(event, () => (told = true));
  wire.halfOpen('client');
  await closed(client);
  server.resume().write('into nothing');
  const later = await open();
  later.client.write('heard');
  expect(await read(later.server, 5)).toBe('heard');
  expect(told).toBe(false);
});

test('a cut is heard by both sides, and what is refused never arrives', async () => {
  const { wire, open } = await ends();
  const { client, server } = await open();
  wire.refuse();
  wire.cut();
  await Promise.all([closed(client), closed(server)]);
  const [host, port] = wire.address.split(':');
  const refused = connect({ host, port: Number(port) });
  refused.on('error', () => undefined);
  await closed(refused);
  expect(wire.accepted).toBe(1);
  wire.accept();
  await open();
  expect(wire.accepted).toBe(2);
});
