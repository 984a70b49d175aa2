/** The rules for what comes from outside and from the clock, and for what is called. */
import { type Evidence, groupedBy } from './evidence.js';
import type { WaitFact } from './facts.js';
import { ofKind } from './history.js';
import { TIMER_MS } from './models.js';

/** A moment is kept to the microsecond, and written here as a fraction of a second. */
const ROUNDING_MS = 0.01;

/** Each answers a sentence for each violation. */
export const eventRules = {
  'I7, I10: each acknowledged message is received once, by who waits for it': ({ history, facts, byRequest }) => {
    const byKey = groupedBy(facts.messages, ({ key }) => key);
    return ofKind(history, 'sent').flatMap(({ key }) => {
      const messages = byKey.get(key) ?? [];
      if (messages.length !== 1) return [`message ${key} was acknowledged and is there ${messages.length} times`];
      const received = messages.flatMap(({ receivers }) => receivers);
      const waiting = (byRequest.get(key) ?? []).map(({ instance }) => instance);
      const isRight = received.length === 1 && received[0] === waiting[0];
      return isRight ? [] : [`message ${key} was received by "${received}" in place of "${waiting}"`];
    });
  },

  'nobody receives a message that was not sent': ({ history, facts }) => {
    const sent = new Set(ofKind(history, 'send').map(({ key }) => key));
    return facts.messages.flatMap(({ key }) => (sent.has(key) ? [] : [`nobody sent message ${key}`]));
  },

  'each event that an instance waits for happens once': ({ facts, instances }) => {
    const processOf = ({ instance }: WaitFact) => instances.get(instance)?.process ?? '';
    const waitsOf = groupedBy(facts.waits, processOf);
    const visits = groupedBy(facts.waits, ({ instance, element }) => `${instance} ${element}`);
    return [...instances.values()].flatMap(({ instance, process }) =>
      [...new Set(waitsOf.get(process)?.map(({ element }) => element))].flatMap((element) => {
        const states = (visits.get(`${instance} ${element}`) ?? []).map(({ state }) => state);
        return states.join() === 'COMPLETED' ? [] : [`${element} of ${instance} happened so: "${states}"`];
      }),
    );
  },

  'no timer happens before its time': ({ facts }) =>
    facts.waits.flatMap(({ type, instance, element, startedAt, endedAt }) => {
      const waited = (endedAt ?? Number.POSITIVE_INFINITY) - startedAt;
      if (type !== 'TIMER_CATCH_EVENT' || waited >= TIMER_MS - ROUNDING_MS) return [];
      return [`${element} of ${instance} waited ${waited} ms of ${TIMER_MS}`];
    }),

  'what is called ends once, and its caller goes on': ({ facts }) => {
    const called = groupedBy(facts.instances, ({ caller }) => caller ?? '');
    const callers = new Set(facts.waits.map(({ elementInstance }) => elementInstance));
    const strays = [...called].flatMap(([caller, made]) =>
      caller === '' || callers.has(caller) ? [] : made.map(({ instance }) => `nobody called ${instance}`),
    );
    const calls = facts.waits.filter(({ type }) => type === 'CALL_ACTIVITY');
    const wrong = calls.flatMap(({ elementInstance, state }) => {
      const states = (called.get(elementInstance) ?? []).map((each) => each.state);
      const isRight = states.join() === 'COMPLETED' && state === 'COMPLETED';
      return isRight ? [] : [`call ${elementInstance} is ${state} and called: "${states}"`];
    });
    return [...strays, ...wrong];
  },
} satisfies Readonly<Record<string, (evidence: Evidence) => readonly string[]>>;
