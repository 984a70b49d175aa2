/** The rules of timers that start a process: they are set while no instance is there, so their time knows no variables. */
import { constantText } from './constant-text.js';
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { definitionsIn, isEventAt, type TimerText } from './events.js';
import type { Problems } from './problems.js';
import { timerProblem } from './timers.js';

export function checkTimerStarts({ nodes }: DraftProcess, problems: Problems): void {
  for (const node of nodes) {
    if (!isEventAt(node.kind, 'START') || nodes[node.scope]?.kind !== 'PROCESS') continue;
    for (const event of definitionsIn(node.event)) if (event.kind === 'TIMER') checkTimer(node, event.timer, problems);
  }
}

function checkTimer({ kind, xml, id }: DraftNode, { type, text }: TimerText, problems: Problems): void {
  if (text === '') {
    const help = 'give one of timeDate, timeDuration and timeCycle';
    problems.add('EVENT_INVALID', xml, id, `the ${KIND_WORDS[kind]} has no time`, help);
    return;
  }
  const known = constantText(text);
  const problem =
    known === undefined
      ? `the ${type.toLowerCase()} of the ${KIND_WORDS[kind]} is no text that is known without variables`
      : timerProblem(type, known);
  if (problem !== undefined) problems.add('TIMER_INVALID', xml, id, problem, HELP[type]);
}

const HELP = {
  DATE: 'write the date and time as text, such as 2026-12-24T18:00:00+01:00',
  DURATION: 'write the duration after the deployment as text, such as PT12H',
  CYCLE: 'write the repetition or CRON expression as text, such as R/PT1H or 0 9 * * 1-5',
} as const;
