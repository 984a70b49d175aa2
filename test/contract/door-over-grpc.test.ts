// The door in a server, met by a client that sends whatever bytes it likes.
import {
  Client,
  credentials,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobServiceService, type WorkRequest, type WorkResponse } from '../../src/gen/baton/v1/jobs.js';
import {
  type GetBpmnXmlRequest,
  type GetBpmnXmlResponse,
  ProcessServiceService,
} from '../../src/gen/baton/v1/processes.js';
import { BadRequest, ErrorInfo } from '../../src/gen/google/rpc/error_details.js';
import { Status } from '../../src/gen/google/rpc/status.js';
import { Door, type Received } from '../../src/grpc/door.js';
import { toServiceError } from '../../src/grpc/errors.js';
import { contract } from './descriptors.js';

const server = new Server();
let client: Client;

const getBpmnXml: handleUnaryCall<Received<GetBpmnXmlRequest>, GetBpmnXmlResponse> = ({ request }, callback) => {
  if (request.ok) callback(null, { bpmnXml: `process ${request.message.id}` });
  else callback(toServiceError(request.problem));
};

function work(stream: ServerDuplexStream<Received<WorkRequest>, WorkResponse>): void {
  stream.on('data', (received: Received<WorkRequest>) => {
    if (received.ok) stream.write({ frame: { $case: 'heartbeat', value: {} } });
    else stream.emit('error', toServiceError(received.problem));
  });
}

beforeAll(async () => {
  const door = new Door(contract);
  server.addService(pick(door.guard(ProcessServiceService), 'getBpmnXml'), { getBpmnXml });
  server.addService(pick(door.guard(JobServiceService), 'work'), { work });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

test('a good request is answered', async () => {
  expect(await call(Buffer.from([0x08, 17]))).toBe('\n\nprocess 17');
});

test.each([
  ['bytes that are no message', Buffer.from([0x0a]), ''],
  ['an integer that is no safe number', Buffer.from([0x08, ...Array<number>(9).fill(0xff), 0x01]), 'id'],
  ['a request without its id', Buffer.alloc(0), 'id'],
])('INVALID_ARGUMENT with details answers %s', async (_name, bytes, field) => {
  const error = await call(bytes).catch((caught: ServiceError) => caught);
  expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect(detailsOf(error)).toEqual({ reason: 'REQUEST_INVALID', fields: [field] });
});

test('a bad frame ends its stream with INVALID_ARGUMENT, and the ones before were answered', async () => {
  const stream = client.makeBidiStreamRequest('/baton.v1.JobService/Work', same, same);
  const frames: Buffer[] = [];
  stream.on('data', (frame: Buffer) => frames.push(frame));
  const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve));
  stream.write(Buffer.from([0x1a, 0x00]));
  stream.write(Buffer.alloc(0));
  expect(detailsOf(await ended)).toEqual({ reason: 'REQUEST_INVALID', fields: ['frame'] });
  expect(frames).toEqual([Buffer.from([0x2a, 0x00])]);
});

function call(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest('/baton.v1.ProcessService/GetBpmnXml', same, same, bytes, (error, answer) =>
      error === null ? resolve(String(answer)) : reject(error),
    );
  });
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function detailsOf(error: unknown): { reason: string; fields: string[] } {
  const [packed] = (error as ServiceError).metadata.get('grpc-status-details-bin');
  const [info, bad] = Status.decode(Buffer.from(packed ?? '')).details;
  const violations = BadRequest.decode(bad?.value ?? Buffer.alloc(0)).fieldViolations;
  return {
    reason: ErrorInfo.decode(info?.value ?? Buffer.alloc(0)).reason,
    fields: violations.map(({ field }) => field),
  };
}

function pick<T extends object, K extends keyof T>(service: T, name: K): Pick<T, K> {
  return { [name]: service[name] } as Pick<T, K>;
}
