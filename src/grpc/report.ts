/**
 * Says what is wrong with a request: all of it at once, with the path of each field. protovalidate knows the rules of the
 * contract; what no rule can say is added here: characters, days and points in time that the database does not take.
 */
import { type DescField, type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf';
import { isReflectMessage, pathToString, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type TimestampSchema, timestampMs } from '@bufbuild/protobuf/wkt';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import type { Contract } from './contract.js';
import type { FieldFault } from './errors.js';
import { DAY, isDate, isTimeInRange } from './times.js';

/** What the patterns of the contract mean, in words. */
const patterns: Readonly<Record<string, string>> = {
  '^[\\p{L}\\p{N}_-]+$': 'must have at least one character, and only letters, digits, _ and -',
  '^[a-zA-Z0-9_-]+$': 'must have at least one character, and only a-z, A-Z, 0-9, _ and -',
  '^[a-zA-Z0-9._+/-]{1,100}$': 'must have 1 to 100 characters, and only a-z, A-Z, 0-9, ., _, +, / and -',
  '^[a-zA-Z0-9._-]{0,60}$': 'must have at most 60 characters, and only a-z, A-Z, 0-9, ., _ and -',
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}$': 'must be a day, such as 2026-11-23',
  '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$': 'must be a UUID',
};

const TIMESTAMP: (typeof TimestampSchema)['typeName'] = 'google.protobuf.Timestamp';

export class Reporter {
  readonly #validator: Validator;

  constructor(contract: Contract) {
    const regexMatch = (pattern: string, text: string) => new RegExp(pattern, 'u').test(text);
    this.#validator = createValidator({ registry: contract.registry, regexMatch });
  }

  /**
   * Every fault of a request; none when it is good. `seen` are the bytes of what handlers see, which differ from what
   * came when a field came twice; null when the bytes could not be decoded.
   */
  faults(type: DescMessage, came: Uint8Array, seen: Uint8Array | null): readonly FieldFault[] {
    const faults: FieldFault[] = [];
    const message = read(type, came, faults);
    if (message === null) return faults;
    addKeys(reflect(type, message), '', faults);
    const judged = seen === null ? message : fromBinary(type, seen);
    this.#addViolations(type, judged, faults);
    addValues(reflect(type, judged), '', faults);
    return faults;
  }

  #addViolations(type: DescMessage, message: Message, faults: FieldFault[]): void {
    const result = this.#validator.validate(type, message);
    if (result.kind === 'error') throw result.error;
    if (result.kind === 'valid') return;
    for (const { field, message: text, ruleId } of result.violations) {
      faults.push({ field: pathToString(field), message: inWords(text, ruleId), reason: ruleId });
    }
  }
}

function inWords(message: string, ruleId: string): string {
  if (ruleId !== 'string.pattern') return message;
  return patterns[message.slice(message.indexOf('`') + 1, message.lastIndexOf('`'))] ?? message;
}

function read(type: DescMessage, bytes: Uint8Array, faults: FieldFault[]): Message | null {
  try {
    return fromBinary(type, bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    faults.push({ field: '', message: `the bytes are no ${type.typeName}: ${why}`, reason: 'malformed' });
    return null;
  }
}

/** A key `__proto__` is lost in an object of JavaScript. */
function addKeys(message: ReflectMessage, path: string, faults: FieldFault[]): void {
  eachValue(message, path, ({ key, at }) => {
    if (key !== '__proto__') return;
    faults.push({ field: at, message: 'a key must not be __proto__', reason: 'map.key' });
  });
}

/** What the database would refuse. */
function addValues(message: ReflectMessage, path: string, faults: FieldFault[]): void {
  eachValue(message, path, ({ field, key, value, at }) => {
    if (typeof key === 'string') addText(field, key, at, faults);
    if (typeof value === 'string') addText(field, value, at, faults);
    else if (isReflectMessage(value) && value.desc.typeName === TIMESTAMP) addTime(value, at, faults);
  });
}

function addText(field: DescField, text: string, at: string, faults: FieldFault[]): void {
  if (text.includes('\0')) {
    faults.push({ field: at, message: 'must not hold the character NUL', reason: 'string.nul' });
  }
  if (field.name === 'partition' && DAY.test(text) && !isDate(text)) {
    faults.push({ field: at, message: 'must be a day, such as 2026-11-23', reason: 'string.date' });
  }
}

function addTime(value: ReflectMessage, at: string, faults: FieldFault[]): void {
  const [seconds, nanos] = value.sortedFields.map((field) => value.get(field));
  const milliseconds = timestampMs({
    $typeName: TIMESTAMP,
    seconds: typeof seconds === 'bigint' ? seconds : 0n,
    nanos: typeof nanos === 'number' ? nanos : 0,
  });
  if (isTimeInRange(milliseconds)) return;
  faults.push({ field: at, message: 'must be a time between the years 1 and 9999', reason: 'timestamp.range' });
}

/** A value in a message, with the path to it; the key when it is in a map. */
interface Place {
  readonly field: DescField;
  readonly value: unknown;
  readonly at: string;
  readonly key?: unknown;
}

/** Calls with all that is set, also inside lists, maps and messages. */
function eachValue(message: ReflectMessage, path: string, call: (place: Place) => void): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    for (const place of placesOf(message, field, path === '' ? field.name : `${path}.${field.name}`)) {
      call(place);
      const { value, at } = place;
      if (isReflectMessage(value) && value.desc.typeName !== TIMESTAMP) eachValue(value, at, call);
    }
  }
}

function placesOf(message: ReflectMessage, field: DescField, at: string): Place[] {
  if (field.fieldKind === 'list') {
    return [...message.get(field)].map((value, index) => ({ field, value, at: `${at}[${index}]` }));
  }
  if (field.fieldKind === 'map') {
    const entries = [...message.get(field)];
    return entries.map(([key, value]) => ({ field, key, value, at: `${at}[${JSON.stringify(key)}]` }));
  }
  return [{ field, value: message.get(field), at }];
}
