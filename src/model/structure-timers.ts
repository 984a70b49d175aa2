/** The rules of timers that start a process: they are set while no instance is there, so their time knows no variables. */
import { constantText } from './constant-text.js';
import type { DraftProcess } from './draft.js';
import type { Problems } from './problems.js';
import { timerProblem } from './timers.js';

export function checkTimerStarts({ nodes }: DraftProcess, problems: Problems): void {
  for (const { kind, scope, event, xml, id } of nodes) {
    const startsProcess = kind === 'TIMER_START_EVENT' && nodes[scope]?.kind === 'PROCESS';
    if (!startsProcess || event?.kind !== 'TIMER') continue;
    const { type } = event.timer;
    if (event.timer.text === '') {
      const help = 'give one of timeDate, timeDuration and timeCycle';
      problems.add('EVENT_INVALID', xml, id, 'the timer start event has no time', help);
      continue;
    }
    const text = constantText(event.timer.text);
    const problem =
      text === undefined
        ? `the ${type.toLowerCase()} of the timer start event is no text that is known without variables`
        : timerProblem(type, text);
    if (problem !== undefined) problems.add('TIMER_INVALID', xml, id, problem, HELP[type]);
  }
}

const HELP = {
  DATE: 'write the date and time as text, such as 2026-12-24T18:00:00+01:00',
  DURATION: 'write the duration after the deployment as text, such as PT12H',
  CYCLE: 'write the repetition or CRON expression as text, such as R/PT1H or 0 9 * * 1-5',
} as const;
