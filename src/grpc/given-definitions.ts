/** Definitions of events in the words of the model. */
import type { CreateProcessRequest } from '../gen/baton/v1/processes.js';
import { timerText } from './times.js';

type Lists = Pick<CreateProcessRequest, 'errors' | 'escalations' | 'messages' | 'signals' | 'timers'>;

/** Null: none are given. */
export function definitionsIn({ errors, escalations, messages, signals, timers }: Lists) {
  const given = [errors, escalations, messages, signals, timers];
  if (given.every(({ length }) => length === 0)) return null;
  return {
    errors: errors.map(({ bpmnElementId: elementId, errorCode: code }) => ({ elementId, code })),
    escalations: escalations.map(({ bpmnElementId: elementId, escalationCode: code }) => ({ elementId, code })),
    messages: messages.map(({ bpmnElementId: elementId, messageName: name }) => ({ elementId, name })),
    signals: signals.map(({ bpmnElementId: elementId, signalName: name }) => ({ elementId, name })),
    // The rules of requests have seen to it that there is one.
    timers: timers.map(({ bpmnElementId: elementId, timer }) => ({ elementId, ...timerText(timer ?? {}) })),
  };
}
