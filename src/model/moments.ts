/** Points in time as models and expressions write them: a date and time with its zone, or a duration from now. */
import { FeelDateTime, FeelDuration } from 'feelin';
import { Temporal } from 'temporal-polyfill';
import { addDuration, parseDuration } from './durations.js';

const WITH_ZONE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?(?:[@[]([\w+\-/]+)\]?)?$/i;

const HELP = 'write a date and time with its zone, such as 2026-12-24T18:00:00+01:00, or a duration, such as P3D';

/** Epoch milliseconds of the years that the database and the API can tell. */
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** The moment that a FEEL value or a text means, in epoch milliseconds; durations count from `now`. */
export function momentOf(value: unknown, now: number): number | { readonly problem: string } {
  const isKnown = typeof value === 'string' || value instanceof FeelDateTime || value instanceof FeelDuration;
  if (!isKnown) return { problem: `it is no date and time; ${HELP}` };
  const text = String(value).trim();
  const moment = text.startsWith('P') ? later(text, now) : parseMoment(text);
  if (typeof moment !== 'number' || (moment >= FIRST && moment <= LAST)) return moment;
  return { problem: `"${text}" is not between the years 1 and 9999` };
}

function later(text: string, now: number): number | { readonly problem: string } {
  const duration = parseDuration(text);
  return 'problem' in duration ? duration : addDuration(now, duration);
}

/** A point in time, and the zone whose calendar it was written in. */
export interface Moment {
  readonly epochMilliseconds: number;
  readonly zone: string;
}

function parseMoment(text: string): number | { readonly problem: string } {
  const moment = zonedMomentOf(text);
  return 'problem' in moment ? moment : moment.epochMilliseconds;
}

/** Without a zone nobody can say which moment it is: the server's own zone would be a guess. */
export function zonedMomentOf(text: string): Moment | { readonly problem: string } {
  const shown = text.slice(0, 100);
  const [, local, offset, named] = WITH_ZONE.exec(text) ?? [];
  if (local === undefined) return { problem: `"${shown}" is no date and time; ${HELP}` };
  if (offset === undefined && named === undefined) return { problem: `"${shown}" has no time zone; ${HELP}` };
  const zone = named ?? 'UTC';
  try {
    if (offset === undefined) return momentIn(Temporal.PlainDateTime.from(local).toZonedDateTime(zone));
    return momentIn(Temporal.Instant.from(`${local}${offset}`).toZonedDateTimeISO(zone));
  } catch {
    // The calendar or the list of zones has no such entry.
    return { problem: `"${shown}" does not exist on the calendar, or its zone is not known` };
  }
}

function momentIn({ epochMilliseconds, timeZoneId }: Temporal.ZonedDateTime): Moment {
  return { epochMilliseconds, zone: timeZoneId };
}
