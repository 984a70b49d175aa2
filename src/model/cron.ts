/**
 * CRON expressions: minute, hour, day, month and weekday, with seconds before them and years behind them where they are
 * given, or a name such as @daily. They count in UTC, or in a zone: `CRON_TZ=Europe/Berlin 0 9 * * 1-5`.
 */
import { Cron } from 'croner';

export interface Problem {
  readonly problem: string;
}

const WITH_ZONE = /^(?:CRON_TZ|TZ)=(\S+)\s+(.+)$/;

/** Expressions that are kept parsed; a model has few. */
const KEPT = 1000;

const parsed = new Map<string, Cron | Problem>();

export function parseCron(text: string): Cron | Problem {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= KEPT) parsed.clear();
  const cron = parse(text);
  parsed.set(text, cron);
  return cron;
}

function parse(text: string): Cron | Problem {
  const [, zone, expression] = WITH_ZONE.exec(text) ?? [undefined, 'UTC', text];
  const shown = text.slice(0, 100);
  // A date is taken too, and would be a cycle that happens once.
  if (!/^@\w+$|^\S+(\s+\S+){4,6}$/.test(expression ?? '')) return { problem: `"${shown}" is no CRON expression` };
  try {
    const cron = new Cron(expression ?? '', { timezone: zone ?? 'UTC', paused: true });
    // An unknown zone is found only when a time is asked for.
    cron.nextRun(new Date(0));
    return cron;
  } catch (error) {
    return { problem: `"${shown}" is no CRON expression: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The first time after `from`; undefined when there is none. */
export function nextOf(cron: Cron, from: number): number | undefined {
  return cron.nextRun(new Date(from))?.getTime();
}
