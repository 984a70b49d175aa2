/** The elements that Baton runs. A type without a behaviour does not compile. */
import type { Element, ElementType } from '../../model/process.js';
import type { Behavior, ElementOf } from './behavior.js';
import { noneEndEvent, noneStartEvent, terminateEndEvent } from './events.js';
import { exclusiveGateway, parallelGateway } from './gateways.js';
import { inclusiveGateway } from './inclusive-gateway.js';
import { process, subProcess } from './scopes.js';
import { jobTask, passThroughTask, scriptTask } from './tasks.js';
import { userTask } from './user-tasks.js';

const behaviors: { readonly [T in ElementType]: Behavior<ElementOf<T>> } = {
  PROCESS: process,
  SUB_PROCESS: subProcess,
  NONE_START_EVENT: noneStartEvent,
  NONE_END_EVENT: noneEndEvent,
  TERMINATE_END_EVENT: terminateEndEvent,
  TASK: passThroughTask,
  MANUAL_TASK: passThroughTask,
  SERVICE_TASK: jobTask,
  SEND_TASK: jobTask,
  BUSINESS_RULE_TASK: jobTask,
  SCRIPT_TASK: scriptTask,
  USER_TASK: userTask,
  EXCLUSIVE_GATEWAY: exclusiveGateway,
  PARALLEL_GATEWAY: parallelGateway,
  INCLUSIVE_GATEWAY: inclusiveGateway,
};

/** TypeScript can not relate the key to the element, so the look-up holds the table's one cast. */
export function behaviorOf(element: Element): Behavior<Element> {
  return behaviors[element.type] as Behavior<Element>;
}
