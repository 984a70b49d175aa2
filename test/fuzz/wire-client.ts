// A client of gRPC with nothing but HTTP/2 under it: it sends whatever bytes it is given, in whatever frames, and tells
// how the call ended.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { ErrorInfo } from '../../src/gen/google/rpc/error_details.js';
import { Status } from '../../src/gen/google/rpc/status.js';

/** How a call ended, as far as the server said. */
export interface Ending {
  /** Status of gRPC; undefined when the call ended without one. */
  readonly code: number | undefined;
  /** Of ErrorInfo; '' without one. */
  readonly reason: string;
  readonly domain: string;
  readonly message: string;
  /** Status of HTTP. */
  readonly http: number;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export class WireClient {
  readonly #address: string;
  #session: ClientHttp2Session | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** The server may close a connection that it does not like; the next call opens another one. */
  open(path: string, headers: Headers): WireCall {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) this.#session = this.#connect();
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    return new WireCall(stream);
  }

  close(): void {
    this.#session?.destroy();
  }

  #connect(): ClientHttp2Session {
    const settings = { initialWindowSize: 2 ** 20 };
    // Else a client that writes faster than it is read ends its own connection.
    const session = connect(`http://${this.#address}`, { settings, maxSessionMemory: 1_000 });
    // That a connection has ended shows in its calls.
    session.on('error', () => session.destroy());
    session.on('goaway', () => session.close());
    return session;
  }
}

export class WireCall {
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  readonly #stream: ClientHttp2Stream;
  #heard: Buffer = Buffer.alloc(0);

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream;
    this.ended = new Promise((resolve) => {
      let first: IncomingHttpHeaders = {};
      let last: IncomingHttpHeaders = {};
      stream.on('response', (headers) => {
        first = headers;
      });
      stream.on('trailers', (trailers) => {
        last = trailers;
      });
      stream.on('data', (bytes: Buffer) => {
        this.#heard = this.#heard.length === 0 ? bytes : Buffer.concat([this.#heard, bytes]);
      });
      // What an error was shows in the status that is missing.
      stream.on('error', () => stream.close());
      stream.on('close', () => resolve(endingOf(first, last)));
    });
  }

  /** One message in its frame. */
  send(message: Uint8Array): void {
    this.raw(framed(message));
  }

  raw(bytes: Buffer): void {
    if (this.#stream.writable) this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {
    this.#stream.close(8);
  }

  /** The messages that came since this was last asked. */
  take(): Buffer[] {
    const messages: Buffer[] = [];
    while (this.#heard.length >= 5 && this.#heard.length >= 5 + this.#heard.readUInt32BE(1)) {
      const end = 5 + this.#heard.readUInt32BE(1);
      messages.push(this.#heard.subarray(5, end));
      this.#heard = this.#heard.subarray(end);
    }
    return messages;
  }
}

export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function endingOf(first: IncomingHttpHeaders, last: IncomingHttpHeaders): Ending {
  const said = { ...first, ...last };
  const code = said['grpc-status'] === undefined ? undefined : Number(said['grpc-status']);
  const message = decodeURIComponent(String(said['grpc-message'] ?? '').replaceAll(/%(?![0-9A-F]{2})/gi, '%25'));
  const packed = Buffer.from(String(said['grpc-status-details-bin'] ?? ''), 'base64');
  const info = Status.decode(packed).details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.ErrorInfo'));
  const { reason, domain } = ErrorInfo.decode(info?.value ?? Buffer.alloc(0));
  return { code, reason, domain, message, http: Number(first[':status'] ?? 0) };
}
