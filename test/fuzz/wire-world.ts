// A server with a real database for inputs of the wire, and what is in it: names and ids that a request can hit.
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isRefusal } from '../../src/core/refusal.js';
import { type RunningEngine, startEngine } from '../../src/engine/engine.js';
import type { Caller } from '../../src/engine/face.js';
import { type Serving, serve } from '../../src/grpc/serve.js';
import { readModel } from '../../src/model/read-model.js';
import { openStore } from '../../src/store/store.js';
import type { Known } from '../contract/random-requests.js';
import { forkToJoin, tasks } from '../support/models.js';
import type { DatabaseSettings } from '../support/template.js';
import { ErrorLog } from './error-log.js';
import { jsonText } from './feel-values.js';
import { Random } from './random.js';
import { ODD_NAMES } from './texts.js';
import { modelText } from './xml-models.js';

const CALLER: Caller = { principal: 'fuzz', tenantIds: [''] };
const TOPIC = 'work';
const PROCESSES = ['one', 'two', 'parallel'] as const;

/** Odd models are deployed under so many names. */
export const ODD_PROCESSES = 40;

/** Megabytes that the heap may grow by while inputs run: what is remembered of graphs and trees has limits. */
const HEAP_GROWTH_MB = 250;

export interface WireWorld {
  readonly address: string;
  readonly known: Known;
  /** Throws when the server has met a bug, or keeps what it should not. */
  check(): void;
  stop(): Promise<void>;
}

export async function openWorld(database: DatabaseSettings, seed: number): Promise<WireWorld> {
  const log = new ErrorLog();
  const store = await openStore({ database, lanes: 2, migrations: 'run', warn: () => undefined });
  const settings = { version: 'fuzz', lanes: 2, heartbeatIntervalMs: 5_000, resumeWindowMs: 1_000, deadTimeMs: 15_000 };
  const engine = await startEngine(store, { ...settings, serverId: randomUUID() }, log);
  const serving: Serving = await serve({ engine, log, host: '127.0.0.1', port: 0 });
  const known = await fill(engine, seed);
  const heapBefore = heapMb();
  return {
    address: serving.address,
    known,
    check: () => {
      log.check();
      const growth = heapMb() - heapBefore;
      if (growth > HEAP_GROWTH_MB) throw new Error(`the heap has grown by ${growth} MB`);
    },
    stop: async () => {
      await serving.close();
      await engine.stop();
      await store.close();
    },
  };
}

async function fill(engine: RunningEngine, seed: number): Promise<Known> {
  const processIds: number[] = [];
  for (const bpmnXml of [tasks('one', TOPIC), tasks('two', TOPIC, 'more'), forkToJoin('parallel', TOPIC)]) {
    processIds.push(...(await deploy(engine, bpmnXml)));
  }
  const random = Random.of(seed, 'world', 0);
  for (let number = 0; number < ODD_PROCESSES; number += 1) await deploy(engine, oddModel(random, `odd-${number}`));
  const ids: number[] = [];
  let partition = '';
  for (let count = 0; count < 60; count += 1) {
    const answer = await engine.submit(start(PROCESSES[count % PROCESSES.length] ?? 'one'), CALLER);
    if (isRefusal(answer)) throw new Error(answer.message);
    ids.push(answer.instance.id);
    partition = answer.instance.partition;
  }
  const filter = { topic: TOPIC, variables: null };
  const waiting = { durationMs: 3_600_000, filter: null, waitMs: 5_000, signal: new AbortController().signal };
  const jobs = await engine.lockJobs({ tenantIds: [''], topics: [filter], limit: 20, workerId: 'fuzz', ...waiting });
  if (isRefusal(jobs)) throw new Error(jobs.message);
  const json = Array.from({ length: 40 }, () => jsonText(random));
  return {
    partition: [partition],
    id: [...ids, ...processIds, ...jobs.map(({ job }) => job.id)],
    process_instance_id: ids,
    root_process_instance_id: ids,
    element_instance_id: ids,
    process_id: processIds,
    job_id: jobs.map(({ job }) => job.id),
    lock_token: [...jobs.map(({ lock }) => lock.token), randomUUID()],
    bpmn_process_id: [...PROCESSES, ...Array.from({ length: ODD_PROCESSES }, (_each, index) => `odd-${index}`)],
    bpmn_element_id: ['start', 'task-0', 'end', 'fork', 'to-end', 'e0'],
    topic: [TOPIC, 'more', 'nothing'],
    worker_id: ['fuzz', 'worker'],
    tenant_id: ['', '', '', 'other'],
    tenant_ids: ['', 'other'],
    variable_names: ['a', 's', 'missing'],
    name: ['a', 'b', 's', 'xs', ...ODD_NAMES.filter((name) => !name.includes('\uD800'))],
    encoding: ['json', 'json', 'text', 'protobuf'],
    value: json,
    variables_json: json.map((value, index) => (index % 4 === 0 ? value : `{"a":${value},"s":"x"}`)),
    error_code: ['E1', ''],
    reason: ['because', ''],
    version: ['1', '2', 'x'],
    generation: [1, 2, 3, 2 ** 31 - 1],
    page_size: [1, 10, 100],
  };
}

/** One that deploys. */
function oddModel(random: Random, id: string): string {
  for (;;) {
    const xml = modelText(random, id);
    if ('graphs' in readModel(xml)) return xml;
  }
}

async function deploy(engine: RunningEngine, bpmnXml: string): Promise<number[]> {
  const deployment = { bpmnXml, bpmnProcessId: null, version: null, tags: {}, tenantId: '', by: 'fuzz', dryRun: false };
  const answer = await engine.deploy(deployment, CALLER);
  if (!('length' in answer)) throw new Error(JSON.stringify(answer));
  return answer.map(({ id }) => id);
}

function start(bpmnProcessId: string) {
  return {
    type: 'createProcessInstance',
    process: { bpmnProcessId, version: null },
    tenantId: '',
    correlationKey: null,
    tags: {},
    contextType: null,
    contextId: null,
    traceParent: null,
    variables: [{ name: 'a', data: { encoding: 'json', value: '1', encrypted: false } }],
    by: 'fuzz',
  } as const;
}

/** After a collection: what is really kept. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}
