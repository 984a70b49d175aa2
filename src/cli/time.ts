/** The time of the engine: reading it, and moving it forward in tests. */
import { CliError } from './cli-error.js';
import { clientCommand } from './command.js';

export const time = clientCommand({
  name: 'time',
  about: "Print the engine's time, or move it forward: timers and retries become due by it. For tests.",
  arguments: [],
  options: {
    to: { kind: 'text', value: 'time', about: 'A point in time, such as 2026-12-24T18:00:00Z.' },
    by: { kind: 'text', value: 'duration', about: 'So much later, such as PT1H.' },
    cycle: { kind: 'text', value: 'cron', about: 'The next time of a CRON expression, such as "0 9 * * 1-5".' },
  },
  examples: ['baton time', 'baton time --by PT1H', "baton time --cycle '0 9 * * 1-5'"],
  async call(context, _args, { to, by, cycle }) {
    const given = [to, by, cycle].filter((value) => value !== undefined).length;
    if (given > 1) throw new CliError('USAGE', 'give one of --to, --by and --cycle');
    if (given === 0) {
      const { time, offsetMs } = await context.client.engine.getTime();
      const ahead = offsetMs === 0 ? '' : `  (${offsetMs / 1000} s ahead of the database)`;
      context.print({ time, offsetMs }, `${time.toISOString()}${ahead}`);
      return;
    }
    const time = await context.client.engine.setTime(to === undefined ? (by ?? { cycle: cycle ?? '' }) : dateIn(to));
    context.print({ time }, time.toISOString());
  },
});

function dateIn(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    throw new CliError('USAGE', `"${text}" is no date and time with its zone, such as 2026-12-24T18:00:00Z`);
  }
  return date;
}
