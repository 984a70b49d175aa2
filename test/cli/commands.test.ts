// The commands against a running server: what they print, what they answer to a program, and their exit codes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatonClient, JobFailure, Worker } from '@baton/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { boundary, catching, model, startOn } from '../support/scenario-model.js';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';
import { BatonProcess, baton, oneTask, type RunningBaton, serve } from './support.js';

const folder = temporaryFolder('baton-cli-');
const modelFile = join(folder, 'one-task.bpmn');
const keyPattern = /^\d{4}-\d{2}-\d{2}\/\d+$/;

let database: FreshDatabase;
let server: RunningBaton;
let client: BatonClient;

/** A command to this server. */
const run = (...args: readonly string[]) => baton(...args, '--address', server.address);

async function json(...args: readonly string[]) {
  const { code, out, error } = await run(...args, '--json');
  if (code !== 0) throw new Error(error);
  return JSON.parse(out);
}

/** A worker for as long as the action takes. */
async function withWorker<T>(handler: () => object, action: () => Promise<T>): Promise<T> {
  const worker = new Worker({ client, handlers: { work: handler } });
  await worker.start();
  try {
    return await action();
  } finally {
    await worker.stop();
  }
}

/** Runs until the command that starts it has seen its end, or the worker's failure was accepted. */
async function failedInstance(): Promise<string> {
  const failing = new Worker({
    client,
    handlers: {
      work: () => {
        throw new JobFailure('no luck');
      },
    },
  });
  // Jobs that other tests left behind fail as well; the one of this instance is waited for.
  const failed = new Set<string>();
  let wake: (() => void) | undefined;
  failing.on('accepted', ({ job }) => {
    failed.add(`${job.partition}/${job.processInstanceId}`);
    wake?.();
  });
  await failing.start();
  const key = (await run('start', 'one-task', '--variables', '{"amount": 1}')).out.trim();
  while (!failed.has(key)) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await failing.stop();
  return key;
}

beforeAll(async () => {
  database = await freshDatabase();
  server = await serve(database.settings);
  client = new BatonClient({ address: server.address });
  writeFileSync(modelFile, oneTask('one-task'));
  const { code, error } = await run('deploy', modelFile);
  if (code !== 0) throw new Error(error);
}, 60_000);

afterAll(async () => {
  client?.close();
  await server?.process.end();
  await database?.drop();
  removeFolder(folder);
});

test('deploy says what it deployed, and that it was deployed before', async () => {
  const file = join(folder, 'first.bpmn');
  writeFileSync(file, oneTask('first'));
  expect((await run('deploy', file)).out).toMatch(/^first is deployed as version 1 \(process \d+\)\n$/);
  expect((await run('deploy', file)).out).toMatch(/^first was deployed before as version 1 \(process \d+\)\n$/);
  const [row] = await json('processes', '--process', 'first');
  expect(row).toMatchObject({ bpmnProcessId: 'first', version: '1', latest: true });
});

test('deploy refuses a model with all its problems, each with its place', async () => {
  const file = join(folder, 'broken.bpmn');
  const broken = oneTask('broken')
    .replace('targetRef="gateway"', 'targetRef="nowhere"')
    .replace('amount > 10', 'amount >');
  writeFileSync(file, broken);
  for (const flags of [[], ['--dry-run']]) {
    const { code, out, error } = await run('deploy', file, ...flags);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toMatch(/^MODEL_INVALID: the model can not run on this server\n/);
    expect(error.split('\n').filter((line) => /^- .*broken\.bpmn:\d+:\d+ /.test(line)).length).toBeGreaterThan(1);
  }
});

test('deploy with --dry-run deploys nothing', async () => {
  const file = join(folder, 'dry.bpmn');
  writeFileSync(file, oneTask('dry'));
  expect((await run('deploy', file, '--dry-run')).out).toBe('dry can be deployed as version 1\n');
  expect(await json('processes', '--process', 'dry')).toEqual([]);
});

test('deploy --definitions says what events wait for, by their ids', async () => {
  const [file, definitions] = [join(folder, 'open.bpmn'), join(folder, 'open.json')];
  const events = {
    go: startOn('<bpmn:messageEventDefinition/>'),
    wait: catching('<bpmn:timerEventDefinition/>'),
    late: boundary('wait2', '<bpmn:timerEventDefinition/>'),
    wait2: { tag: 'task' },
  };
  writeFileSync(file, model('go -> wait -> wait2 -> end; late -> end', events).replace('id="p"', 'id="open"'));
  const timers = { wait: 'PT1H', late: '2030-01-01T00:00:00Z' };
  writeFileSync(definitions, JSON.stringify({ messages: { go: 'paid' }, timers }));
  const [deployed] = await json('deploy', file, '--definitions', definitions);
  const elements = client.processes.queryElements({ processId: Number(deployed?.id) });
  const settled = new Map<string, unknown>();
  for await (const { bpmnElementId, eventDefinition } of elements) settled.set(bpmnElementId, eventDefinition);
  expect(settled.get('go')).toMatchObject({ messageName: 'paid' });
  expect(settled.get('wait')).toMatchObject({ timer: { kind: { $case: 'timeDuration', value: 'PT1H' } } });
  const time = { $case: 'time', value: new Date('2030-01-01T00:00:00Z') };
  expect(settled.get('late')).toMatchObject({ timer: { kind: time } });
});

test('deploy --definitions refuses what fits no event, and what is no definition', async () => {
  const [file, definitions] = [join(folder, 'fits.bpmn'), join(folder, 'fits.json')];
  writeFileSync(file, oneTask('fits'));
  const refused = async (text: string, ...files: string[]) => {
    writeFileSync(definitions, text);
    return (await run('deploy', file, ...files, '--definitions', definitions)).error;
  };
  expect(await refused('{"errors": {"task": "E"}}')).toMatch(/^MODEL_INVALID: .*errors\[0\]/s);
  const about = 'DEFINITIONS_INVALID: the file of --definitions';
  expect(await refused('[]')).toBe(`${about} is not a JSON object\n`);
  expect(await refused('{"error": {}}')).toMatch(`${about} has "error", which is none of errors, `);
  expect(await refused('{"timers": {"a": 1}}')).toBe(`${about} has no text at timers.a\n`);
  expect(await refused('{}', file)).toBe(`${about} is for one BPMN file at a time\n`);
});

test('a process that is disabled starts no instance until it is enabled', async () => {
  const file = join(folder, 'paused.bpmn');
  writeFileSync(file, oneTask('paused'));
  await run('deploy', file);
  expect((await run('disable-process', 'paused')).out).toBe('paused is disabled\n');
  expect((await run('processes', '--process', 'paused')).out).toMatch(/^\d+ +paused +1 +disabled /m);
  expect((await run('start', 'paused')).error).toMatch(/^PROCESS_DISABLED: /);
  expect((await run('enable-process', 'paused')).out).toBe('paused is enabled\n');
  expect((await run('start', 'paused')).code).toBe(0);
});

test('start prints the key alone, so that other commands can take it', async () => {
  const { code, out, error } = await run('start', 'one-task', '--variables', '{"amount": 1}');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out.trim()).toMatch(keyPattern);
  expect(await json('show', out.trim())).toMatchObject({ processInstance: { key: out.trim(), state: 'STARTED' } });
});

test('start with --wait answers with the variables at the end', async () => {
  const file = join(folder, 'variables.json');
  writeFileSync(file, '{"amount": 12}');
  const handler = () => ({ done: true });
  const answer = await withWorker(handler, () => json('start', 'one-task', '--variables', `@${file}`, '--wait'));
  expect(answer).toMatchObject({ processInstance: { state: 'COMPLETED' }, variables: { amount: 12, done: true } });
});

test('start with the same request id starts nothing again', async () => {
  const start = () => run('start', 'one-task', '--request-id', 'the-same');
  expect((await start()).out).toBe((await start()).out);
});

test('show draws the tree of an instance, with its job', async () => {
  const key = (await run('start', 'one-task', '--variables', '{"amount": 5}', '--correlation-key', 'K-1')).out.trim();
  const { out } = await run('show', key);
  expect(out.replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/g, 'TIME').replace(/\d{4}-\d{2}-\d{2}\/\d+/g, 'KEY')).toBe(
    [
      'one-task  KEY  STARTED  version 1',
      '│  created TIME',
      '│  key K-1',
      '│  amount = 5',
      '└─ Do the work  service task task  STARTED',
      '      job KEY  work  CREATED',
      '',
    ].join('\n'),
  );
});

test('instances and jobs can be filtered', async () => {
  const key = (await run('start', 'one-task', '--correlation-key', 'K-2', '--tag', 'color=red')).out.trim();
  const keys = async (...flags: string[]) => (await json('instances', ...flags)).map((one: { key: string }) => one.key);
  expect(await keys('--correlation-key', 'K-2')).toEqual([key]);
  expect(await keys('--tag', 'color=red', '--state', 'started')).toEqual([key]);
  expect(await keys('--tag', 'color=red', '--state', 'COMPLETED')).toEqual([]);
  const jobs = await json('jobs', '--instance', key, '--state', 'created');
  expect(jobs).toMatchObject([{ topic: 'work', state: 'CREATED', type: 'EXECUTE', bpmnElementId: 'task' }]);
  const { out } = await run('jobs', '--instance', key);
  expect(out.split('\n')[0]).toMatch(/^JOB +TOPIC +STATE +INSTANCE +ELEMENT +RETRIES +WORKER +CREATED +LAST FAILURE$/);
});

test('an empty list is no data, and a limit says that there is more', async () => {
  expect(await run('instances', '--process', 'unknown')).toEqual({
    code: 0,
    out: '',
    error: 'There are no such instances.\n',
  });
  await run('start', 'one-task');
  await run('start', 'one-task');
  const { out, error } = await run('instances', '--limit', '1', '--json');
  expect(JSON.parse(out)).toHaveLength(1);
  expect(error).toBe('There are more instances; --limit shows them.\n');
});

test('a failed job makes an incident, which is shown, listed and resolved', async () => {
  const key = await failedInstance();
  const [incident] = await json('incidents', '--instance', key);
  expect(incident).toMatchObject({ key: expect.stringMatching(keyPattern), reason: 'JOB_RETRIES_EXHAUSTED' });
  expect((await run('show', key)).out).toMatch(/incident \S+ {2}JOB_RETRIES_EXHAUSTED: .*no luck/);
  expect(await json('instances', '--incidents')).toContainEqual(expect.objectContaining({ key }));
  const resolved = await json('resolve', incident.key, '--variables', '{"amount": 99}');
  expect(resolved).toMatchObject({ key: incident.key, resolvedAt: expect.any(String) });
  expect(await json('incidents', '--instance', key)).toEqual([]);
  const again = await run('resolve', incident.key);
  expect(again).toMatchObject({ code: 1, out: '', error: expect.stringMatching(/^INCIDENT_RESOLVED: /) });
});

test('cancel ends an instance and withdraws its job', async () => {
  const key = (await run('start', 'one-task')).out.trim();
  expect((await run('cancel', key, '--reason', 'ordered twice')).out).toBe(`${key}  CANCELED\n`);
  const { processInstance } = await json('show', key);
  expect(processInstance).toMatchObject({ state: 'CANCELED', cancelReason: 'ordered twice' });
  expect(await json('jobs', '--instance', key)).toMatchObject([{ state: 'CANCELED' }]);
  expect(await run('cancel', key)).toMatchObject({
    code: 1,
    error: expect.stringMatching(/^PROCESS_INSTANCE_ENDED: /),
  });
});

test('a reader that goes away, as head does, is no error', async () => {
  const listing = new BatonProcess('settings', '--json');
  listing.stopReading();
  expect(await listing.exit).toBe(0);
});

test('an error has its reason first, and is JSON for programs', async () => {
  const { code, out, error } = await run('start', 'nothing');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(error).toMatch(/^PROCESS_NOT_FOUND: .*nothing/);
  const forPrograms = await run('start', 'nothing', '--json');
  expect(JSON.parse(forPrograms.error)).toMatchObject({ error: { reason: 'PROCESS_NOT_FOUND', code: 'NOT_FOUND' } });
});

test('every fault of a request is told', async () => {
  const { code, error } = await run('start', 'x'.repeat(300), '--correlation-key', 'y'.repeat(2000));
  expect(code).toBe(1);
  expect(error).toMatch(/^REQUEST_INVALID: /);
  const faults = error.split('\n').filter((line) => line.startsWith('- '));
  expect(faults).toEqual([
    '- bpmn_process.bpmn_process_id: must be at most 255 characters',
    '- correlation_key: must be at most 255 characters',
  ]);
});
