/**
 * Regular expressions. RE2 takes time in proportion to the text, whatever the pattern is; the platform's own engine
 * takes for ever on `(a+)+$`. What RE2 can not do (look-around, back-references) is refused, and so is what is no
 * expression of the platform, so that a pattern that works means the same in both. One thing differs: what a repeated
 * group holds whose last round matched nothing.
 */
import { RE2JS, RE2JSException } from 're2js';
import { costsOf } from './pattern-costs.js';
import { FeelProblem, type Run } from './run.js';

/** One place where a pattern matches. */
interface Match {
  readonly start: number;
  readonly end: number;
  /** The whole first; null for a group that took no part. */
  readonly groups: readonly (string | null)[];
  readonly names: Readonly<Record<string, number>>;
}

const FLAGS: Readonly<Record<string, number>> = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };

export interface Pattern {
  readonly program: RE2JS;
  readonly reach: number;
}

/** Going through so many characters with a program of one instruction costs a step: the first time, and once more. */
const WORK_PER_STEP = 16;
const REPEATED_WORK_PER_STEP = 64;

/** Making one instruction of a program, in steps. */
const INSTRUCTION_COST = 20;

/** For a function of this name; flags are those of FEEL. */
export function compilePattern(name: string, pattern: string, flags: string, run: Run): Pattern {
  return run.remember(`pattern ${flags} ${pattern}`, () => {
    checkPlatform(name, pattern, flags);
    const { size, reach } = costsOf(pattern);
    run.spend(INSTRUCTION_COST * (1 + size));
    return { program: makeProgram(name, pattern, flags), reach };
  });
}

function makeProgram(name: string, pattern: string, flags: string): RE2JS {
  const options = [...flags].reduce((all, flag) => all | (FLAGS[flag] ?? 0), 0);
  try {
    return RE2JS.compile(translated(pattern), options);
  } catch (error) {
    if (!(error instanceof RE2JSException)) {
      throw error;
    }
    const help = 'look-around and back-references are not supported';
    throw new FeelProblem(`${name}(...) is given a pattern that is not supported (${error.message}); ${help}`);
  }
}

export function matchesPattern({ program }: Pattern, input: string, run: Run): boolean {
  run.spend(Math.floor((program.programSize() * input.length) / WORK_PER_STEP));
  return program.test(input);
}

/** From left to right, none overlapping another. */
export function* allMatches({ program, reach }: Pattern, input: string, run: Run): Iterable<Match> {
  const size = program.programSize();
  run.spend(Math.floor((size * input.length) / WORK_PER_STEP));
  const matcher = program.matcher(input);
  const names = program.namedGroups();
  while (matcher.find()) {
    const again = Math.min(reach, input.length - matcher.end());
    run.spend(1 + Math.floor((size * again) / REPEATED_WORK_PER_STEP));
    const groups = Array.from({ length: program.groupCount() + 1 }, (_each, index) => matcher.group(index));
    yield { start: matcher.start(), end: matcher.end(), groups, names };
  }
}

function checkPlatform(name: string, pattern: string, flags: string): void {
  if (!/^[ims]*$/.test(flags)) {
    throw new FeelProblem(`${name}(...) is given flags that are not of i, m and s`);
  }
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new FeelProblem(`${name}(...) is given a pattern that is no regular expression`);
  }
}

const ESCAPE = /\\u\{([0-9a-f]+)\}|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})|\\./gisu;

/** What is written with `\u`, as RE2 writes it; it knows the rest. */
function translated(pattern: string): string {
  return pattern.replace(ESCAPE, (written, point?: string, high?: string, low?: string, unit?: string) => {
    if (high !== undefined && low !== undefined) {
      return hex(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)).codePointAt(0) ?? 0);
    }
    const digits = point ?? unit;
    return digits === undefined ? written : hex(Number.parseInt(digits, 16));
  });
}

function hex(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

const REFERENCE = /\$(?:([$&])|(\d{1,2})|<([^>]*)>)/g;

/** `$1` and `$<name>` are what the groups matched, `$0` and `$&` the whole, `$$` a dollar. */
export function expanded(replacement: string, { groups, names }: Match): string {
  return replacement.replace(REFERENCE, (written, sign?: string, digits?: string, name?: string) => {
    if (sign !== undefined) {
      return sign === '$' ? '$' : (groups[0] ?? '');
    }
    if (digits !== undefined) {
      return ofNumber(written, digits, groups);
    }
    const isNamed = name !== undefined && Object.keys(names).length > 0;
    return isNamed ? (groups[Object.hasOwn(names, name) ? (names[name] ?? -1) : -1] ?? '') : written;
  });
}

/** Two digits when there are so many groups, else one; what is no group stays as it is written. */
function ofNumber(written: string, digits: string, groups: Match['groups']): string {
  if (Number(digits) < groups.length) {
    return groups[Number(digits)] ?? '';
  }
  const first = Number(digits.slice(0, 1));
  return digits.length === 2 && first < groups.length ? (groups[first] ?? '') + digits.slice(1) : written;
}
