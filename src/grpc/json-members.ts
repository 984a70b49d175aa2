/**
 * Splits the text of one JSON object into the texts of its members, so that values keep every byte they came with:
 * integers beyond 2^53, decimals, the order of nested members.
 */

export interface JsonMember {
  readonly name: string;
  /** The value's own text, without the white space around it. */
  readonly value: string;
}

/** The members in their order, of equal names all; or a sentence that says why the text is no JSON object. */
export function jsonMembers(text: string): readonly JsonMember[] | string {
  const problem = jsonProblem(text);
  if (problem !== null) return problem;
  const start = skipSpace(text, 0);
  if (text[start] !== '{') return 'the text is JSON, but no object';
  return membersOf(text, start + 1);
}

/** Null when the text is JSON. */
export function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The text is known to be JSON, so only its ends are to be found. */
function membersOf(text: string, from: number): JsonMember[] {
  const members: JsonMember[] = [];
  let position = skipSpace(text, from);
  while (text[position] !== '}') {
    const nameEnd = endOfString(text, position);
    const name: string = JSON.parse(text.slice(position, nameEnd));
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    members.push({ name, value: text.slice(valueStart, valueEnd) });
    position = skipSpace(text, valueEnd);
    if (text[position] === ',') position = skipSpace(text, position + 1);
  }
  return members;
}

function skipSpace(text: string, from: number): number {
  let position = from;
  while (isSpace(text.charCodeAt(position))) position += 1;
  return position;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** `from` is at the opening quote; the answer is behind the closing one. */
function endOfString(text: string, from: number): number {
  let position = text.indexOf('"', from + 1);
  while (isEscaped(text, position)) position = text.indexOf('"', position + 1);
  return position + 1;
}

/** An odd number of backslashes before it. */
function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text[position - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return endOfString(text, from);
  if (first === '{' || first === '[') return endOfNested(text, from);
  let position = from;
  while (!isEndOfScalar(text.charCodeAt(position))) position += 1;
  return position;
}

function isEndOfScalar(code: number): boolean {
  return code === 0x2c || code === 0x7d || isSpace(code);
}

function endOfNested(text: string, from: number): number {
  let depth = 0;
  let position = from;
  do {
    const character = text[position];
    if (character === '"') {
      position = endOfString(text, position);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    position += 1;
  } while (depth > 0);
  return position;
}
