// Definitions of events given with CreateProcess: they are kept with the process, and every server knows them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MessageServiceService, SendMessageRequest } from '../../src/gen/baton/v1/messages.js';
import { CreateProcessRequest, ProcessServiceService, QueryElementsRequest } from '../../src/gen/baton/v1/processes.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { boundary, catching, error, model, startOn, subProcess, timer } from '../support/scenario-model.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

const bpmnXml = model('go -> wait -> end', {
  go: startOn('<bpmn:messageEventDefinition/>'),
  wait: catching('<bpmn:timerEventDefinition/>'),
});

const GIVEN: Pick<CreateProcessRequest, 'messages' | 'timers'> = {
  messages: [{ bpmnElementId: 'go', messageName: 'paid' }],
  timers: [{ bpmnElementId: 'wait', timer: { kind: { $case: 'timeDuration', value: 'PT0S' } } }],
};

const create = (given: Partial<CreateProcessRequest>) =>
  api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml, ...given }));

test('a model that names nothing runs with what is given, also on a server that did not deploy it', async () => {
  const { processes } = await create(GIVEN);
  expect((await create(GIVEN)).processes).toMatchObject([{ id: processes[0]?.id, created: false }]);
  await api.stop();
  api = await startApi(database.settings);
  const sent = await api.client.call(
    MessageServiceService.sendMessage,
    SendMessageRequest.fromPartial({ name: 'paid', correlationKey: '17' }),
  );
  const [delivery] = sent.message?.deliveries ?? [];
  if (delivery === undefined) throw new Error('nobody received it');
  const { partition, processInstanceId: id } = delivery;
  await api.engine.ended({ partition, id }, new AbortController().signal);
});

test('other definitions for the same file are a conflict', async () => {
  const messages = [{ bpmnElementId: 'go', messageName: 'sent' }];
  expect(await refusalOf(create({ ...GIVEN, messages }))).toMatchObject({ reason: 'VERSION_CONFLICT' });
});

test('what fits no event is refused with its field, and told by a dry run', async () => {
  const errors = [{ bpmnElementId: 'wait', errorCode: 'E' }];
  expect(await refusalOf(create({ ...GIVEN, errors }))).toMatchObject({ reason: 'MODEL_INVALID' });
  const { problems } = await create({ ...GIVEN, errors, dryRun: true });
  expect(problems).toMatchObject([{ rule: 'DEFINITION_INVALID', message: expect.stringMatching(/^errors\[0\]: /) }]);
});

test('what is settled of events is told with the elements, and what encloses them', async () => {
  const work = subProcess('start-in -> in -> end-in', {});
  const bpmnXml = model('go -> work -> wait -> asked -> end; caught -> end; late -> end', {
    go: startOn('<bpmn:signalEventDefinition/>'),
    work,
    caught: boundary('work', error()),
    late: boundary('work', timer('Date', '=day')),
    wait: catching('<bpmn:timerEventDefinition/>'),
    asked: catching('<bpmn:messageEventDefinition/>'),
  }).replace('id="p"', 'id="settled"');
  const signals = [{ bpmnElementId: 'go', signalName: 'closed' }];
  const timers = [{ bpmnElementId: 'wait', timer: { kind: { $case: 'timeCycle', value: 'R3/PT1H' } as const } }];
  const elementsOf = async (xml: string) => {
    const [process] = (await create({ bpmnXml: xml, signals, timers })).processes;
    const query = QueryElementsRequest.fromPartial({ processId: process?.id });
    return async () => (await api.client.call(ProcessServiceService.queryElements, query)).results;
  };
  const older = await elementsOf(bpmnXml);
  const elements = await older();
  const find = (id: string) => elements.find(({ bpmnElementId }) => bpmnElementId === id);
  expect(find('go')?.eventDefinition).toMatchObject({ signalName: 'closed', suspended: false });
  expect(find('wait')?.eventDefinition?.timer?.kind).toEqual({ $case: 'timeCycle', value: 'R3/PT1H' });
  expect(find('caught')?.eventDefinition).toMatchObject({ errorCode: '' });
  expect(find('late')?.eventDefinition).toBeUndefined();
  expect(find('asked')?.eventDefinition).toBeUndefined();
  expect(find('caught')?.attachedToId).toBe(find('work')?.id);
  expect(find('in')?.parentId).toBe(find('work')?.id);
  expect(find('settled')?.parentId).toBeUndefined();
  const newer = await elementsOf(`${bpmnXml}<!-- newer -->`);
  expect((await older()).find(({ bpmnElementId }) => bpmnElementId === 'go')?.eventDefinition?.suspended).toBe(true);
  expect((await newer()).find(({ bpmnElementId }) => bpmnElementId === 'go')?.eventDefinition?.suspended).toBe(false);
});
