/**
 * Timers as models write them: a date, a duration or a cycle, and when they are due. A cycle is `R3/PT1H`, a repetition
 * of ISO 8601 that may have a start, or a CRON expression, in UTC or in the time zone that stands before it.
 */
import { FeelDuration } from 'feelin';
import { Temporal } from 'temporal-polyfill';
import { nextOf, type Problem, parseCron } from './cron.js';
import { type Duration, parseDuration } from './durations.js';
import type { TimerText } from './events.js';
import { type Moment, momentOf, zonedMomentOf } from './moments.js';

export interface DueTime {
  readonly dueAt: number;
  /** What a cycle needs to go on; null for what happens once. */
  readonly cycle: CyclePlace | null;
}

/** A place in a cycle. Every time is counted from the start, so that no rounding adds up. */
export interface CyclePlace {
  readonly text: string;
  /** When the cycle was set, in epoch milliseconds. */
  readonly setAt: number;
  /** Its times so far, the one that it is due at included. */
  readonly count: number;
}

const HELP = {
  DATE: 'write a date and time with its zone, such as 2026-12-24T18:00:00+01:00',
  DURATION: 'write an ISO 8601 duration, such as P1DT12H',
  CYCLE: 'write a repetition, such as R3/PT1H, or a CRON expression, such as 0 9 * * 1-5',
} as const;

/** The longest a cycle is looked at; times beyond it are none. */
const LAST = Date.parse('9999-12-31T23:59:59.999Z');
const DAY = 24 * 3_600_000;

/** Why a timer that is no expression can not be used, for the deployment. */
export function timerProblem(type: TimerText['type'], text: string): string | undefined {
  const due = dueTime(type, text, 0);
  return 'problem' in due ? due.problem : undefined;
}

/** When a timer that is set now is due for the first time; the value is a text or a FEEL value. */
export function dueTime(type: TimerText['type'], value: unknown, now: number): DueTime | Problem {
  if (type === 'CYCLE') return firstOfCycle(value, now);
  const text = String(value).trim();
  const isDuration = value instanceof FeelDuration || text.startsWith('P');
  if (isDuration !== (type === 'DURATION')) {
    return { problem: `"${text.slice(0, 100)}" is no ${type.toLowerCase()}; ${HELP[type]}` };
  }
  const dueAt = momentOf(value, now);
  return typeof dueAt === 'number' ? { dueAt, cycle: null } : dueAt;
}

function firstOfCycle(value: unknown, now: number): DueTime | Problem {
  const text = typeof value === 'string' ? value.trim() : undefined;
  if (text === undefined) return { problem: `the cycle is no text; ${HELP.CYCLE}` };
  const cycle = parseCycle(text);
  if ('problem' in cycle) return cycle;
  const first = cycle.at({ text, setAt: now, count: 0 }, now);
  return first ?? { problem: `the cycle "${text}" has no time after now; ${HELP.CYCLE}` };
}

/** The time after the one that a cycle is due at; undefined when that was the last one. */
export function nextTime({ dueAt, cycle }: DueTime): DueTime | undefined {
  return cycle === null ? undefined : known(cycle).at(cycle, dueAt);
}

/** The first time after `now`; undefined when there is none. */
export function nextTimeAfter(due: DueTime, now: number): DueTime | undefined {
  return due.cycle === null ? undefined : known(due.cycle).after(due.cycle, now);
}

/** It was read when the cycle was set. */
function known({ text }: CyclePlace): Cycle {
  const cycle = parseCycle(text);
  if ('problem' in cycle) throw new Error(`the cycle "${text}" was set, and now ${cycle.problem}`);
  return cycle;
}

interface Cycle {
  /** The time after `place`, which is at `dueAt`. */
  at(place: CyclePlace, dueAt: number): DueTime | undefined;
  after(place: CyclePlace, now: number): DueTime | undefined;
}

function parseCycle(text: string): Cycle | Problem {
  return text.startsWith('R') ? parseRepetition(text) : cronCycle(text);
}

function cronCycle(text: string): Cycle | Problem {
  const cron = parseCron(text);
  if ('problem' in cron) return cron;
  const after = (place: CyclePlace, from: number): DueTime | undefined => {
    const dueAt = nextOf(cron, from);
    return dueAt === undefined ? undefined : { dueAt, cycle: { ...place, count: place.count + 1 } };
  };
  return { at: after, after };
}

// --- Repetitions -----------------------------------------------------------------------------------------------------

const REPETITION = /^R(\d{0,9})\/(?:(.+)\/)?(P[^/]*)$/;

interface Repetition {
  /** How often; infinite when none is said. */
  readonly times: number;
  readonly start: Moment | undefined;
  readonly duration: Duration;
}

function parseRepetition(text: string): Cycle | Problem {
  const [, times, start, interval] = REPETITION.exec(text) ?? [];
  const problem = `"${text.slice(0, 100)}" is no repetition`;
  if (interval === undefined) return { problem: `${problem}; ${HELP.CYCLE}` };
  const duration = parseDuration(interval);
  if ('problem' in duration) return duration;
  if (duration.months + duration.days + duration.milliseconds === 0) return { problem: `${problem}: it takes no time` };
  if (times !== '' && Number(times) === 0) return { problem: `${problem}: it never happens` };
  const moment = start === undefined ? undefined : zonedMomentOf(start);
  if (moment !== undefined && 'problem' in moment) return moment;
  return cycleOf({ times: times === '' ? Number.POSITIVE_INFINITY : Number(times), start: moment, duration });
}

function cycleOf(repetition: Repetition): Cycle {
  const numbered = (place: CyclePlace, count: number): DueTime | undefined => {
    const dueAt = count > repetition.times ? LAST + 1 : timeOf(repetition, place.setAt, count);
    return dueAt > LAST ? undefined : { dueAt, cycle: { ...place, count } };
  };
  return {
    at: (place) => numbered(place, place.count + 1),
    after: (place, now) => numbered(place, firstAfter(repetition, place, now)),
  };
}

/** With a start, the first time is the start; without one, the first is an interval after the cycle was set. */
function timeOf({ start, duration }: Repetition, setAt: number, count: number): number {
  const intervals = start === undefined ? count : count - 1;
  const { epochMilliseconds, zone } = start ?? { epochMilliseconds: setAt, zone: 'UTC' };
  const { months, days, milliseconds } = duration;
  if (epochMilliseconds + intervals * ((months * 31 + days) * DAY + milliseconds) > LAST) return LAST + 1;
  return Temporal.Instant.fromEpochMilliseconds(epochMilliseconds)
    .toZonedDateTimeISO(zone)
    .add({ months: months * intervals, days: days * intervals, milliseconds: milliseconds * intervals })
    .epochMilliseconds;
}

/** Times only grow, so they are halved, not counted: a second missed for a year is found as fast as an hour. */
function firstAfter(repetition: Repetition, { setAt, count }: CyclePlace, now: number): number {
  let step = 1;
  while (timeOf(repetition, setAt, count + step) <= now) step *= 2;
  let before = count + Math.floor(step / 2);
  let after = count + step;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (timeOf(repetition, setAt, middle) <= now) before = middle;
    else after = middle;
  }
  return after;
}
