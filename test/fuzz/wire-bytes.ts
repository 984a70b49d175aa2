// What can be wrong with a message, its frame and its headers.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Random } from './random.js';
import { oddText } from './texts.js';
import { framed, type Headers } from './wire-client.js';

/** The same message, broken or stretched. */
export function oddMessage(random: Random, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = random.below(message.length + 1);
  return random.way<Uint8Array>([
    [4, () => flipped(random, message)],
    [3, () => message.subarray(0, at)],
    [2, () => Buffer.concat([message, message])],
    [2, () => Buffer.concat([message, random.pick(others)])],
    [2, () => Buffer.concat([message.subarray(0, at), random.pick(others).subarray(random.below(8))])],
    [3, () => Buffer.concat([message, unknownField(random)])],
    [3, () => Buffer.concat([message, otherType(random)])],
    [1, () => Buffer.concat([message, longVarint(random)])],
    [1, () => groups(random)],
    [1, () => Buffer.concat([message, Buffer.alloc(random.pick([1, 1_000, 100_000]), random.below(256))])],
    [1, () => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)))],
  ]);
}

function flipped(random: Random, message: Uint8Array): Uint8Array {
  const bytes = Buffer.from(message);
  for (let flips = random.between(1, 6); flips > 0 && bytes.length > 0; flips -= 1) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
}

/** Newer clients send what this server does not know. */
function unknownField(random: Random): Uint8Array {
  const field = random.pick([999, 20_000, 2 ** 29 - 1]);
  return new BinaryWriter()
    .tag(field, WireType.LengthDelimited)
    .string(Buffer.from(oddText(random)).toString())
    .finish();
}

/** A field that is there, as something else. */
function otherType(random: Random): Uint8Array {
  const field = random.between(1, 34);
  return random.pick<() => Uint8Array>([
    () =>
      new BinaryWriter()
        .tag(field, WireType.Varint)
        .uint64(2n ** 64n - 1n)
        .finish(),
    () => new BinaryWriter().tag(field, WireType.Bit32).fixed32(random.bits()).finish(),
    () =>
      new BinaryWriter()
        .tag(field, WireType.Bit64)
        .fixed64(2n ** 64n - 1n)
        .finish(),
    () =>
      new BinaryWriter()
        .tag(field, WireType.LengthDelimited)
        .uint32(2 ** 31 - 1)
        .finish(),
    () =>
      new BinaryWriter()
        .tag(field, WireType.LengthDelimited)
        .bytes(Buffer.of(0xff, 0xfe, 0x00))
        .finish(),
    () => new BinaryWriter().tag(field, WireType.EndGroup).finish(),
  ])();
}

function longVarint(random: Random): Uint8Array {
  return Buffer.from([(random.between(1, 15) << 3) | 0, ...Array<number>(random.between(9, 14)).fill(0xff), 0x01]);
}

/** Groups inside groups: decoders recurse over them. */
function groups(random: Random): Uint8Array {
  const depth = random.pick([10, 101, 10_000, 200_000]);
  return Buffer.alloc(depth, ((1_000 << 3) | 3) & 0x7f);
}

/** A frame of gRPC that is not what it says. */
export function oddFrame(random: Random, message: Uint8Array): Buffer {
  const frame = framed(message);
  return random.pick<() => Buffer>([
    () => Buffer.concat([frame, frame]),
    () => frame.subarray(0, random.below(frame.length)),
    () => changed(frame, (copy) => copy.writeUInt8(random.pick([1, 2, 255]), 0)),
    () => changed(frame, (copy) => copy.writeUInt32BE(random.pick([0, 2 ** 31 - 1, 2 ** 32 - 1, frame.length]), 1)),
    () => Buffer.concat([frame, Buffer.of(0, 0, 0)]),
    () => Buffer.alloc(0),
    () => Buffer.alloc(5),
  ])();
}

function changed(frame: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(frame);
  change(copy);
  return copy;
}

const ODD_HEADERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['baton-tenant-ids', ['', ',,,', 'a,b,c', 'x y', 'größe', 'a'.repeat(5_000), ' , __proto__']],
  ['traceparent', ['', '00-0-0-0', `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01`, 'x'.repeat(1_000)]],
  ['grpc-timeout', ['0n', '1n', '1u', '99999999H', '-1S', 'S', '1x', '100000000S', '']],
  ['grpc-encoding', ['identity', 'gzip', 'deflate', 'br', 'none', '']],
  ['grpc-accept-encoding', ['gzip', '', 'x,y,z']],
  ['content-type', ['application/grpc+proto', 'application/grpc+json', 'application/json', 'text/plain', '']],
  ['authorization', ['Bearer x', '', 'Basic !!!!']],
  ['trace-bin', ['AAAA', '!!!!', 'A'.repeat(3_001)]],
  ['user-agent', ['', 'x'.repeat(2_000)]],
];

export function oddHeaders(random: Random): Headers {
  const chosen = [random.pick(ODD_HEADERS), random.pick(ODD_HEADERS)];
  return Object.fromEntries(chosen.map(([name, values]) => [name, random.pick(values)]));
}
