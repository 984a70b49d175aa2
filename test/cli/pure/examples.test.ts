// The examples: the model deploys, can be drawn, and its worker has a handler for all that it asks for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { orderHandlers } from '../../../examples/order-handlers.js';
import { readModel } from '../../../src/model/read-model.js';

const xml = readFileSync('examples/order-fulfilment.bpmn', 'utf8');

function attributes(name: string, pattern: string): string[] {
  return [...xml.matchAll(new RegExp(`<${pattern}\\b[^>]*?\\s${name}="([^"]+)"`, 'g'))].map(([, value = '']) => value);
}

test('the model of the orders can run', () => {
  const reading = readModel(xml);
  expect('problems' in reading ? reading.problems : []).toEqual([]);
});

test('each of its nodes and flows is in its diagram', () => {
  const drawn = new Set(attributes('bpmnElement', 'bpmndi:BPMN(?:Shape|Edge)'));
  const nodes = attributes('id', 'bpmn:(?:\\w+Event|\\w*[tT]ask|\\w+Gateway|subProcess|sequenceFlow)');
  expect(nodes.length).toBeGreaterThan(30);
  expect(nodes.filter((id) => !drawn.has(id))).toEqual([]);
});

test('its worker has a handler for each topic', () => {
  expect(new Set(attributes('type', 'zeebe:taskDefinition'))).toEqual(new Set(Object.keys(orderHandlers)));
});
