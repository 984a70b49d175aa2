// Texts that programs stumble over, and what can happen to a text on its way.
import type { Random } from './random.js';

export const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'length',
  'null',
  'true',
  '',
  ' ',
  '-',
  'a b',
  'größe',
  '漢字',
  '😀',
  '\uFEFF',
  '\u0000',
  '\uD800',
  '\u202E',
  'x'.repeat(256),
  '9007199254740993',
] as const;

export function oddText(random: Random): string {
  return random.way<string>([
    [4, () => random.pick(ODD_NAMES)],
    [2, () => random.pick(['a', '\u0301', '😀', '\\', '"', '&amp;', '{x}', '%s', '\r\n']).repeat(random.below(40))],
    [2, () => characters(random, random.below(30))],
    [1, () => 'long '.repeat(random.below(400))],
  ]);
}

/** Any characters, mostly of those that have a meaning somewhere. */
function characters(random: Random, length: number): string {
  return Array.from({ length }, () =>
    random.oneIn(3)
      ? String.fromCodePoint(random.below(0x2fff))
      : random.pick([...'<>&;"\'=/!?[](){}.,:+-*^|\\@#%$_ \n\t0aZ']),
  ).join('');
}

/** A text with a few changes. `tokens` are pieces that mean something in its language. */
export function mutated(random: Random, text: string, tokens: readonly string[], others: readonly string[]): string {
  let changed = text;
  for (let changes = random.between(1, 4); changes > 0; changes -= 1) changed = once(random, changed, tokens, others);
  return changed;
}

function once(random: Random, text: string, tokens: readonly string[], others: readonly string[]): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.between(1, random.oneIn(4) ? 400 : 12));
  const head = text.slice(0, at);
  const tail = text.slice(end);
  const piece = text.slice(at, end);
  return random.way<string>([
    [3, () => head + random.pick(tokens) + text.slice(at)],
    [2, () => head + random.pick(tokens) + tail],
    [2, () => head + tail],
    [1, () => head],
    [1, () => text.slice(at)],
    [2, () => head + piece.repeat(random.between(2, 5)) + tail],
    [2, () => insertedAt(random, head + tail, piece)],
    [1, () => head + oddText(random) + tail],
    [2, () => head + characters(random, 1) + text.slice(at + 1)],
    [1, () => withBytesFlipped(random, text)],
    [1, () => head + pieceOf(random, random.pick(others)) + tail],
  ]);
}

function insertedAt(random: Random, text: string, piece: string): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + piece + text.slice(at);
}

function pieceOf(random: Random, text: string): string {
  const at = random.below(text.length);
  return text.slice(at, at + random.between(1, 200));
}

/** As when a file was damaged, or read in another encoding. */
function withBytesFlipped(random: Random, text: string): string {
  const bytes = Buffer.from(text, random.pick(['utf8', 'latin1', 'utf16le'] as const));
  for (let flips = random.between(1, 8); flips > 0 && bytes.length > 0; flips -= 1) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes.toString(random.pick(['utf8', 'latin1'] as const));
}
