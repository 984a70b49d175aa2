/** What may happen to a random process: steps that people, workers, senders and the clock take. */
import fc from 'fast-check';
import { code, message, name, signal } from './scenario-arbitraries.js';
import type { Code, MessageName, Name, SignalName } from './scenario-blocks.js';

export interface Step {
  readonly action:
    | 'complete'
    | 'complete, with data'
    | 'fail'
    | 'fail, with retries'
    | 'throw an error'
    | 'throw an escalation'
    | 'send'
    | 'begin'
    | 'signal'
    | 'wait'
    | 'suspend'
    | 'resume'
    | 'set'
    | 'cancel';
  /** Which of the waiting elements, by its place among them. */
  readonly at: number;
  readonly name: Name;
  readonly value: number;
  readonly code: Code;
  readonly message: MessageName;
  readonly signal: SignalName;
  /** A message waits for who wants it. */
  readonly waits: boolean;
}

const WEIGHTS: Readonly<Record<Step['action'], number>> = {
  complete: 20,
  'complete, with data': 12,
  fail: 4,
  'fail, with retries': 4,
  'throw an error': 4,
  'throw an escalation': 4,
  send: 10,
  begin: 1,
  signal: 5,
  wait: 8,
  suspend: 2,
  resume: 4,
  set: 4,
  cancel: 1,
};

const actions = Object.entries(WEIGHTS) as [Step['action'], number][];

export const step: fc.Arbitrary<Step> = fc.record({
  action: fc.oneof(...actions.map(([action, weight]) => ({ weight, arbitrary: fc.constant(action) }))),
  at: fc.nat({ max: 11 }),
  name,
  value: fc.integer({ min: 0, max: 9 }),
  code,
  message,
  signal,
  waits: fc.boolean(),
});

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 1, maxLength: 25 });
