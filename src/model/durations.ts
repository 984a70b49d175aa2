/** ISO 8601 durations as models and users write them, and their arithmetic on the calendar, in UTC. */
import { Temporal } from 'temporal-polyfill';
import { MAX_DURATION_YEARS } from './limits.js';

export interface Duration {
  /** Years count as twelve. */
  readonly months: number;
  /** Weeks count as seven. */
  readonly days: number;
  readonly milliseconds: number;
}

const PATTERN =
  /^P(?=\d|T\d)(?:(\d{1,12})Y)?(?:(\d{1,12})M)?(?:(\d{1,12})W)?(?:(\d{1,12})D)?(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:[.,](\d{1,3}))?S)?)?$/;

const HELP = 'write whole numbers as in P1DT12H, PT30S or P2W, or seconds with up to three decimals as in PT0.5S';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function parseDuration(text: string): Duration | { readonly problem: string } {
  const match = PATTERN.exec(text);
  if (match === null) {
    return { problem: `"${text.slice(0, 100)}" is no duration: ${reasonOf(text)}; ${HELP}` };
  }
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1, 8)
    .map((each) => Number(each ?? 0));
  const thousandths = Number((match[8] ?? '').padEnd(3, '0'));
  const duration: Duration = {
    months: years * 12 + months,
    days: weeks * 7 + days,
    milliseconds: hours * HOUR + minutes * MINUTE + seconds * SECOND + thousandths,
  };
  const approximateYears = duration.months / 12 + duration.days / 365 + duration.milliseconds / (365 * DAY);
  if (approximateYears > MAX_DURATION_YEARS) {
    return { problem: `"${text}" is longer than the limit of ${MAX_DURATION_YEARS} years` };
  }
  return duration;
}

function reasonOf(text: string): string {
  if (/^[+-]|\d*-\d/.test(text)) {
    return 'it has a sign';
  }
  return /\d[.,]\d/.test(text) ? 'it has a fraction' : 'it is not written as ISO 8601 has it';
}

/**
 * The moment that a duration later is. Months are counted on the calendar first; where the day does not exist in the
 * month that is reached, the last day of that month is taken (31 January and one month is 28 or 29 February).
 */
export function addDuration(epochMilliseconds: number, duration: Duration): number {
  const start =
    duration.months === 0
      ? epochMilliseconds
      : Temporal.Instant.fromEpochMilliseconds(epochMilliseconds)
          .toZonedDateTimeISO('UTC')
          .add({ months: duration.months }, { overflow: 'constrain' }).epochMilliseconds;
  return start + duration.days * DAY + duration.milliseconds;
}
