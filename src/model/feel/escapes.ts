/** What is escaped in a FEEL text; feelin reads it in the same way, but throws where there is no such character. */
import { SyntaxProblem } from './syntax.js';

const ESCAPE = /\\(?:u([a-f0-9]{1,6})|(["\\nrt]))/gi;

const CHARACTERS: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' };

/** One to four digits are a unit of UTF-16, of which two make one character; five or six are a character. */
export function unescaped(text: string): string {
  return text.replace(ESCAPE, (_escape, digits: string | undefined, letter: string | undefined) =>
    digits === undefined ? (CHARACTERS[letter?.toLowerCase() ?? ''] ?? '') : character(digits),
  );
}

function character(digits: string): string {
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff) {
    throw new SyntaxProblem(`there is no character \\u${digits}`);
  }
  return digits.length > 4 ? String.fromCodePoint(code) : String.fromCharCode(code);
}
