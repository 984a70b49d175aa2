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
  /** What it took on the wire. */
  readonly bytes: number;
}

export interface Bad<T> {
  readonly ok: false;
  readonly bytes: number;
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
    const message = attempt(() => method.requestDeserialize(bytes));
    if (message !== null && this.#surelyGood(type, message, bytes)) return { ok: true, message, bytes: bytes.length };
    // What the one function of the pair has made, the other one takes; not so a time that no Date can hold.
    const seen = message === null ? null : attempt(() => method.requestSerialize(message as never));
    const faults = this.#reporter.faults(type, bytes, seen);
    if (message !== null && faults.length === 0) return { ok: true, message, bytes: bytes.length };
    const problem = invalid(faults.length === 0 ? [undecodable] : faults);
    return { ok: false, problem, message, bytes: bytes.length };
  }

  #surelyGood(type: DescMessage, message: object, bytes: Buffer): boolean {
    // Both searches are done by the platform, many bytes at a time.
    if (bytes.includes('__proto__')) return false;
    return this.#checks.pass(type, message, bytes.includes(0));
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
  const problems = [...byPlace].map(([place, faults]): [number, Problem] => [place, invalid(faults)]);
  return new Map(problems);
}

function placeIn(field: string, list: string): number | null {
  if (!field.startsWith(`${list}[`)) return null;
  return Number.parseInt(field.slice(list.length + 1), 10);
}

/** Null when it throws: bytes that are broken, or an integer that is no safe number. */
function attempt<T>(work: () => T): (T & object) | null {
  try {
    const result = work();
    return typeof result === 'object' ? result : null;
  } catch {
    return null;
  }
}

const undecodable: FieldFault = { field: '', message: 'the bytes cannot be decoded', reason: 'malformed' };

function invalid(faults: readonly FieldFault[]): Bad<unknown>['problem'] {
  const [first] = faults;
  const place = first === undefined || first.field === '' ? '' : `${first.field}: `;
  const more = faults.length < 2 ? '' : ` (and ${faults.length - 1} more)`;
  const message = `The request is not valid: ${place}${first?.message ?? ''}${more}.`;
  return { refused: 'REQUEST_INVALID', message, faults };
}
