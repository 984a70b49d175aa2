/** A stream of starts over a socket, without any comfort. What comes is kept. */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import {
  type CreateProcessInstanceRequest,
  type CreateProcessInstanceResult,
  type ProcessInstance,
  ProcessInstanceServiceService,
  StreamCreateProcessInstancesRequest,
  type StreamCreateProcessInstancesResponse,
} from '../../src/gen/baton/v1/process_instances.js';
import { type Refused, readRefusal, type TestClient } from './api.js';

export class StartClient {
  readonly messages: StreamCreateProcessInstancesResponse[] = [];
  readonly results = new Map<string, CreateProcessInstanceResult>();
  credit = 0;
  end: Refused | undefined;
  readonly #call: ClientDuplexStream<Buffer, StreamCreateProcessInstancesResponse>;
  #wake: (() => void) | undefined;

  constructor(client: TestClient) {
    const call = client.bidi(ProcessInstanceServiceService.streamCreateProcessInstances);
    this.#call = call;
    call.on('data', (message: StreamCreateProcessInstancesResponse) => {
      this.messages.push(message);
      this.credit += message.credit;
      for (const { requestId, result } of message.results) if (result) this.results.set(requestId, result);
      this.#wake?.();
    });
    call.on('error', () => undefined);
    call.on('status', (status) => {
      this.end = readRefusal(status);
      this.#wake?.();
    });
    onTestFinished(() => call.cancel());
  }

  send(...requests: CreateProcessInstanceRequest[]): void {
    this.credit -= requests.length;
    this.#call.write(Buffer.from(StreamCreateProcessInstancesRequest.encode({ requests }).finish()));
  }

  closeRequests(): void {
    this.#call.end();
  }

  /** The connection goes without a word. */
  cut(): void {
    this.#call.cancel();
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The instance of a request, when its answer is there. */
  async instance(requestId: string): Promise<ProcessInstance> {
    await this.until(() => this.results.has(requestId));
    const result = this.results.get(requestId)?.result;
    if (result?.$case !== 'processInstance') throw new Error(`${requestId}: ${JSON.stringify(result)}`);
    return result.value;
  }
}
