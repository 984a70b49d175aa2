// A stream of messages over a socket: each answered by its request id, refused by itself, and sent once only.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Message,
  MessageServiceService as methods,
  QueryMessagesRequest,
  SendMessageRequest,
  type SendMessageResult,
  StreamSendMessagesRequest,
  type StreamSendMessagesResponse,
} from '../../src/gen/baton/v1/messages.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { ErrorInfo } from '../../src/gen/google/rpc/error_details.js';
import { type Refused, readRefusal, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { startedBy } from '../support/message-models.js';

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

const hour = { kind: { $case: 'timeDuration', value: 'PT1H' } } as const;

function message(name: string, requestId: string, fields: Partial<SendMessageRequest> = {}): SendMessageRequest {
  return SendMessageRequest.fromPartial({ name, correlationKey: '17', requestId, expirationTimer: hour, ...fields });
}

function open() {
  const results = new Map<string, SendMessageResult>();
  let end: Refused | undefined;
  let wake: (() => void) | undefined;
  const call = api.client.bidi(methods.streamSendMessages);
  call.on('data', (answer: StreamSendMessagesResponse) => {
    for (const { requestId, result } of answer.results) if (result) results.set(requestId, result);
    wake?.();
  });
  call.on('error', () => undefined);
  call.on('status', (last) => {
    end = readRefusal(last);
    wake?.();
  });
  onTestFinished(() => call.cancel());
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    results,
    until,
    send: (...requests: SendMessageRequest[]) =>
      call.write(Buffer.from(StreamSendMessagesRequest.encode({ requests }).finish())),
    closeRequests: () => call.end(),
    cut: () => call.cancel(),
    async ended(): Promise<Refused | undefined> {
      await until(() => end !== undefined);
      return end;
    },
    async sent(requestId: string): Promise<Message> {
      await until(() => results.has(requestId));
      const result = results.get(requestId)?.result;
      if (result?.$case !== 'sent' || result.value.message === undefined) throw new Error(JSON.stringify(result));
      return result.value.message;
    },
    async reason(requestId: string): Promise<string | undefined> {
      await until(() => results.has(requestId));
      const result = results.get(requestId)?.result;
      const details = result?.$case === 'error' ? result.value.details : [];
      const info = details.find(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
      return info && ErrorInfo.decode(info.value).reason;
    },
  };
}

async function messagesOf(name: string): Promise<readonly Message[]> {
  const request = QueryMessagesRequest.fromPartial({ name, pageSize: 1000 });
  return (await api.client.call(methods.queryMessages, request)).results;
}

describe('a stream of messages', () => {
  test('answers each by its request id, and a refused one leaves the others alone', async () => {
    const stream = open();
    stream.send(
      message('mixed', 'mixed-1'),
      message('mixed', 'mixed-2', { variablesJson: '{' }),
      message('mixed', 'mixed-3', { expirationTimer: { kind: { $case: 'timeCycle', value: 'often' } } }),
      message('mixed', 'mixed-4'),
    );
    const kept = [await stream.sent('mixed-1'), await stream.sent('mixed-4')];
    expect(kept).toMatchObject([{ correlated: false }, { correlated: false }]);
    expect(await stream.reason('mixed-2')).toBe('VARIABLES_INVALID');
    expect(await stream.reason('mixed-3')).toBe('TIMER_INVALID');
    stream.closeRequests();
    expect(await stream.ended()).toMatchObject({ code: status.OK });
    expect((await messagesOf('mixed')).map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
  });

  test('ends at a request without a request id, and takes nothing of what came with it', async () => {
    const stream = open();
    stream.send(message('nameless', 'nameless-1'), message('nameless', ''));
    expect(await stream.ended()).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'PROTOCOL_VIOLATION' });
    expect(await messagesOf('nameless')).toEqual([]);
  });

  test('keeps the order of messages that are sent one after the other: the first to come is the first to start', async () => {
    const stream = open();
    const kept: Message[] = [];
    for (const each of ['order-1', 'order-2', 'order-3']) {
      stream.send(message('ordered', each, { uniqueStart: true }));
      kept.push(await stream.sent(each));
    }
    const bpmnXml = startedBy('on-ordered', 'ordered', 'work-ordered');
    await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
    let correlated: readonly Message[] = [];
    while (correlated.length === 0) correlated = (await messagesOf('ordered')).filter((each) => each.correlated);
    expect(correlated.map(({ id }) => id)).toEqual([kept[0]?.id]);
  });

  test('that broke is taken up by another one: each message is sent once', async () => {
    const requests = Array.from({ length: 60 }, (_, index) => message('cut', `cut-${index}`));
    const broken = open();
    broken.send(...requests.slice(0, 30));
    broken.send(...requests.slice(30));
    await broken.until(() => broken.results.size > 0);
    broken.cut();
    const stream = open();
    stream.send(...requests);
    const ids = new Map<string, number>();
    for (const { requestId } of requests) ids.set(requestId, (await stream.sent(requestId)).id);
    expect((await messagesOf('cut')).map(({ id }) => id).sort()).toEqual([...ids.values()].sort());
    for (const requestId of broken.results.keys()) {
      expect((await broken.sent(requestId)).id).toBe(ids.get(requestId));
    }
  });
});
