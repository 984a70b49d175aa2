import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewProcesses, NewTimerStart } from '../../src/engine/ports/processes.js';
import { type Opened, openFresh } from './support/opened.js';

let opened: Opened;
beforeAll(async () => {
  opened = await openFresh();
});
afterAll(() => opened.close());

/** Each version has another file. */
function version(number: number, ...timerStarts: readonly NewTimerStart[]): NewProcesses {
  const elements = [
    { bpmnElementId: 'p', type: 'PROCESS' as const, name: null },
    ...['early', 'late'].map((bpmnElementId) => ({ bpmnElementId, type: 'TIMER_START_EVENT' as const, name: null })),
  ];
  return {
    ...{
      tenantId: '',
      bpmnXml: `<p n="${number}"/>`,
      version: null,
      tags: {},
      by: 'test',
      request: null,
      dryRun: false,
    },
    processes: [{ bpmnProcessId: 'p', name: null, versionTag: null, elements, timerStarts }],
  };
}

const hours = (count: number) => count * 3_600_000;

test('what was due already happens once more for its own version', async () => {
  const { clock, processes } = opened.store;
  const early = { index: 1, type: 'CYCLE', text: 'R/PT1H', taskId: 256 } as const;
  const late = { index: 2, type: 'CYCLE', text: 'R/PT3H', taskId: 257 } as const;
  await processes.create(version(1, early, late));
  await clock.move(await clock.read(), hours(2), null);
  await processes.create(version(2));
  expect(await opened.sql('select id, process_id, payload from task')).toEqual([
    ['256', '1', '{"type":"START_PROCESS_INSTANCE","cycle":null}'],
  ]);
  expect(await opened.sql('select 1 from timer_start')).toEqual([]);
});
