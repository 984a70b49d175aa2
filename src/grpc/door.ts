/**
 * The door: no request reaches a handler before it is known to be good. It decodes what came and checks it against the
 * rules of the contract, all at once; what is bad becomes INVALID_ARGUMENT with every fault and its path. The same for
 * each message of a stream.
 *
 * A good request costs a decoding and a quick check of the decoded object. Only when that check is not sure, the slow
 * report is made, which may find that all is well.
 */
import type { DescMessage } from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';
import { type Contract, requestOf } from './contract.js';
import type { FieldFault, Problem } from './errors.js';
import { Reporter } from './report.js';
import { QuickChecks } from './rules.js';

/** What came through the door. */
export type Received<T> = Good<T> | Bad<T>;

export interface Good<T> {
  readonly ok: true;
  readonly message: T;
}

export interface Bad<T> {
  readonly ok: false;
  readonly problem: Problem & { readonly faults: readonly FieldFault[] };
  /** What the bytes say, where they say something: not to be acted on. */
  readonly message: T | null;
}

/** A service as ts-proto defines it: for each method a pair of functions for requests and one for responses. */
export type Service = Readonly<Record<string, Method>>;

interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: never) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (message: never) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/** The same service, whose handlers get what came through the door. */
export type Guarded<S extends Service> = {
  [Name in keyof S]: MethodDefinition<
    Received<ReturnType<S[Name]['requestDeserialize']>>,
    ReturnType<S[Name]['responseDeserialize']>
  >;
};

export class Door {
  readonly #contract: Contract;
  readonly #checks = new QuickChecks();
  readonly #reporter: Reporter;

  constructor(contract: Contract) {
    this.#contract = contract;
    this.#reporter = new Reporter(contract);
  }

  guard<S extends Service>(service: S): Guarded<S> {
    const methods = Object.entries(service).map(([name, method]) => [name, this.#method(method)]);
    return Object.fromEntries(methods);
  }

  #method(method: Method) {
    const type = requestOf(this.#contract, method.path);
    this.#checks.compile(type);
    return { ...method, requestDeserialize: (bytes: Buffer) => this.#receive(type, method, bytes) };
  }

  #receive(type: DescMessage, method: Method, bytes: Buffer): Received<unknown> {
    const message = decode(method, bytes);
    if (message === null) return this.#bad(type, bytes, null, null);
    if (this.#surelyGood(type, message, bytes)) return { ok: true, message };
    // What the one function of the pair has made, the other one takes.
    const seen = method.requestSerialize(message as never);
    const received = this.#bad(type, bytes, seen, message);
    return received.problem.faults.length === 0 ? { ok: true, message } : received;
  }

  #surelyGood(type: DescMessage, message: object, bytes: Buffer): boolean {
    // Both searches are done by the platform, many bytes at a time.
    if (bytes.includes('__proto__')) return false;
    return this.#checks.pass(type, message, bytes.includes(0));
  }

  #bad<T>(type: DescMessage, came: Buffer, seen: Buffer | null, message: T | null): Bad<T> {
    const faults = this.#reporter.faults(type, came, seen);
    return { ok: false, problem: { refused: 'REQUEST_INVALID', message: sentence(faults), faults }, message };
  }
}

/**
 * Faults that lie in items of one list, by their place in it; null when others are among them. So that one bad outcome of
 * a frame need not end the stream: `faultsOfItems(bad, 'outcomes.outcomes')`.
 */
export function faultsOfItems(bad: Bad<unknown>, list: string): ReadonlyMap<number, Problem> | null {
  const byPlace = new Map<number, FieldFault[]>();
  for (const fault of bad.problem.faults) {
    const place = placeIn(fault.field, list);
    if (place === null) return null;
    const field = fault.field.slice(`${list}[${place}]`.length).replace(/^\./, '');
    byPlace.set(place, [...(byPlace.get(place) ?? []), { ...fault, field }]);
  }
  const problems = [...byPlace].map(([place, faults]): [number, Problem] => [
    place,
    { refused: 'REQUEST_INVALID', message: sentence(faults), faults },
  ]);
  return new Map(problems);
}

function placeIn(field: string, list: string): number | null {
  if (!field.startsWith(`${list}[`)) return null;
  return Number.parseInt(field.slice(list.length + 1), 10);
}

/** Null when the bytes cannot be decoded: broken, or with an integer that is no safe number. */
function decode(method: Method, bytes: Buffer): object | null {
  try {
    const message = method.requestDeserialize(bytes);
    return typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
}

function sentence(faults: readonly FieldFault[]): string {
  const [first] = faults;
  if (first === undefined) return '';
  const place = first.field === '' ? '' : `${first.field}: `;
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`;
  return `The request is not valid: ${place}${first.message}${more}.`;
}
