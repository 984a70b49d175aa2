/**
 * Quick checks of requests against the rules of the contract, compiled once for each message type. They see the object
 * that handlers will see, and answer only "surely good" or "not sure": what is wrong, protovalidate finds out (report.ts).
 */
import { type DescField, type DescMessage, type DescOneof, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import {
  type FieldRules,
  field as fieldOption,
  Ignore,
  type Int32Rules,
  type Int64Rules,
  type MapRules,
  oneof as oneofOption,
  type RepeatedRules,
  type StringRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { isDate, isTimeInRange } from './times.js';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;
interface Span {
  readonly seconds: number;
  readonly nanos: number;
}

const TIMESTAMP = 'google.protobuf.Timestamp';
const DURATION = 'google.protobuf.Duration';

export class QuickChecks {
  readonly #messages = new Map<string, Check>();
  #nulPossible = false;

  /** Whether the message keeps all rules, surely; `nulPossible` says whether its bytes had a zero. */
  pass(type: DescMessage, message: object, nulPossible: boolean): boolean {
    this.#nulPossible = nulPossible;
    return this.#message(type)(message);
  }

  /** Compiles the checks of a message type and of all that it holds. */
  compile(type: DescMessage): void {
    this.#message(type);
  }

  #message(type: DescMessage): Check {
    const known = this.#messages.get(type.typeName);
    if (known !== undefined) return known;
    // A type that holds itself finds this entry while it is being compiled.
    let compiled: Check = () => false;
    this.#messages.set(type.typeName, (value) => compiled(value));
    compiled = allOf(type.members.map((member) => this.#member(member)));
    this.#messages.set(type.typeName, compiled);
    return compiled;
  }

  #member(member: DescField | DescOneof): Check {
    return member.kind === 'oneof' ? this.#oneof(member) : this.#field(member);
  }

  #oneof(oneof: DescOneof): Check {
    const required = hasOption(oneof, oneofOption) && getOption(oneof, oneofOption).required;
    const cases = new Map(oneof.fields.map((field) => [field.localName, this.#value(field, rulesOf(field))]));
    return (message) => {
      const chosen = (message as Fields)[oneof.localName] as { $case: string; value: unknown } | undefined;
      if (chosen === undefined) return !required;
      return cases.get(chosen.$case)?.(chosen.value) ?? false;
    };
  }

  #field(field: DescField): Check {
    const name = field.localName;
    const rules = rulesOf(field);
    const check = this.#value(field, rules);
    const required = rules?.required ?? false;
    if (required && field.fieldKind === 'enum') {
      return (message) => !isUnspecified((message as Fields)[name]) && check((message as Fields)[name]);
    }
    if (required && field.fieldKind !== 'message') return () => false;
    return (message) => {
      const value = (message as Fields)[name];
      return value === undefined ? !required : check(value);
    };
  }

  #value(field: DescField, rules: FieldRules | undefined): Check {
    switch (field.fieldKind) {
      case 'scalar':
        return this.#scalar(field.scalar, field.name, rules);
      case 'enum':
        return isKnownEnum;
      case 'message':
        return this.#embedded(field.message, rules);
      case 'list':
        return this.#list(field, rules);
      case 'map':
        return this.#map(field, rules);
    }
  }

  #embedded(type: DescMessage, rules: FieldRules | undefined): Check {
    if (type.typeName === TIMESTAMP) return (value) => isTimeInRange((value as Date).getTime());
    if (type.typeName === DURATION) return durationCheck(rules);
    return this.#message(type);
  }

  #list(field: DescField & { fieldKind: 'list' }, rules: FieldRules | undefined): Check {
    const list: RepeatedRules | undefined = rules?.type.case === 'repeated' ? rules.type.value : undefined;
    const item = this.#item(field, list?.items);
    const least = Number(list?.minItems ?? 0n);
    const most = Number(list?.maxItems || Number.MAX_SAFE_INTEGER);
    const unique = list?.unique ?? false;
    return (value) => {
      const items = value as readonly unknown[];
      if (items.length < least || items.length > most) return false;
      if (unique && new Set(items).size !== items.length) return false;
      for (const each of items) if (!item(each)) return false;
      return true;
    };
  }

  #item(field: DescField & { fieldKind: 'list' }, rules: FieldRules | undefined): Check {
    switch (field.listKind) {
      case 'scalar':
        return this.#scalar(field.scalar, field.name, rules);
      case 'enum':
        return isKnownEnum;
      case 'message':
        return this.#embedded(field.message, rules);
    }
  }

  #map(field: DescField & { fieldKind: 'map' }, rules: FieldRules | undefined): Check {
    if (field.mapKind !== 'scalar') return () => false;
    const map: MapRules | undefined = rules?.type.case === 'map' ? rules.type.value : undefined;
    const key = this.#scalar(field.mapKey, field.name, map?.keys);
    const item = this.#scalar(field.scalar, field.name, map?.values);
    const least = Number(map?.minPairs ?? 0n);
    const most = Number(map?.maxPairs || Number.MAX_SAFE_INTEGER);
    return (value) => {
      const entries = Object.entries(value as Fields);
      if (entries.length < least || entries.length > most) return false;
      return entries.every(([name, each]) => key(name) && item(each));
    };
  }

  #scalar(scalar: ScalarType, name: string, rules: FieldRules | undefined): Check {
    switch (scalar) {
      case ScalarType.STRING:
        return this.#string(name, rules);
      case ScalarType.INT32:
      case ScalarType.INT64:
        return numberCheck(rules);
      case ScalarType.BOOL:
        return () => true;
      default:
        return () => false;
    }
  }

  /** U+FFFD may stand for broken UTF-8; searching it costs nothing in a text of one-byte characters. */
  #string(name: string, rules: FieldRules | undefined): Check {
    const keeps = stringCheck(rules?.type.case === 'string' ? rules.type.value : undefined);
    const dated = name === 'partition';
    return (value) => {
      const text = value as string;
      if (!keeps(text) || (dated && !isDate(text)) || text.indexOf('\uFFFD') >= 0) return false;
      return !this.#nulPossible || text.indexOf('\0') < 0;
    };
  }
}

function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined;
}

function allOf(checks: readonly Check[]): Check {
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

const isKnownEnum: Check = (value) => value !== 'UNRECOGNIZED';

function isUnspecified(value: unknown): boolean {
  return typeof value !== 'string' || value.endsWith('_UNSPECIFIED');
}

/** A text's length counts UTF-16 units here: never fewer than its characters, and at most twice as many. */
function stringCheck(rules: StringRules | undefined): (text: string) => boolean {
  if (rules === undefined) return () => true;
  const units = { least: Number(rules.minLen) * 2 - 1, most: Number(rules.maxLen || Number.MAX_SAFE_INTEGER) };
  const bytes = Number(rules.maxBytes || Number.MAX_SAFE_INTEGER);
  const pattern = rules.pattern === '' ? null : new RegExp(rules.pattern, 'u');
  return (text) =>
    text.length >= units.least &&
    text.length <= units.most &&
    hasAtMost(bytes, text) &&
    (pattern === null || pattern.test(text));
}

/** A unit takes at most 3 bytes, so that short texts need not be counted. */
export function hasAtMost(bytes: number, text: string): boolean {
  return text.length <= bytes / 3 || (text.length <= bytes && Buffer.byteLength(text) <= bytes);
}

function numberCheck(rules: FieldRules | undefined): Check {
  if (rules?.type.case !== 'int32' && rules?.type.case !== 'int64') return () => true;
  const { least, most } = bounds(rules.type.value);
  const zero = rules.ignore === Ignore.IF_ZERO_VALUE;
  return (value) => ((value as number) >= least && (value as number) <= most) || (zero && value === 0);
}

function bounds({ greaterThan, lessThan }: Int32Rules | Int64Rules): { least: number; most: number } {
  return {
    least: greaterThan.case === undefined ? -Infinity : Number(greaterThan.value) + (greaterThan.case === 'gt' ? 1 : 0),
    most: lessThan.case === undefined ? Infinity : Number(lessThan.value) - (lessThan.case === 'lt' ? 1 : 0),
  };
}

function durationCheck(rules: FieldRules | undefined): Check {
  if (rules?.type.case !== 'duration') return () => false;
  const { greaterThan, lessThan } = rules.type.value;
  const least = greaterThan.case === 'gte' ? nanosOf(greaterThan.value) : null;
  const most = lessThan.case === 'lte' ? nanosOf(lessThan.value) : null;
  if (least === null || most === null) return () => false;
  return (value) => {
    const { seconds, nanos } = value as Span;
    if (nanos < 0 || nanos > 999_999_999) return false;
    const total = seconds * 1e9 + nanos;
    return total >= least && total <= most;
  };
}

function nanosOf({ seconds, nanos }: { seconds: bigint; nanos: number }): number {
  return Number(seconds) * 1e9 + nanos;
}
