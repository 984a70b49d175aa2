/** What the database takes as a day and as a point in time; timers of requests. */
import type { Timer } from '../gen/baton/v1/common.js';

export const DAY = /^\d{4}-\d{2}-\d{2}$/;
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** Requests name few days, mostly today. */
let lastDate = '';

/** Whether the text is a day of the calendar, from 0001-01-01 to 9999-12-31. */
export function isDate(text: string): boolean {
  if (text === lastDate) return true;
  if (!DAY.test(text) || text < '0001') return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) return false;
  lastDate = text;
  return true;
}

/** Whether epoch milliseconds are between the years 1 and 9999. */
export function isTimeInRange(milliseconds: number): boolean {
  return milliseconds >= FIRST && milliseconds <= LAST;
}

/** In the words of models. The rules of requests have seen to it that there is one. */
export function timerText({ kind }: Timer): { readonly type: 'DATE' | 'DURATION' | 'CYCLE'; readonly text: string } {
  switch (kind?.$case) {
    case 'timeDuration':
      return { type: 'DURATION', text: kind.value };
    case 'timeCycle':
      return { type: 'CYCLE', text: kind.value };
    default:
      return { type: 'DATE', text: kind?.value.toISOString() ?? '' };
  }
}
