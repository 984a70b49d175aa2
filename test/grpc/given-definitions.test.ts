// Definitions of events given with CreateProcess: they are kept with the process, and every server knows them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MessageServiceService, SendMessageRequest } from '../../src/gen/baton/v1/messages.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { catching, model, startOn } from '../support/scenario-model.js';

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
