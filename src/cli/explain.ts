/** What a reason means and what to do: the pages of docs/errors. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CliError } from './cli-error.js';
import { localCommand } from './command.js';

/** Beside `src` and beside `dist`. */
const folder = fileURLToPath(new URL('../../docs/errors/', import.meta.url));

export const explain = localCommand({
  name: 'explain',
  about: 'Explain the reason of an error or an incident.',
  arguments: [{ name: 'reason', about: 'Reason, such as JOB_NOT_HELD' }],
  options: {},
  examples: ['baton explain JOB_NOT_HELD'],
  async run(context, [written = '']) {
    const reason = written.toUpperCase().replaceAll('-', '_');
    const known = readdirSync(folder)
      .filter((file) => /^[A-Z_]+\.md$/.test(file))
      .map((file) => file.slice(0, -3));
    if (!known.includes(reason)) {
      const near = known.filter((name) => name.split('_').some((part) => part.length > 3 && reason.includes(part)));
      throw new CliError(
        'REASON_UNKNOWN',
        `there is no reason ${reason}`,
        near.length > 0 ? [`near it: ${near.join(', ')}`] : [],
      );
    }
    const page = readFileSync(`${folder}${reason}.md`, 'utf8').trimEnd();
    context.print({ reason, page }, page);
  },
});
