// What the random processes of the property tests are made of: each type of element, and each scope in each other scope.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/model/events.js';
import type { Element, ElementType, Graph } from '../../src/model/process.js';
import { readModel } from '../../src/model/read-model.js';
import { block } from '../support/scenario-arbitraries.js';
import { modelOf } from '../support/scenario-random.js';

/** A new type of element that is no event does not compile without its line. */
const OTHERS: { readonly [T in Exclude<ElementType, (typeof EVENT_TYPES)[number]>]: true } = {
  PROCESS: true,
  SUB_PROCESS: true,
  TRANSACTION: true,
  EVENT_SUB_PROCESS: true,
  AD_HOC_SUB_PROCESS: true,
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

const SCOPES = ['SUB_PROCESS', 'TRANSACTION', 'AD_HOC_SUB_PROCESS', 'EVENT_SUB_PROCESS', 'MULTI_INSTANCE_BODY'];

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
  for (const phase of ['start', 'end'] as const) {
    if ((element.listeners?.[phase].length ?? 0) > 0) seen.add(`${phase} listeners`);
  }
  seen.add(element.type).add(`${element.type} in ${scope?.type}`);
}

describe('random processes', () => {
  test('have each type of element', () => {
    const all = [...EVENT_TYPES, ...Object.keys(OTHERS)];
    expect(all.filter((type) => !seen.has(type))).toEqual([]);
  });

  test('have execution listeners', () => {
    expect(seen).toContain('start listeners');
    expect(seen).toContain('end listeners');
  });

  test('have each scope in each scope', () => {
    const pairs = [...SCOPES, 'CALL_ACTIVITY'].flatMap((inner) =>
      ['PROCESS', ...SCOPES].map((outer) => `${inner} in ${outer}`),
    );
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
