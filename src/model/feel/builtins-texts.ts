/** Built-in functions on texts, conversions and contexts. */
import { isExact, parseJson, toJson } from '../values.js';
import type { Declaration } from './functions.js';
import { allMatches, compilePattern, expanded, matchesPattern } from './patterns.js';
import { FeelProblem, type Run } from './run.js';

const TEXT = ['string: text'];
const MATCH = ['string: text, match: text'];

export const TEXT_FUNCTIONS: Readonly<Record<string, Declaration>> = {
  string: {
    signatures: [
      'from: boolean|number|text|list|context|date|time|date and time|days and time duration|years and months duration',
    ],
  },
  number: { signatures: ['from: text, grouping separator?: text, decimal separator?: text'], body: toNumber },
  'to json': { signatures: ['value: any'], body: writeJson },
  'from json': { signatures: ['value: text'], mayBeNull: true, body: readJson },
  substring: { signatures: ['string: text, start position: number, length?: number'] },
  'string length': { signatures: TEXT },
  'upper case': { signatures: TEXT },
  'lower case': { signatures: TEXT },
  'substring before': { signatures: MATCH },
  'substring after': { signatures: MATCH },
  contains: { signatures: MATCH },
  'starts with': { signatures: MATCH },
  'ends with': { signatures: MATCH },
  matches: { signatures: ['input: text, pattern: text, flags?: text'], body: matches },
  replace: { signatures: ['input: text, pattern: text, replacement: text, flags?: text'], body: replace },
  split: { signatures: ['string: text, delimiter: text'], body: split },
  extract: { signatures: ['string: text, pattern: text'], body: extract },
  trim: { signatures: TEXT, body: ([text]) => String(text).trim() },
  'is blank': { signatures: TEXT, body: ([text]) => String(text).trim() === '' },
  'to base64': { signatures: ['value: text'], body: ([text]) => Buffer.from(String(text), 'utf8').toString('base64') },
  'from base64': { signatures: ['value: text'], body: fromBase64 },
  'get value': {
    signatures: ['context: context, key: text', 'context: context, keys: list'],
    mayBeNull: true,
    body: getValue,
  },
  'get entries': { signatures: ['context: context'] },
  context: { signatures: ['entries: list'], body: makeContext },
  'context put': {
    signatures: ['context: context, key: text, value: any', 'context: context, keys: list, value: any'],
    body: ([context, path, value]) => contextPut(context, Array.isArray(path) ? path : [path], value),
  },
  'context merge': {
    signatures: ['contexts: context'],
    variadic: true,
    body: (contexts) => Object.fromEntries(contexts.flatMap((each) => Object.entries(each as object))),
  },
};

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What is no number is absent, so that `get or else(number(x), 0)` works. An empty text is no number. */
function toNumber([from, grouping, decimal]: readonly unknown[]): unknown {
  const separators = { grouping: String(grouping ?? ''), decimal: String(decimal ?? '.') };
  const grouped = separators.grouping === '' ? String(from) : String(from).split(separators.grouping).join('');
  const text = separators.decimal === '.' ? grouped : grouped.split(separators.decimal).join('.');
  if (!NUMBER.test(text)) {
    throw new FeelProblem('number(...) is given a text that is no number', 'EXPRESSION_FAILED', true);
  }
  const value = Number(text);
  if (!isExact(value)) {
    throw new FeelProblem('number(...) is given a number beyond 2^53, which would lose digits');
  }
  return value;
}

function writeJson([value]: readonly unknown[]): unknown {
  const text = toJson(value);
  if ('problem' in text) {
    throw new FeelProblem(`to json(...) fails: ${text.problem}`);
  }
  return text.json;
}

function readJson([text]: readonly unknown[]): unknown {
  const value = parseJson(String(text));
  if ('problem' in value) {
    throw new FeelProblem(`from json(...) fails: ${value.problem}`, 'EXPRESSION_FAILED', true);
  }
  return value.value;
}

function matches([input, pattern, flags]: readonly unknown[], run: Run): boolean {
  return matchesPattern(compilePattern('matches', String(pattern), String(flags ?? ''), run), String(input), run);
}

function replace([input, pattern, replacement, flags]: readonly unknown[], run: Run): string {
  const text = String(input);
  const compiled = compilePattern('replace', String(pattern), String(flags ?? ''), run);
  const pieces: string[] = [];
  let length = 0;
  let end = 0;
  for (const match of allMatches(compiled, text, run)) {
    const piece = text.slice(end, match.start) + expanded(String(replacement), match);
    run.charge(piece);
    length += piece.length;
    run.checkLength(length);
    pieces.push(piece);
    end = match.end;
  }
  return pieces.join('') + text.slice(end);
}

/** The texts between the matches; one that is empty separates characters. */
function split([input, delimiter]: readonly unknown[], run: Run): readonly string[] {
  const text = String(input);
  const pattern = compilePattern('split', String(delimiter), '', run);
  if (text === '' && matchesPattern(pattern, text, run)) {
    return [];
  }
  const parts: string[] = [];
  let begin = 0;
  for (const { start, end } of allMatches(pattern, text, run)) {
    if (end > begin && start < text.length) {
      parts.push(text.slice(begin, start));
      begin = end;
    }
  }
  return [...parts, text.slice(begin)];
}

/** All matches of a pattern, as a list of texts. */
function extract([input, pattern]: readonly unknown[], run: Run): readonly string[] {
  const compiled = compilePattern('extract', String(pattern), '', run);
  return [...allMatches(compiled, String(input), run)].map(({ groups }) => groups[0] ?? '');
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function fromBase64([value]: readonly unknown[]): unknown {
  if (!BASE64.test(String(value))) {
    throw new FeelProblem('from base64(...) is given a text that is no Base64', 'EXPRESSION_FAILED', true);
  }
  return Buffer.from(String(value), 'base64').toString('utf8');
}

/** Asks for what may be missing, so null is its answer. */
function getValue([context, path]: readonly unknown[]): unknown {
  let value: unknown = context;
  for (const key of Array.isArray(path) ? path : [path]) {
    const found = typeof value === 'object' && value !== null && typeof key === 'string' && Object.hasOwn(value, key);
    if (!found) {
      return null;
    }
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function makeContext([entries]: readonly unknown[]): unknown {
  const made = new Map<string, unknown>();
  for (const entry of entries as readonly Readonly<Record<string, unknown>>[]) {
    const { key, value } = entry ?? {};
    if (typeof key !== 'string' || value === undefined || made.has(key)) {
      throw new FeelProblem('context(...) needs entries with a "key" of its own, a text, and a "value"');
    }
    made.set(key, value);
  }
  return Object.fromEntries(made);
}

function contextPut(context: unknown, path: readonly unknown[], value: unknown): unknown {
  const [key, ...rest] = path;
  const isPlace = typeof context === 'object' && context !== null && !Array.isArray(context);
  if (typeof key !== 'string' || !isPlace) {
    throw new FeelProblem('context put(...) needs keys that are texts, and contexts on the way to the last one');
  }
  const existing: unknown = Object.hasOwn(context, key) ? (context as Record<string, unknown>)[key] : {};
  return { ...context, [key]: rest.length === 0 ? value : contextPut(existing, rest, value) };
}
