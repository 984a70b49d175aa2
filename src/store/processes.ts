/** Processes: what is deployed. Immutable, except which one is the latest of its name. */
import { createHash } from 'node:crypto';
import type { CalledProcess } from '../core/facts.js';
import type { ProcessHead, ProcessName } from '../engine/ports/lane.js';
import type {
  CreatedProcess,
  DeployConflict,
  NewProcess,
  NewProcesses,
  ProcessSource,
  ProcessStore,
  ProcessUpdate,
  UpdatedProcess,
} from '../engine/ports/processes.js';
import { booleanAt, numberAt, plainArray, textArray, textAt, textOrNull } from './cells.js';
import { type Database, repeating, run, type Statements, transact } from './database.js';
import { isEnabled, setEnabled, staysEnabled } from './disabled-processes.js';
import { ENGINE_NOW } from './engine-row.js';
import { startByMessages } from './message-starts.js';
import { type Call, type Cells, call, prepared, resultAt } from './statement.js';
import { storeAnswer, storedAnswer } from './stored-answers.js';
import { takeOverTimers } from './timer-starts.js';

// --- What groups read ------------------------------------------------------------------------------------------------

const headByName = prepared(
  'heads_by_name',
  `select u.at, p.id, p.tenant_id, ${isEnabled('u')} from unnest($1::text[], $2::text[], $3::text[]) with ordinality ` +
    'u(tenant_id, bpmn_process_id, version, at) cross join lateral (' +
    '(select p.id, p.tenant_id from process p where u.version is null and p.tenant_id = u.tenant_id ' +
    'and p.bpmn_process_id = u.bpmn_process_id order by p.id desc limit 1) ' +
    'union all select p.id, p.tenant_id from process p where p.tenant_id = u.tenant_id ' +
    'and p.bpmn_process_id = u.bpmn_process_id and p.version = u.version) p',
);

const headById = prepared(
  'heads_by_id',
  `select u.at, p.id, p.tenant_id, ${staysEnabled('p')} from unnest($1::int8[]) with ordinality u(id, at) ` +
    'join process p on p.id = any(array[u.id])',
);

const headOfCall = prepared(
  'heads_of_calls',
  `select u.at, p.id, p.tenant_id, ${isEnabled('u')} from ` +
    'unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int4[]) with ordinality u(tenant_id, bpmn_process_id, version, version_tag, deployed_with, at) cross join lateral (' +
    'select p.id, p.tenant_id from process p where p.tenant_id = u.tenant_id and p.bpmn_process_id = u.bpmn_process_id ' +
    'and (u.version is null or p.version = u.version) and (u.version_tag is null or p.version_tag = u.version_tag) ' +
    'and (u.deployed_with is null or p.bpmn_xml_id = (select c.bpmn_xml_id from process c where c.id = u.deployed_with)) ' +
    'order by p.id desc limit 1) p',
);

export function headsOfCalls(names: readonly CalledProcess[]): Call {
  return call(
    headOfCall,
    textArray(names.map((name) => name.tenantId)),
    textArray(names.map((name) => name.bpmnProcessId)),
    textArray(names.map((name) => name.version)),
    textArray(names.map((name) => name.versionTag)),
    plainArray(names.map((name) => name.deployedWith)),
  );
}

export function headsByName(names: readonly ProcessName[]): Call {
  return call(
    headByName,
    textArray(names.map((name) => name.tenantId)),
    textArray(names.map((name) => name.bpmnProcessId)),
    textArray(names.map((name) => name.version)),
  );
}

export function headsById(ids: readonly number[]): Call {
  return call(headById, plainArray(ids));
}

export function readHeads(rows: readonly Cells[], length: number): readonly (ProcessHead | null)[] {
  const heads = new Array<ProcessHead | null>(length).fill(null);
  for (const cells of rows) {
    const head = { id: numberAt(cells, 1), tenantId: textAt(cells, 2), enabled: booleanAt(cells, 3) };
    heads[numberAt(cells, 0) - 1] = head;
  }
  return heads;
}

const sources = prepared(
  'process_sources',
  'select p.id, p.tenant_id, p.bpmn_process_id, p.version, p.first_element_id, x.text, p.definitions ' +
    'from process p join bpmn_xml x on x.id = any(array[p.bpmn_xml_id]) where p.id = any($1::int4[])',
);

export function loadProcessSources(ids: readonly number[]): Call {
  return call(sources, plainArray(ids));
}

export function readProcessSource(cells: Cells): ProcessSource {
  return {
    id: numberAt(cells, 0),
    tenantId: textAt(cells, 1),
    bpmnProcessId: textAt(cells, 2),
    version: textAt(cells, 3),
    firstElementId: numberAt(cells, 4),
    bpmnXml: textAt(cells, 5),
    definitions: JSON.parse(textOrNull(cells, 6) ?? 'null'),
  };
}

// --- Deploying -------------------------------------------------------------------------------------------------------

/** Deployments go one after the other: they hold the counter of element ids, so no two find the same latest version. */
const lockElements = prepared('lock_elements', 'select next from element_counter for update');
const takeElements = prepared('take_elements', 'update element_counter set next = next + $1::int4');

const latest = prepared(
  'latest_process',
  'select id from process where tenant_id = $1 and bpmn_process_id = $2 order by id desc limit 1',
);

/** For each name: the row to compare with (the version asked for, else the latest), and the next version. */
const compare = prepared(
  'compare_processes',
  "select p.id, p.version, p.sha256 = decode($4, 'hex'), p.tags = $5::jsonb, " +
    '(select coalesce(max(n.version::numeric), 0) + 1 from process n where n.tenant_id = $1 ' +
    "and n.bpmn_process_id = u.bpmn_process_id and n.version ~ '^[0-9]{1,200}$'), " +
    'p.definitions is not distinct from $6::jsonb ' +
    'from unnest($2::text[]) with ordinality u(bpmn_process_id, at) left join lateral (' +
    'select p.id, p.version, p.tags, p.definitions, x.sha256 from process p join bpmn_xml x on x.id = p.bpmn_xml_id ' +
    'where p.tenant_id = $1 and p.bpmn_process_id = u.bpmn_process_id and ($3::text is null or p.version = $3) ' +
    'order by p.id desc limit 1) p on true order by u.at',
);

const insertXml = prepared(
  'insert_xml',
  "insert into bpmn_xml (sha256, text) values (decode($1, 'hex'), $2) on conflict do nothing",
);

const insertProcess = prepared(
  'insert_process',
  'insert into process (tenant_id, bpmn_process_id, version, name, bpmn_xml_id, first_element_id, element_count, ' +
    'tags, created_at, created_by, version_tag, definitions) select $1, $2, $3, $4, x.id, $6::int4, $7::int4, ' +
    `$8::jsonb, ${ENGINE_NOW}, $9, $10, $11::jsonb from bpmn_xml x where x.sha256 = decode($5, 'hex') returning id`,
);

const insertElements = prepared(
  'insert_elements',
  'insert into element (id, process_id, bpmn_element_id, type, name) ' +
    'select $2::int4 + u.at - 1, $1::int4, u.bpmn_element_id, u.type, u.name ' +
    'from unnest($3::text[], $4::element_type[], $5::text[]) with ordinality u(bpmn_element_id, type, name, at)',
);

const removeSignalStarts = prepared(
  'remove_signal_starts',
  'delete from signal_start where tenant_id = $1 and bpmn_process_id = $2',
);

const insertSignalStart = prepared(
  'insert_signal_start',
  'insert into signal_start (tenant_id, bpmn_process_id, element_id, process_id, name, created_at, created_by) ' +
    `values ($1, $2, $3::int4, $4::int4, $5, ${ENGINE_NOW}, $6)`,
);

type Outcome = readonly CreatedProcess[] | DeployConflict;

export class Processes implements ProcessStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async source(id: number): Promise<ProcessSource | null> {
    const [result] = await run(this.database, 'keys', [loadProcessSources([id])]);
    const cells = result?.rows[0];
    return cells === undefined ? null : readProcessSource(cells);
  }

  create(input: NewProcesses): Promise<Outcome> {
    return repeating(() =>
      transact(
        this.database,
        'keys',
        async (statements) => (await repeatedRequest(statements, input)) ?? (await deploy(statements, input)),
        (outcome) => !input.dryRun && !('conflict' in outcome),
      ),
    );
  }

  update(input: ProcessUpdate, taskId: () => number): Promise<UpdatedProcess> {
    return repeating(() =>
      transact(
        this.database,
        'keys',
        (statements) => update(statements, input, taskId),
        (updated) => typeof updated === 'object',
      ),
    );
  }
}

/** It holds up deployments, so that none adds a start event that enabling does not see. */
async function update(statements: Statements, input: ProcessUpdate, taskId: () => number): Promise<UpdatedProcess> {
  const { tenantId, bpmnProcessId, request } = input;
  const repeated = await storedAnswer<{ readonly id: number }>(statements, request);
  if (repeated !== null) return repeated;
  const [, found] = await statements(call(lockElements), call(latest, tenantId, bpmnProcessId));
  const cells = found?.rows[0];
  if (cells === undefined) return 'PROCESS_NOT_FOUND';
  await setEnabled(statements, input, taskId);
  const updated = { id: numberAt(cells, 0) };
  await storeAnswer(statements, request, updated, updated.id);
  return updated;
}

async function repeatedRequest(statements: Statements, { request }: NewProcesses): Promise<Outcome | null> {
  const stored = await storedAnswer<readonly CreatedProcess[]>(statements, request);
  if (stored !== 'REQUEST_ID_REUSED') return stored;
  return { conflict: 'REQUEST_ID_REUSED', bpmnProcessId: '', version: '', differs: 'request' };
}

interface Wanted {
  readonly process: NewProcess;
  /** Null: it is made. */
  readonly existing: number | null;
  readonly version: string;
}

async function deploy(statements: Statements, input: NewProcesses): Promise<Outcome> {
  const sha256 = createHash('sha256').update(input.bpmnXml).digest('hex');
  const names = textArray(input.processes.map((process) => process.bpmnProcessId));
  const results = await statements(
    call(lockElements),
    call(compare, input.tenantId, names, input.version, sha256, JSON.stringify(input.tags), definitionsIn(input)),
  );
  const wanted: Wanted[] = [];
  for (const [index, process] of input.processes.entries()) {
    const decided = decide(process, input.version, resultAt(results, 1).rows[index] ?? []);
    if ('conflict' in decided) return decided;
    wanted.push(decided);
  }
  const created = input.dryRun
    ? wanted.map((each) => createdAs(each, each.existing ?? 0))
    : await write(statements, input, wanted, sha256, numberAt(resultAt(results, 0).rows[0] ?? [], 0));
  return created;
}

/** Byte for byte the same file with the same settings is the same version; anything else under its name is a conflict. */
function decide(process: NewProcess, version: string | null, cells: Cells): Wanted | DeployConflict {
  const existing = textOrNull(cells, 0);
  const sameXml = cells[2] === 't';
  const next = version ?? textAt(cells, 4);
  if (existing === null || (version === null && !sameXml)) return { process, existing: null, version: next };
  const differs = differenceIn(cells);
  if (differs === null) return { process, existing: Number(existing), version: textAt(cells, 1) };
  return {
    conflict: 'VERSION_CONFLICT',
    bpmnProcessId: process.bpmnProcessId,
    version: textAt(cells, 1),
    differs,
  };
}

function differenceIn(cells: Cells): string | null {
  if (cells[2] !== 't') return 'bpmn_xml';
  if (cells[3] !== 't') return 'tags';
  return cells[5] === 't' ? null : 'definitions';
}

function definitionsIn({ definitions }: NewProcesses): string | null {
  return definitions ? JSON.stringify(definitions) : null;
}

async function write(
  statements: Statements,
  input: NewProcesses,
  wanted: readonly Wanted[],
  sha256: string,
  firstElement: number,
): Promise<readonly CreatedProcess[]> {
  const created: CreatedProcess[] = [];
  const taskIds = [...(input.taskIds ?? [])];
  let nextElement = firstElement;
  for (const each of wanted) {
    const { process, existing, version } = each;
    if (existing !== null) {
      created.push(createdAs(each, existing));
      continue;
    }
    const { elements } = process;
    const [, inserted] = await statements(
      call(insertXml, sha256, input.bpmnXml),
      call(
        insertProcess,
        ...[input.tenantId, process.bpmnProcessId, version, process.name, sha256],
        ...[nextElement, elements.length, JSON.stringify(input.tags), input.by],
        ...[process.versionTag, definitionsIn(input)],
      ),
    );
    const id = numberAt(inserted?.rows[0] ?? [], 0);
    await statements(
      call(
        insertElements,
        ...[id, nextElement],
        textArray(elements.map((element) => element.bpmnElementId)),
        plainArray(elements.map((element) => element.type)),
        textArray(elements.map((element) => element.name)),
      ),
      call(takeElements, elements.length),
    );
    await startByMessages(statements, input, process, id, nextElement, taskIds);
    await takeOverTimers(statements, { ...input, ...process, processId: id, firstElement: nextElement });
    await statements(...signalStarts(input, process, id, nextElement));
    nextElement += elements.length;
    created.push(createdAs(each, id));
  }
  await storeAnswer(statements, input.request, created, created[0]?.id ?? 0);
  return created;
}

/** The same for signals, which nobody keeps for those who come later. */
function signalStarts(
  { tenantId, by }: NewProcesses,
  { bpmnProcessId, signalStarts: starts = [] }: NewProcess,
  processId: number,
  firstElement: number,
): readonly Call[] {
  return [
    call(removeSignalStarts, tenantId, bpmnProcessId),
    ...starts.map(({ index, name }) =>
      call(insertSignalStart, ...[tenantId, bpmnProcessId, firstElement + index, processId, name, by]),
    ),
  ];
}

function createdAs({ process, existing, version }: Wanted, id: number): CreatedProcess {
  return { id, created: existing === null, bpmnProcessId: process.bpmnProcessId, version };
}
