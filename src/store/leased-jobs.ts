/** What travels with a leased job: its history, its instance's keys, and the variables that its element sees. */
import type { Job, OpenJob, VariableData } from '../core/state.js';
import type { LeasedJob, TopicWish } from '../engine/ports/leases.js';
import { numberAt, numberOrNull, plainArray, textArray, textAt, textOrNull, variableDataAt } from './cells.js';
import type { Statements } from './database.js';
import { byPartition, perDay } from './days.js';
import { jobs } from './jobs.js';
import { pathText } from './paths.js';
import { type Call, type Cells, call } from './statement.js';

const histories = perDay(
  'leased_jobs',
  (of) =>
    `select ${jobs.selectList('j')}, p.correlation_key, p.trace_parent, ` +
    // Only who takes over variables asks what was called.
    `case when j.type = 'PASS_VARIABLES' then (select max(c.id) from ${of('process_instance')} c ` +
    'where c.root_id = j.root_id and c.parent_id is not null and c.parent_element_instance_id = j.element_instance_id) end ' +
    `from ${of('job')} j ` +
    `join ${of('process_instance')} p on p.id = any(array[j.process_instance_id]) where j.id = any($1::int8[])`,
);

/** From the inside out; a deleted variable is as if absent, and hides nothing. $2: names, null for all. */
const visible = perDay('leased_variables', (of) => {
  const start = `select j.id origin, j.root_id, null::text extra, j.element_instance_id at from ${of('job')} j where j.id = any($1::int8[])`;
  return (
    `with ${pathText(start, of, 'processInstance')} select p.origin, v.name, v.encoding, v.value, v.encrypted ` +
    `from path p join ${of('variable')} v on v.scope_id = any(array[p.id]) ` +
    'where v.encoding is not null and ($2::text[] is null or v.name = any($2::text[])) order by p.depth, v.name'
  );
});

type SentVariables = Map<string, VariableData>;

interface History {
  readonly job: Job;
  readonly correlationKey: string | null;
  readonly traceParent: string | null;
  readonly calledId: number | null;
}

/** One wait, whatever the number of jobs. */
export async function loadLeased(
  statements: Statements,
  leased: readonly OpenJob[],
  wishes: readonly TopicWish[],
): Promise<readonly LeasedJob[]> {
  if (leased.length === 0) return [];
  const names = wantedNames(wishes);
  const calls: Call[] = [];
  for (const [partition, ofDay] of byPartition(leased)) {
    const ids = plainArray(ofDay.map((job) => job.id));
    calls.push(
      call(histories(partition), ids),
      call(visible(partition), ids, names === null ? null : textArray(names)),
    );
  }
  const results = await statements(...calls);
  const found = new Map<number, History>();
  const variables = new Map<number, SentVariables>();
  results.forEach((result, index) => {
    for (const cells of result.rows) {
      if (index % 2 === 0) readHistory(cells, found);
      else readVariable(cells, variables);
    }
  });
  return leased.map((openJob) => together(openJob, found.get(openJob.id), variables.get(openJob.id), wishes));
}

/** Null: somebody wants all. */
function wantedNames(wishes: readonly TopicWish[]): readonly string[] | null {
  const names = new Set<string>();
  for (const { variables } of wishes) {
    if (variables === null) return null;
    for (const name of variables) names.add(name);
  }
  return wishes.length === 0 ? null : [...names];
}

function readHistory(cells: Cells, found: Map<number, History>): void {
  const job = jobs.read(cells);
  const at = jobs.columns.length;
  const correlationKey = textOrNull(cells, at);
  const traceParent = textOrNull(cells, at + 1);
  found.set(job.id, { job, correlationKey, traceParent, calledId: numberOrNull(cells, at + 2) });
}

/** Of equal names the innermost, which comes first. */
function readVariable(cells: Cells, variables: Map<number, SentVariables>): void {
  const jobId = numberAt(cells, 0);
  const name = textAt(cells, 1);
  const data = variableDataAt(cells, 2);
  const ofJob = variables.get(jobId) ?? new Map<string, VariableData>();
  variables.set(jobId, ofJob);
  if (data !== null && !ofJob.has(name)) ofJob.set(name, data);
}

function together(
  openJob: OpenJob,
  history: History | undefined,
  variables: SentVariables | undefined,
  wishes: readonly TopicWish[],
): LeasedJob {
  if (history === undefined)
    return { openJob, job: null, correlationKey: null, traceParent: null, calledId: null, variables: [] };
  const wanted = wishes.find((wish) => wish.topic === openJob.topic)?.variables ?? null;
  const sent = [...(variables ?? [])].filter(([name]) => wanted === null || wanted.includes(name));
  return { openJob, ...history, variables: sent.map(([name, data]) => ({ name, data })) };
}
