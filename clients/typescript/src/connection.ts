// Owns how servers are reached: addresses, credentials, and the settings of gRPC channels.
import { type ChannelCredentials, Client, type ClientOptions, credentials, Metadata } from '@grpc/grpc-js';

export interface ConnectionOptions {
  /**
   * Where servers listen, as `host:port` or another gRPC target; several are tried in turn. A name with several
   * addresses behind it is enough, too. Absent: where a server on this machine listens that was told nothing else.
   */
  readonly address?: string | readonly string[] | undefined;
  /** Absent: without TLS. */
  readonly credentials?: ChannelCredentials | undefined;
  /** Sent with each call, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Largest message that is taken. */
  readonly maxMessageBytes?: number | undefined;
  /** Further settings of grpc-js. */
  readonly channelOptions?: ClientOptions | undefined;
}

/** BATON on the keys of a telephone. */
const defaultAddress = '127.0.0.1:22866';

/** The largest model that a server takes has 16 MiB. */
const defaultMaxMessageBytes = 32 * 1024 * 1024;

export class Connection {
  readonly addresses: readonly string[];
  readonly maxMessageBytes: number;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions = {}) {
    const { address = defaultAddress } = options;
    this.addresses = typeof address === 'string' ? [address] : [...address];
    if (this.addresses.length === 0) throw new TypeError('address: at least one is needed');
    for (const address of this.addresses) check(address);
    this.maxMessageBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    this.#options = options;
  }

  /** A channel of its own: it connects anew and shares no socket with others, so that a dead one is not met again. */
  open(address: string, more: ClientOptions = {}): Client {
    return new Client(address, this.#options.credentials ?? credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': this.maxMessageBytes,
      // This library waits between tries by itself; the channel's own waits, up to two minutes, would come on top.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // Clients of one name spread over the servers behind it.
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }] }),
      ...more,
      ...this.#options.channelOptions,
    });
  }

  metadata(): Metadata {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(this.#options.headers ?? {})) metadata.set(name, value);
    return metadata;
  }
}

function check(address: string): void {
  if (/^https?:\/\//.test(address)) {
    throw new TypeError(`address "${address}": write host:port without http://; TLS is a matter of \`credentials\``);
  }
  if (address.trim() === '') throw new TypeError('address: must not be empty');
}
