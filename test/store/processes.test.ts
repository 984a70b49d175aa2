import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewProcesses } from '../../src/engine/ports/processes.js';
import { NOWHERE, type Opened, openFresh, openLane } from './support/opened.js';

let opened: Opened;
beforeAll(async () => {
  opened = await openFresh();
});
afterAll(() => opened.close());

function deployment(name: string, rest: Partial<NewProcesses> = {}): NewProcesses {
  const elements = [
    { bpmnElementId: name, type: 'PROCESS' as const, name: null },
    { bpmnElementId: 'task "1"', type: 'SERVICE_TASK' as const, name: 'Pay, {now}' },
  ];
  return {
    ...{ tenantId: '', bpmnXml: `<${name}/>`, version: null, tags: {}, by: 'test', request: null, dryRun: false },
    processes: [{ bpmnProcessId: name, name: 'Name', versionTag: null, elements }],
    ...rest,
  };
}

async function created(input: NewProcesses): Promise<number> {
  const answer = await opened.store.processes.create(input);
  if ('conflict' in answer) throw new Error(answer.conflict);
  expect(answer[0]?.created).toBe(true);
  return answer[0]?.id ?? 0;
}

test('versions count up; the same file is the same version', async () => {
  const first = await created(deployment('a'));
  expect(await opened.store.processes.create(deployment('a'))).toMatchObject([
    { id: first, created: false, version: '1' },
  ]);
  const second = await created(deployment('a', { bpmnXml: '<a> </a>' }));
  const third = await created(deployment('a', { bpmnXml: '<a>3</a>', version: '9' }));
  const named = await created(deployment('a', { bpmnXml: '<a>4</a>', version: 'beta' }));
  const last = await created(deployment('a', { bpmnXml: '<a>5</a>' }));
  const versions = await Promise.all(
    [first, second, third, named, last].map((id) => opened.store.processes.source(id)),
  );
  expect(versions.map((source) => source?.version)).toEqual(['1', '2', '9', 'beta', '10']);
});

test('a source has its text and the block of its elements', async () => {
  const [one, other] = [await created(deployment('b')), await created(deployment('c'))];
  const first = await opened.store.processes.source(one);
  expect(first).toMatchObject({ id: one, tenantId: '', bpmnProcessId: 'b', version: '1', bpmnXml: '<b/>' });
  expect(await opened.store.processes.source(other)).toMatchObject({
    firstElementId: (first?.firstElementId ?? 0) + 2,
  });
  const rows = await opened.sql(
    'select id, bpmn_element_id, type, name from element where process_id = $1::int4 order by id',
    one,
  );
  const id = first?.firstElementId ?? 0;
  expect(rows).toEqual([
    [String(id), 'b', 'PROCESS', null],
    [String(id + 1), 'task "1"', 'SERVICE_TASK', 'Pay, {now}'],
  ]);
  expect(await opened.store.processes.source(1_000_000)).toBeNull();
});

test('a version with other text or other tags is a conflict', async () => {
  await created(deployment('d', { version: '1', tags: { team: 'x', area: 'y' } }));
  const { processes } = opened.store;
  const same = deployment('d', { version: '1', tags: { area: 'y', team: 'x' } });
  expect(await processes.create(same)).toMatchObject([{ created: false }]);
  const conflict = { conflict: 'VERSION_CONFLICT', bpmnProcessId: 'd', version: '1' };
  expect(await processes.create({ ...same, bpmnXml: '<other/>' })).toEqual({ ...conflict, differs: 'bpmn_xml' });
  expect(await processes.create({ ...same, tags: {} })).toEqual({ ...conflict, differs: 'tags' });
  expect(await processes.create({ ...same, version: null, tags: {} })).toEqual({ ...conflict, differs: 'tags' });
});

test('a version with other definitions is a conflict', async () => {
  const { processes } = opened.store;
  const nothing = { errors: [], escalations: [], messages: [], signals: [], timers: [] };
  const definitions = { ...nothing, messages: [{ elementId: 'e', name: 'paid' }] };
  const id = await created(deployment('n', { definitions }));
  expect(await processes.source(id)).toMatchObject({ definitions });
  expect(await processes.create(deployment('n', { definitions }))).toMatchObject([{ id, created: false }]);
  for (const other of [null, { ...nothing, messages: [{ elementId: 'e', name: 'sent' }] }]) {
    expect(await processes.create(deployment('n', { definitions: other }))).toMatchObject({ differs: 'definitions' });
  }
});

test('all processes of a file are deployed, or none', async () => {
  await created(deployment('e2', { version: '7' }));
  const processes = ['e1', 'e2'].map((bpmnProcessId) => ({
    bpmnProcessId,
    name: null,
    versionTag: null,
    elements: [],
  }));
  const file = { bpmnXml: '<file/>', processes };
  expect(await opened.store.processes.create(deployment('e', { ...file, version: '7' }))).toMatchObject({
    conflict: 'VERSION_CONFLICT',
    bpmnProcessId: 'e2',
  });
  expect(await opened.sql("select 1 from process where bpmn_process_id = 'e1'")).toEqual([]);
  expect(await opened.store.processes.create(deployment('e', { ...file, version: '8' }))).toHaveLength(2);
  expect(await opened.sql("select count(*) from bpmn_xml where text = '<file/>'")).toEqual([['1']]);
});

test('a dry run decides all and writes nothing', async () => {
  const { processes } = opened.store;
  expect(await processes.create(deployment('f', { dryRun: true }))).toMatchObject([
    { id: 0, created: true, version: '1' },
  ]);
  expect(await opened.sql("select 1 from process where bpmn_process_id = 'f'")).toEqual([]);
  const id = await created(deployment('f'));
  expect(await processes.create(deployment('f', { dryRun: true }))).toMatchObject([{ id, created: false }]);
});

test('the same request answers as the first time, another one under its id is refused', async () => {
  const { processes } = opened.store;
  const request = { tenantId: '', principal: 'p', rpc: 'CreateProcess', requestId: '1', hash: 'h' };
  const first = await processes.create(deployment('g', { request }));
  await created(deployment('g', { bpmnXml: '<newer/>' }));
  expect(await processes.create(deployment('g', { request }))).toEqual(first);
  const reused = await processes.create(deployment('g', { request: { ...request, hash: 'other' } }));
  expect(reused).toMatchObject({ conflict: 'REQUEST_ID_REUSED' });
  const refused = { ...request, requestId: '2' };
  const conflict = deployment('g', { version: '1', tags: { x: 'y' }, request: refused });
  expect(await processes.create(conflict)).toMatchObject({ conflict: 'VERSION_CONFLICT' });
  expect(await processes.create(deployment('h', { request: refused }))).toMatchObject([{ created: true }]);
});

test('tenants do not meet', async () => {
  const ours = await created(deployment('i', { tenantId: 'ours' }));
  const theirs = await created(deployment('i', { tenantId: 'theirs' }));
  expect(ours).not.toBe(theirs);
  const lane = await openLane(opened.store);
  const names = ['ours', 'theirs', ''].map((tenantId) => ({ tenantId, bpmnProcessId: 'i', version: null }));
  const located = await lane.begin({ ...NOWHERE, names });
  expect(located.names.map((head) => head?.id ?? null)).toEqual([ours, theirs, null]);
});

test('a group finds processes by name, by version and by id', async () => {
  const first = await created(deployment('k'));
  const second = await created(deployment('k', { bpmnXml: '<k>2</k>' }));
  const lane = await openLane(opened.store);
  const name = { tenantId: '', bpmnProcessId: 'k' };
  const located = await lane.begin({
    ...NOWHERE,
    names: [
      { ...name, version: '1' },
      { ...name, version: null },
      { ...name, version: '3' },
    ],
    processIds: [second, 999_999, first],
  });
  expect(located.names.map((head) => head?.id)).toEqual([first, second, undefined]);
  expect(located.processIds.map((head) => head?.id)).toEqual([second, undefined, first]);
  expect((await lane.loadProcesses([first])).map((source) => source.bpmnXml)).toEqual(['<k/>']);
});

test('deployments of one name at once get one version each', async () => {
  const inputs = Array.from({ length: 8 }, (_, index) => deployment('m', { bpmnXml: `<m>${index}</m>` }));
  const ids = await Promise.all(inputs.map(created));
  const rows = await opened.sql("select version from process where bpmn_process_id = 'm' order by id");
  expect(new Set(ids).size).toBe(8);
  expect(rows.map(([version]) => version)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
});
