/**
 * Timer start events of the latest versions. A start event that a new version has unchanged keeps its schedule: the task
 * that waits for its time is the same row, so that no time is lost and none happens twice.
 */
import type { TaskPayload } from '../core/state.js';
import type { NewProcess, NewTimerStart } from '../engine/ports/processes.js';
import { dueTime } from '../model/timers.js';
import { numberAt, textAt } from './cells.js';
import type { Statements } from './database.js';
import { ENGINE_DAY, ENGINE_NOW, TIME } from './engine-row.js';
import { type Call, type Cells, call, prepared, resultAt } from './statement.js';
import { UNCLAIMED } from './tasks.js';

const ofProcess = 'tenant_id = $1 and bpmn_process_id = $2';

const read = prepared(
  'read_timer_starts',
  `select bpmn_element_id, timer, task_partition, task_id from timer_start where ${ofProcess}`,
);

const remove = prepared('remove_timer_starts', `delete from timer_start where ${ofProcess}`);

const insert = prepared(
  'insert_timer_start',
  'insert into timer_start (tenant_id, bpmn_process_id, element_id, process_id, bpmn_element_id, timer, ' +
    'task_partition, task_id) values ($1, $2, $3::int4, $4::int4, $5, $6, $7::date, $8::int8)',
);

const day = prepared('engine_day', `select ${ENGINE_DAY}`);

const insertTask = prepared(
  'insert_timer_start_task',
  'insert into task (partition, id, shard, tenant_id, process_id, element_id, type, due_at, payload, created_at, ' +
    'created_by) values ($1::date, $2::int8, ($2::int8 & 255)::int2, $3, $4::int4, $5::int4, ' +
    `'START_PROCESS_INSTANCE', to_timestamp($6::float8 / 1000), $7, ${ENGINE_NOW}, $8)`,
);

const isTask = 'partition = $1::date and id = any(array[$2::int8])';

const takeOver = prepared(
  'take_over_timer_start',
  `update task set process_id = $3::int4, element_id = $4::int4, ${UNCLAIMED} where ${isTask}`,
);

const removeTask = prepared('remove_timer_start_task', `delete from task where ${isTask} and due_at > ${ENGINE_NOW}`);

/** Their times that came while the process was disabled. */
const wake = prepared(
  'wake_timer_starts',
  `update task t set due_at = ${ENGINE_NOW}, ${UNCLAIMED} from timer_start s ` +
    'where s.tenant_id = $1 and s.bpmn_process_id = $2 and t.id = any(array[s.task_id]) ' +
    "and t.partition = s.task_partition and (t.payload::json ->> 'wasDueAt') is not null",
);

export function wakeTimers(tenantId: string, bpmnProcessId: string): Call {
  return call(wake, tenantId, bpmnProcessId);
}

/** What was due already happens once more, for the version that had it. */
const lastTime = prepared('last_timer_start', `update task set payload = $3 where ${isTask}`);

interface NewTimers extends Pick<NewProcess, 'bpmnProcessId' | 'elements' | 'timerStarts'> {
  readonly tenantId: string;
  readonly by: string;
  readonly processId: number;
  readonly firstElement: number;
}

/** A timer start event of the version before. */
interface Existing {
  readonly bpmnElementId: string;
  readonly timer: string;
  readonly partition: string;
  readonly taskId: number;
}

/** Deployments go one after the other, so that no two take over the same; who executes a task has its row locked. */
export async function takeOverTimers(statements: Statements, process: NewTimers): Promise<void> {
  const { tenantId, bpmnProcessId, timerStarts = [] } = process;
  const [found] = await statements(call(read, tenantId, bpmnProcessId));
  const before = found?.rows.map(existingIn) ?? [];
  if (before.length === 0 && timerStarts.length === 0) return;
  await statements(call(remove, tenantId, bpmnProcessId));
  const kept = new Set<Existing>();
  for (const start of timerStarts) {
    const same = before.find((each) => each.bpmnElementId === idOf(process, start) && each.timer === timerOf(start));
    if (same !== undefined) kept.add(same);
    await begin(statements, process, start, same);
  }
  for (const each of before) if (!kept.has(each)) await end(statements, each);
}

function existingIn(cells: Cells): Existing {
  return {
    bpmnElementId: textAt(cells, 0),
    timer: textAt(cells, 1),
    partition: textAt(cells, 2),
    taskId: numberAt(cells, 3),
  };
}

function idOf({ elements }: NewTimers, { index }: NewTimerStart): string {
  return elements[index]?.bpmnElementId ?? '';
}

function timerOf({ type, text }: NewTimerStart): string {
  return `${type} ${text}`;
}

async function begin(
  statements: Statements,
  process: NewTimers,
  start: NewTimerStart,
  same: Existing | undefined,
): Promise<void> {
  const { tenantId, bpmnProcessId, processId, firstElement } = process;
  const elementId = firstElement + start.index;
  const task = (await keep(statements, same, start, processId, elementId)) ?? (await wait(statements, process, start));
  const about = [elementId, processId, idOf(process, start), timerOf(start)];
  await statements(call(insert, tenantId, bpmnProcessId, ...about, task.partition, task.taskId));
}

/** What has happened for the last time does not begin again with a new version; a duration counts from each deployment. */
async function keep(
  statements: Statements,
  same: Existing | undefined,
  { type }: NewTimerStart,
  processId: number,
  elementId: number,
): Promise<Pick<Existing, 'partition' | 'taskId'> | undefined> {
  if (same === undefined) return undefined;
  const [taken] = await statements(call(takeOver, same.partition, same.taskId, processId, elementId));
  return taken?.count === 1 || type !== 'DURATION' ? same : undefined;
}

/** Without a task when the timer has no time any more, such as a repetition that has ended. */
async function wait(
  statements: Statements,
  { tenantId, by, processId, firstElement }: NewTimers,
  { type, text, index, taskId }: NewTimerStart,
): Promise<Pick<Existing, 'partition' | 'taskId'>> {
  const results = await statements(call(TIME), call(day));
  const time = resultAt(results, 0).rows[0] ?? [];
  const partition = textAt(resultAt(results, 1).rows[0] ?? [], 0);
  const due = dueTime(type, text, numberAt(time, 0) + numberAt(time, 1));
  if (!('problem' in due)) {
    const payload: TaskPayload = { type: 'START_PROCESS_INSTANCE', cycle: due.cycle };
    const about = [tenantId, processId, firstElement + index, due.dueAt, JSON.stringify(payload), by];
    await statements(call(insertTask, partition, taskId, ...about));
  }
  return { partition, taskId };
}

/** The new version has it no more, or has it for other times. */
async function end(statements: Statements, { partition, taskId }: Existing): Promise<void> {
  const last: TaskPayload = { type: 'START_PROCESS_INSTANCE', cycle: null };
  await statements(call(removeTask, partition, taskId), call(lastTime, partition, taskId, JSON.stringify(last)));
}
