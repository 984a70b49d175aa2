/**
 * A client of HTTP/2 made of single frames, so that a test can send what no library would: floods, half headers, streams
 * that are never read. And a cheap one: a thousand of them cost little.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const FRAME = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export class RawHttp2 {
  readonly frames: Frame[] = [];
  readonly closed: Promise<void>;
  readonly socket: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #speaks = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.#read(bytes));
    // A connection that the server cuts may end in an error; that it ended is what tests ask.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
        this.#wake();
      });
    });
  }

  /** Says nothing, ever. */
  static async connect(address: string): Promise<RawHttp2> {
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawHttp2(socket);
  }

  /** With preface and settings. */
  static async open(address: string): Promise<RawHttp2> {
    const client = await RawHttp2.connect(address);
    client.#speaks = true;
    client.socket.write(PREFACE);
    client.send(FRAME.settings);
    return client;
  }

  get over(): boolean {
    return this.socket.destroyed;
  }

  send(type: number, flags = 0, stream = 0, payload: Buffer = Buffer.alloc(0)): boolean {
    return this.socket.write(frame(type, flags, stream, payload));
  }

  /** Begins a call of a method; nothing of its request is sent. */
  call(method: string, stream = 1): void {
    this.send(FRAME.headers, FLAG.endHeaders, stream, headersOf(method));
  }

  /** One message of a call; `last` ends its requests. */
  message(bytes: Uint8Array, stream = 1, last = false): void {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(bytes.length, 1);
    this.send(FRAME.data, last ? FLAG.endStream : 0, stream, Buffer.concat([head, bytes]));
  }

  /** The first frame that fits; rejects when the connection ends before it came. */
  async first(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.over) throw new Error('the connection ended before such a frame came');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Answers once the server has taken all that was sent. */
  async pinged(): Promise<void> {
    this.send(FRAME.ping, 0, 0, Buffer.from('in order'));
    await this.first(({ type, flags }) => type === FRAME.ping && (flags & FLAG.ack) !== 0);
  }

  close(): void {
    this.socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length >= 9) {
      const length = this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < 9 + length) break;
      const [type = 0, flags = 0] = this.#unread.subarray(3, 5);
      const stream = this.#unread.readUInt32BE(5);
      const payload = Buffer.from(this.#unread.subarray(9, 9 + length));
      this.#unread = this.#unread.subarray(9 + length);
      this.frames.push({ type, flags, stream, payload });
      this.#polite(type, flags, payload);
    }
    this.#wake();
  }

  /** What a peer that lives acknowledges. */
  #polite(type: number, flags: number, payload: Buffer): void {
    if (!this.#speaks || (flags & FLAG.ack) !== 0) return;
    if (type === FRAME.settings) this.send(FRAME.settings, FLAG.ack);
    if (type === FRAME.ping) this.send(FRAME.ping, FLAG.ack, 0, payload);
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers of a gRPC call, each a literal without an index (RFC 7541, 6.2.2). */
export function headersOf(method: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const headers = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': method,
    ':authority': 'test',
    te: 'trailers',
    'content-type': 'application/grpc',
    ...more,
  };
  return Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
