// What the random processes of the property tests are made of: each type of element, and each scope in each other scope.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/model/events.js';
import type { Element, ElementType, Graph } from '../../src/model/process.js';
import { readModel } from '../../src/model/read-model.js';
import { block } from '../support/scenario-arbitraries.js';
import { modelOf } from '../support/scenario-random.js';

/** A new type of element that is no event does not compile without its line; false: it is never generated, see below. */
const OTHERS: { readonly [T in Exclude<ElementType, (typeof EVENT_TYPES)[number]>]: boolean } = {
  PROCESS: true,
  SUB_PROCESS: true,
  TRANSACTION: true,
  EVENT_SUB_PROCESS: true,
  AD_HOC_SUB_PROCESS: false,
  CALL_ACTIVITY: true,
  MULTI_INSTANCE_BODY: true,
  TASK: true,
  MANUAL_TASK: true,
  SERVICE_TASK: true,
  BUSINESS_RULE_TASK: true,
  SEND_TASK: true,
  RECEIVE_TASK: true,
  SCRIPT_TASK: true,
  USER_TASK: true,
  EXCLUSIVE_GATEWAY: true,
  PARALLEL_GATEWAY: true,
  EVENT_BASED_GATEWAY: true,
  INCLUSIVE_GATEWAY: true,
  COMPLEX_GATEWAY: true,
};

const SCOPES = ['SUB_PROCESS', 'TRANSACTION', 'EVENT_SUB_PROCESS', 'MULTI_INSTANCE_BODY', 'CALL_ACTIVITY'] as const;

/** What is in none: its elements begin in another way, and `ad-hoc.test.ts` has them by hand. */
const NEVER: readonly string[] = ['AD_HOC_SUB_PROCESS'];

/** Scopes of which one is never directly in the other, and why. */
const NEVER_WITHIN: Readonly<Record<string, string>> = {
  'EVENT_SUB_PROCESS in MULTI_INSTANCE_BODY': 'it is in the activity that is repeated',
  'MULTI_INSTANCE_BODY in MULTI_INSTANCE_BODY': 'what repeats already is repeated inside a sub-process',
  'TRANSACTION in MULTI_INSTANCE_BODY': 'a cancel boundary event would end all instances, so such a model is refused',
};

const seen = new Set<string>();
for (const { xml } of fc.sample(block.map(modelOf), { seed: 7, numRuns: 500 })) {
  const reading = readModel(xml);
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  for (const graph of reading.graphs) for (const element of graph.elements) note(graph, element);
}

function note({ elements }: Graph, element: Element): void {
  const scope = elements[element.scope];
  seen.add(element.type).add(`${element.type} in ${scope?.type}`);
}

describe('random processes', () => {
  test('have each type of element', () => {
    const all = [...EVENT_TYPES, ...Object.keys(OTHERS)];
    expect(all.filter((type) => !seen.has(type))).toEqual(NEVER);
    expect(Object.entries(OTHERS).flatMap(([type, isThere]) => (isThere ? [] : [type]))).toEqual(NEVER);
  });

  test('have each scope in each scope', () => {
    const pairs = SCOPES.flatMap((inner) => ['PROCESS', ...SCOPES.slice(0, 4)].map((outer) => `${inner} in ${outer}`));
    expect(pairs.filter((pair) => !seen.has(pair)).sort()).toEqual(Object.keys(NEVER_WITHIN).sort());
  });

  test('end by each kind of end in each scope', () => {
    const scopes = ['PROCESS', 'SUB_PROCESS', 'TRANSACTION', 'EVENT_SUB_PROCESS'];
    const ends = EVENT_TYPES.filter((type) => type.endsWith('_END_EVENT') && type !== 'CANCEL_END_EVENT');
    const pairs = ends.flatMap((type) => scopes.map((scope) => `${type} in ${scope}`));
    expect(pairs.filter((pair) => !seen.has(pair))).toEqual([]);
    expect(seen.has('CANCEL_END_EVENT in TRANSACTION')).toBe(true);
  });
});
