// Owns the calls about processes.
import type { Caller, CallOptions } from '../caller.js';
import {
  CreateProcessRequest,
  type CreateProcessResponse,
  type Element,
  GetBpmnXmlRequest,
  ProcessServiceService as methods,
  type Process,
  QueryElementsRequest,
  QueryProcessesRequest,
  UpdateProcessRequest,
} from '../gen/baton/v1/processes.js';
import { type Input, make } from '../input.js';
import type { Pages } from '../pages.js';
import { asIs, promised } from './support.js';

export class Processes {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Deploys the executable processes of a BPMN document. A model that can not run is refused with all its `problems`. */
  create(input: Input<CreateProcessRequest, 'bpmnXml'>, options?: CallOptions): Promise<CreateProcessResponse> {
    return this.#caller.call(methods.createProcess, make(CreateProcessRequest, input), options);
  }

  query(filter: Input<QueryProcessesRequest> = {}, options?: CallOptions): Pages<Process> {
    return this.#caller.pages(methods.queryProcesses, make(QueryProcessesRequest, filter), options, asIs);
  }

  /** The XML, byte for byte as it was deployed. */
  async getBpmnXml(id: number, options?: CallOptions): Promise<string> {
    const { bpmnXml } = await this.#caller.call(methods.getBpmnXml, make(GetBpmnXmlRequest, { id }), options);
    return bpmnXml;
  }

  queryElements(filter: Input<QueryElementsRequest> = {}, options?: CallOptions): Pages<Element> {
    return this.#caller.pages(methods.queryElements, make(QueryElementsRequest, filter), options, asIs);
  }

  /** Changes settings of all versions; answers with the latest. */
  async update(input: Input<UpdateProcessRequest, 'bpmnProcessId'>, options?: CallOptions): Promise<Process> {
    const { process } = await this.#caller.call(methods.updateProcess, make(UpdateProcessRequest, input), options);
    return promised(process, 'process');
  }
}
