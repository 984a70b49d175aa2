/** The elements that Baton runs. A type without a behaviour does not compile. */
import type { NotRun } from '../../model/events.js';
import type { Element, ElementType } from '../../model/process.js';
import { adHocSubProcess } from './ad-hoc-sub-process.js';
import type { Behavior, ElementOf } from './behavior.js';
import { callActivity } from './call-activity.js';
import { cancelEndEvent, compensationEvent } from './compensation.js';
import { complexGateway } from './complex-gateway.js';
import { happenedEvent, noneEndEvent, noneStartEvent, noneThrowEvent, terminateEndEvent } from './events.js';
import { eventBasedGateway, exclusiveGateway, parallelGateway } from './gateways.js';
import { inclusiveGateway } from './inclusive-gateway.js';
import { linkCatchEvent, linkThrowEvent } from './links.js';
import { listened } from './listeners.js';
import { multiInstanceBody } from './loops.js';
import { catchEvent, messageThrowEvent, receiveTask, sendTask } from './messages.js';
import { multipleThrowEvent } from './multiple-events.js';
import { eventSubProcess, process, subProcess } from './scopes.js';
import { signalThrowEvent } from './signals.js';
import { jobTask, passThroughTask, scriptTask } from './tasks.js';
import { errorEndEvent, escalationEvent } from './throwing.js';
import { userTask } from './user-tasks.js';

const behaviors: { readonly [T in Exclude<ElementType, NotRun>]: Behavior<ElementOf<T>> } = {
  PROCESS: process,
  SUB_PROCESS: subProcess,
  TRANSACTION: subProcess,
  AD_HOC_SUB_PROCESS: adHocSubProcess,
  EVENT_SUB_PROCESS: eventSubProcess,
  CALL_ACTIVITY: callActivity,
  NONE_START_EVENT: noneStartEvent,
  ERROR_START_EVENT: happenedEvent,
  ESCALATION_START_EVENT: happenedEvent,
  LINK_CATCH_EVENT: linkCatchEvent,
  CONDITIONAL_START_EVENT: happenedEvent,
  CONDITIONAL_CATCH_EVENT: catchEvent,
  CONDITIONAL_BOUNDARY_EVENT: happenedEvent,
  EVENT_BASED_GATEWAY: eventBasedGateway,
  TIMER_START_EVENT: happenedEvent,
  NONE_THROW_EVENT: noneThrowEvent,
  ESCALATION_THROW_EVENT: escalationEvent,
  LINK_THROW_EVENT: linkThrowEvent,
  COMPENSATION_START_EVENT: happenedEvent,
  COMPENSATION_THROW_EVENT: compensationEvent,
  COMPENSATION_END_EVENT: compensationEvent,
  COMPENSATION_BOUNDARY_EVENT: happenedEvent,
  CANCEL_BOUNDARY_EVENT: happenedEvent,
  CANCEL_END_EVENT: cancelEndEvent,
  ERROR_BOUNDARY_EVENT: happenedEvent,
  ESCALATION_BOUNDARY_EVENT: happenedEvent,
  TIMER_BOUNDARY_EVENT: happenedEvent,
  TIMER_CATCH_EVENT: catchEvent,
  NONE_END_EVENT: noneEndEvent,
  ERROR_END_EVENT: errorEndEvent,
  ESCALATION_END_EVENT: escalationEvent,
  TERMINATE_END_EVENT: terminateEndEvent,
  TASK: passThroughTask,
  MANUAL_TASK: passThroughTask,
  SERVICE_TASK: jobTask,
  SEND_TASK: sendTask,
  RECEIVE_TASK: receiveTask,
  MESSAGE_START_EVENT: happenedEvent,
  MESSAGE_CATCH_EVENT: catchEvent,
  MESSAGE_BOUNDARY_EVENT: happenedEvent,
  MESSAGE_THROW_EVENT: messageThrowEvent,
  MESSAGE_END_EVENT: messageThrowEvent,
  SIGNAL_START_EVENT: happenedEvent,
  SIGNAL_CATCH_EVENT: catchEvent,
  SIGNAL_BOUNDARY_EVENT: happenedEvent,
  SIGNAL_THROW_EVENT: signalThrowEvent,
  SIGNAL_END_EVENT: signalThrowEvent,
  BUSINESS_RULE_TASK: jobTask,
  SCRIPT_TASK: scriptTask,
  USER_TASK: userTask,
  EXCLUSIVE_GATEWAY: exclusiveGateway,
  PARALLEL_GATEWAY: parallelGateway,
  INCLUSIVE_GATEWAY: inclusiveGateway,
  COMPLEX_GATEWAY: complexGateway,
  MULTI_INSTANCE_BODY: multiInstanceBody,
  MULTIPLE_START_EVENT: happenedEvent,
  MULTIPLE_CATCH_EVENT: catchEvent,
  MULTIPLE_BOUNDARY_EVENT: happenedEvent,
  MULTIPLE_THROW_EVENT: multipleThrowEvent,
  MULTIPLE_END_EVENT: multipleThrowEvent,
};

/** TypeScript can not relate the key to the element, so the look-up holds the table's one cast. */
export function behaviorOf(element: Element): Behavior<Element> {
  const behavior = behaviors[element.type as keyof typeof behaviors] as Behavior<Element>;
  return element.listeners === undefined ? behavior : listened(behavior, element.listeners);
}
