/** Puts handlers behind a service of the contract: each method gets its call shape and the door in front of it. */
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  MethodDefinition,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Bidi, bidiStream } from './call-shapes/bidi-stream.js';
import { refusing } from './call-shapes/refusing.js';
import { type ServerStream, serverStream } from './call-shapes/server-stream.js';
import { type Unary, unary } from './call-shapes/unary.js';
import type { Door, Received, Service } from './door.js';
import type { Edge } from './edge.js';
import type { Problem } from './errors.js';
import { MESSAGE_BYTES } from './limits.js';

/** What a later version does, in a sentence. */
export interface NotBuilt {
  readonly notBuilt: string;
}

/** A handler for each method, by its shape; the compiler finds what is missing. */
export type Handlers<S extends Service> = {
  readonly [Name in keyof S]: NotBuilt | HandlerOf<S[Name]>;
};

type HandlerOf<Method> =
  Method extends MethodDefinition<infer Request, infer Response>
    ? Method extends { readonly requestStream: false; readonly responseStream: false }
      ? Unary<Request, Response>
      : Method extends { readonly requestStream: true; readonly responseStream: true }
        ? BidiHandler<Request>
        : Method extends { readonly requestStream: false; readonly responseStream: true }
          ? StreamHandler<Request>
          : never
    : never;

export interface BidiHandler<Request> {
  readonly bidi: Bidi<Request>;
}

export interface StreamHandler<Request> {
  readonly stream: ServerStream<Request>;
}

export interface Bound {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** As the table is read when the types of requests no longer matter. */
type AnyHandler = NotBuilt | Unary<unknown, object> | BidiHandler<unknown> | StreamHandler<unknown>;
type AnyMethod = MethodDefinition<Received<unknown>, unknown>;

export function bind<S extends Service>(service: S, handlers: Handlers<S>, door: Door, edge: Edge): Bound {
  const definition: Record<string, AnyMethod> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [name, guarded] of Object.entries(door.guard(service))) {
    const handler = handlers[name] as AnyHandler;
    const method = bounded(guarded as AnyMethod);
    definition[name] = 'bidi' in handler || 'stream' in handler ? { ...method, responseSerialize: asBuffer } : method;
    implementation[name] = shaped(method.path.split('/')[2] ?? name, handler, edge);
  }
  return { definition, implementation };
}

function shaped(rpc: string, handler: AnyHandler, edge: Edge): UntypedServiceImplementation[string] {
  if ('notBuilt' in handler) return refusing(laterVersion(rpc, handler.notBuilt));
  if ('bidi' in handler) return bidiStream(rpc, handler.bidi, edge) as handleBidiStreamingCall<unknown, unknown>;
  if ('stream' in handler) {
    return serverStream(rpc, handler.stream, edge) as handleServerStreamingCall<unknown, unknown>;
  }
  return unary(rpc, handler, edge);
}

function laterVersion(rpc: string, sentence: string): Problem {
  return { refused: 'NOT_BUILT', message: `${rpc} is not built yet: ${sentence}`, metadata: { method: rpc } };
}

/**
 * grpc-js answers what is beyond its own limit without a reason, so that limit lies higher and ours is checked here.
 */
function bounded(method: AnyMethod): AnyMethod {
  const { requestDeserialize } = method;
  return {
    ...method,
    requestDeserialize: (bytes) => (bytes.length > MESSAGE_BYTES ? tooLarge(bytes.length) : requestDeserialize(bytes)),
  };
}

function tooLarge(bytes: number): Received<unknown> {
  const message = `the message has ${bytes} bytes; the limit is ${MESSAGE_BYTES}`;
  const metadata = { bytes: String(bytes), limit: String(MESSAGE_BYTES), name: 'MESSAGE_BYTES' };
  return { ok: false, message: null, bytes, problem: { refused: 'LIMIT_EXCEEDED', message, metadata, faults: [] } };
}

/** Streams encode their messages themselves. */
function asBuffer(bytes: unknown): Buffer {
  if (!(bytes instanceof Uint8Array)) throw new Error('a stream sent what is no encoded message');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
