/** The server of the API: all services of the contract, reflection and health on one port. */
import { logVerbosity, Server, ServerCredentials, type ServerOptions, setLogVerbosity } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check';
import type { Engine } from '../engine/face.js';
import { Admission, type CallRooms } from './admission.js';
import { type Clock, systemClock } from './clock.js';
import { type Contract, loadContract } from './contract.js';
import { Door } from './door.js';
import type { Edge } from './edge.js';
import { nothingAfterTheEnd } from './ended-calls.js';
import {
  CONNECTION_MEGABYTES,
  IDLE_CONNECTION_MS,
  KEEPALIVE_MS,
  MESSAGE_BYTES,
  STREAMS_PER_CONNECTION,
} from './limits.js';
import { Listener } from './listener.js';
import type { Log } from './log.js';
import { OpenStreams } from './open-streams.js';
import { addReflection, reflectionOf } from './reflection.js';
import { allServices } from './services.js';

export interface ServeOptions {
  readonly engine: Engine;
  readonly log: Log;
  /** Host or address to listen at, such as `127.0.0.1` or `::1`. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock?: Clock;
  readonly limits?: Partial<ServeLimits>;
}

/** Limits that tests reach sooner. */
export interface ServeLimits {
  readonly connections: number;
  readonly calls: CallRooms;
  readonly keepaliveMs: { readonly time: number; readonly timeout: number };
}

export interface Serving {
  readonly port: number;
  /** Where clients connect to, such as `127.0.0.1:7233`. */
  readonly address: string;
  /**
   * Stops gracefully: not serving by its health, streams are asked to go elsewhere, waiting calls end, calls in flight
   * finish. What is still open when the time is over is cut.
   */
  drain(deadlineMs: number): Promise<void>;
  /** Stops at once. */
  close(): Promise<void>;
}

/** What the streams need to say goodbye with their own reason before the transport is cut. */
const LAST_WORDS_MS = 500;

/** What outcomes that came have to be applied, once no more come. */
const SETTLE_MS = 10_000;

let surface: { readonly contract: Contract; readonly reflection: ReturnType<typeof reflectionOf> } | undefined;

/** What the contract alone decides: read once for each process, and by whoever has the time before it serves. */
export function readSurface(): NonNullable<typeof surface> {
  if (surface !== undefined) return surface;
  const contract = loadContract();
  surface = { contract, reflection: reflectionOf(contract) };
  return surface;
}

export async function serve(options: ServeOptions): Promise<Serving> {
  const { engine, log, host, port, clock = systemClock, limits = {} } = options;
  const { contract, reflection } = readSurface();
  const stopping = new AbortController();
  const admission = new Admission(limits.calls);
  const edge: Edge = { engine, log, clock, admission, stopping: stopping.signal, startedAt: new Date() };
  const streams = new OpenStreams(clock);
  const bound = allServices(edge, new Door(contract), streams);
  // The library writes what it does not like in headers to standard error: a client could fill the disk with it.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server(transportOptions(limits));
  for (const { definition, implementation } of bound) server.addService(definition, implementation);
  const names = ['', ...bound.flatMap(({ definition }) => serviceName(definition))];
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, 'SERVING'])) as ServingStatusMap,
  );
  health.addToServer(server as never);
  const setHealth = (status: 'SERVING' | 'NOT_SERVING') => {
    for (const name of names) health.setStatus(name, status);
  };
  addReflection(server, reflection);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const { connections } = limits;
  const listener = await Listener.open({
    host,
    port,
    log,
    connections,
    serve: (socket) => injector.injectConnection(socket),
  });
  engine.watchAvailability((available) => {
    if (!stopping.signal.aborted) setHealth(available ? 'SERVING' : 'NOT_SERVING');
  });

  /** Without its database it would wait for ever: the engine, stopped next, then tells who waits. */
  const settled = () =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(SETTLE_MS, resolve);
      void streams.settled().then(() => {
        cancel();
        resolve();
      });
    });
  const close = async () => {
    stopping.abort();
    listener.close();
    server.forceShutdown();
    await settled();
  };
  const drain = async (deadlineMs: number) => {
    setHealth('NOT_SERVING');
    streams.drain('the server stops', deadlineMs);
    stopping.abort();
    listener.close();
    await shutDown(server, clock, deadlineMs + LAST_WORDS_MS);
    await settled();
  };
  return { port: listener.port, address: addressOf(host, listener.port), drain, close };
}

function transportOptions({ keepaliveMs = KEEPALIVE_MS }: Partial<ServeLimits>): ServerOptions {
  return {
    'grpc.max_receive_message_length': 2 * MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': STREAMS_PER_CONNECTION,
    'grpc-node.max_session_memory': CONNECTION_MEGABYTES,
    'grpc.keepalive_time_ms': keepaliveMs.time,
    'grpc.keepalive_timeout_ms': keepaliveMs.timeout,
    'grpc.max_connection_idle_ms': IDLE_CONNECTION_MS,
    // Nobody reads its counters, and each connection and call would pay for them.
    'grpc.enable_channelz': 0,
    interceptors: [nothingAfterTheEnd],
  };
}

/** Waits for calls in flight until the time is over, then cuts them. */
function shutDown(server: Server, clock: Clock, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(deadlineMs, () => server.forceShutdown());
    server.tryShutdown(() => {
      cancel();
      resolve();
    });
  });
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function serviceName(definition: Readonly<Record<string, { readonly path: string }>>): string[] {
  const [method] = Object.values(definition);
  return method === undefined ? [] : [method.path.split('/')[1] ?? ''];
}
