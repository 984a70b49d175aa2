/** The stream of starts: StreamCreateProcessInstances. */
import type {
  CreateProcessInstanceRequest,
  CreateProcessInstanceResult,
  StreamCreateProcessInstancesRequest,
} from '../gen/baton/v1/process_instances.js';
import { StreamCreateProcessInstancesResponse } from '../gen/baton/v1/process_instances.js';
import type { Received } from './door.js';
import type { OpenStream } from './open-streams.js';
import { type StreamContext, streamRequests } from './request-protocol.js';
import { failed } from './start-instance.js';
import { badRequest } from './stream-ends.js';

export interface StartContext extends StreamContext {
  start(request: CreateProcessInstanceRequest): Promise<CreateProcessInstanceResult>;
}

export function streamStarts(
  requests: AsyncIterator<Received<StreamCreateProcessInstancesRequest>>,
  context: StartContext,
): OpenStream {
  const stream = {
    perform: (request: CreateProcessInstanceRequest) => context.start(request),
    failed,
    violation: ({ awaitEnd }: CreateProcessInstanceRequest, index: number) =>
      awaitEnd === undefined ? null : badRequest(index, 'await_end', 'is for single starts only'),
    answers: { weigh, encode },
  };
  return streamRequests(requests, stream, context);
}

function encode(message: Parameters<typeof StreamCreateProcessInstancesResponse.encode>[0]): Uint8Array {
  return StreamCreateProcessInstancesResponse.encode(message).finish();
}

/** A character takes at most three bytes of UTF-8, and an entry of a map some more. */
function weigh({ result }: CreateProcessInstanceResult): number {
  if (result?.$case !== 'processInstance') return 0;
  const { tags } = result.value;
  let bytes = 0;
  for (const name in tags) bytes += 3 * (name.length + (tags[name]?.length ?? 0)) + 16;
  return bytes;
}
