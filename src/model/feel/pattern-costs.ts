/** What a regular expression will cost, from its text alone: known before its program is made. */

export interface PatternCosts {
  /** About how many instructions its program will have, in which each repetition is written out. */
  readonly size: number;
  /** How many characters a search may look at beyond what it finds. */
  readonly reach: number;
}

const TOKEN = /\\.|\[(?:\\.|[^\]])*\]|(?<endless>[*+])|\{(?<least>\d+)(?<open>,(?<most>\d*))?\}|./gsu;

/** Repetitions without end that nothing follows: all that they look at is found. */
const ENDS_ENDLESS = /^[^*+{]*(?:[*+][)*+?]*)?$/;

export function costsOf(pattern: string): PatternCosts {
  // One sum for each group that is open.
  const groups = [0];
  let last = 0;
  const add = (size: number) => {
    groups.push((groups.pop() ?? 0) + size);
    last = size;
  };
  let isEndless = false;
  let skeleton = '';
  for (const { 0: token, groups: found } of pattern.matchAll(TOKEN)) {
    const { endless, least, open, most } = found ?? {};
    const hasNoEnd = endless !== undefined || (open !== undefined && most === '');
    isEndless ||= hasNoEnd;
    skeleton += hasNoEnd ? '*' : token.length > 1 ? '.' : token;
    if (least !== undefined) {
      add(last * Math.max(1, Number(least), Number(most ?? 0)));
    } else if (token === '(') {
      groups.push(0);
    } else if (token === ')') {
      add(1 + (groups.pop() ?? 0));
    } else {
      add(1);
    }
  }
  const size = groups.reduce((sum, each) => sum + each, 0);
  return { size, reach: isEndless && !ENDS_ENDLESS.test(skeleton) ? Number.POSITIVE_INFINITY : size };
}
