// Random requests of any type, good and bad ones, made from the descriptors.
import { create, type DescField, type DescMessage, type Message, ScalarType, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect, reflectList, reflectMap } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';

/** Near and beyond what rules allow. */
const texts = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('order', 'a-b_c', 'größe', '2026-11-23', 'json') },
  { weight: 2, arbitrary: fc.uuid() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'a b',
      '\0',
      'x\0y',
      '\uFFFD',
      '2026-02-30',
      '0000-01-01',
      '9999-12-31',
      'a'.repeat(256),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 70 }) },
  { weight: 1, arbitrary: fc.constantFrom('😀'.repeat(200), '😀'.repeat(101), 'é'.repeat(255), '__proto__') },
);
const small = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.constantFrom(1000, 1001, 100_000, 2 ** 31 - 1));
const large = fc.oneof(
  fc.bigInt({ min: 1n, max: 100_000n }),
  fc.constantFrom(-1n, 0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n),
);
const seconds = fc.oneof(
  fc.bigInt({ min: 0n, max: 400n }),
  fc.constantFrom(-1n, 86_400n, 86_401n, 2_592_001n, 1_800_000_000n, 253_402_300_800n, -62_135_596_801n, 10n ** 15n),
);
const nanos = fc.constantFrom(0, 0, 1, 1_000_000, 999_999_999, -1, 1_000_000_000);

/** Values that make sense, by the name of the field: ids that exist, names that were deployed. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/**
 * The bytes of a request of the type. A calm one has known values wherever there are some and little else, so that it comes
 * far.
 */
export function requestBytes(type: DescMessage, known: Known = {}, calm = false): fc.Arbitrary<Uint8Array> {
  return messageOf(type, 0, { known, calm }).map((message) => toBinary(type, message));
}

interface Choice {
  readonly known: Known;
  readonly calm: boolean;
}

function messageOf(type: DescMessage, depth: number, choice: Choice): fc.Arbitrary<Message> {
  const settings = type.fields.map((field) => settingOf(field, depth, choice));
  return fc.tuple(...settings).map((setters) => {
    const message = reflect(type, create(type));
    for (const setter of setters) setter?.(message);
    return message.message;
  });
}

type Setting = (message: ReflectMessage) => void;

/** Sets the field mostly, or leaves it out. */
function settingOf(field: DescField, depth: number, choice: Choice): fc.Arbitrary<Setting | null> {
  const chance = field.oneof === undefined ? 3 : 1;
  const rare = choice.calm && !isParts(field) && choice.known[field.name] === undefined;
  return fc.oneof(
    { weight: rare ? 20 : 1, arbitrary: fc.constant(null) },
    { weight: depth > 4 ? 0 : chance, arbitrary: settingsOf(field, depth, choice) },
  );
}

/** A choice that may be needed, or a list of messages. */
function isParts(field: DescField): boolean {
  return field.oneof !== undefined || (field.fieldKind === 'list' && field.listKind === 'message');
}

function settingsOf(field: DescField, depth: number, choice: Choice): fc.Arbitrary<Setting> {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarOf(field, field.scalar, choice).map((value) => (message) => message.set(field, value));
    case 'enum':
      return enumValue(field.enum.values.length).map((value) => (message) => message.set(field, value));
    case 'message':
      return embedded(field.message, depth, choice).map(
        (value) => (message) => message.set(field, reflect(field.message, value)),
      );
    case 'map':
      return fc.array(fc.tuple(texts, texts), { maxLength: 3 }).map((entries) => (message) => {
        const map = reflectMap(field);
        for (const [key, value] of entries) map.set(key, value);
        message.set(field, map);
      });
    case 'list':
      return fc.array(item(field, depth, choice), { maxLength: 3 }).map((items) => (message) => {
        const list = reflectList(field);
        for (const each of items) list.add(each);
        message.set(field, list);
      });
  }
}

function item(field: DescField & { fieldKind: 'list' }, depth: number, choice: Choice): fc.Arbitrary<unknown> {
  switch (field.listKind) {
    case 'scalar':
      return scalarOf(field, field.scalar, choice);
    case 'enum':
      return enumValue(field.enum.values.length);
    case 'message':
      return embedded(field.message, depth, choice).map((value) => reflect(field.message, value));
  }
}

function embedded(type: DescMessage, depth: number, choice: Choice): fc.Arbitrary<Message> {
  if (type.file.proto.package !== 'google.protobuf') return messageOf(type, depth + 1, choice);
  return fc.tuple(seconds, nanos).map(([whole, part]) => {
    const message = reflect(type, create(type));
    for (const field of type.fields) message.set(field, field.name === 'seconds' ? whole : part);
    return message.message;
  });
}

function enumValue(count: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.nat({ max: count - 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 99) },
  );
}

/** Mostly a known value, where there is one. */
function scalarOf(field: DescField, type: ScalarType, choice: Choice): fc.Arbitrary<unknown> {
  const values = choice.known[field.name];
  if (values === undefined) return scalar(type);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...values) },
    { weight: choice.calm ? 0 : 1, arbitrary: scalar(type) },
  );
}

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return texts;
    case ScalarType.INT32:
      return small;
    case ScalarType.INT64:
      return large;
    default:
      return fc.boolean();
  }
}
