// What the tests of the model share: short ways to write models, and to evaluate expressions.
import { expect } from 'vitest';
import type { Evaluation } from '../../src/model/expression.js';
import { compileExpression } from '../../src/model/feel.js';
import type { Graph } from '../../src/model/process.js';
import { type ModelProblem, readModel } from '../../src/model/read-model.js';

const HEADER = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="http://example.com">
`;

export function definitions(body: string): string {
  return `${HEADER}${body}\n</bpmn:definitions>\n`;
}

export function processOf(body: string): string {
  return definitions(`<bpmn:process id="p" isExecutable="true">\n${body}\n</bpmn:process>`);
}

export const START = '<bpmn:startEvent id="start"/>';
export const END = '<bpmn:endEvent id="end"/>';

export function flow(id: string, source: string, target: string, condition?: string): string {
  const opening = `<bpmn:sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}"`;
  return condition === undefined
    ? `${opening}/>`
    : `${opening}><bpmn:conditionExpression>${condition}</bpmn:conditionExpression></bpmn:sequenceFlow>`;
}

/** A process with one element between start and end: `task` is the whole element, its id `t`. */
export function around(task: string): string {
  return processOf(`${START}${flow('a', 'start', 't')}\n${task}\n${flow('b', 't', 'end')}${END}`);
}

export function graphsOf(xml: string): readonly Graph[] {
  const reading = readModel(xml);
  if ('problems' in reading) {
    throw new Error(`the model is refused: ${JSON.stringify(reading.problems, undefined, 2)}`);
  }
  return reading.graphs;
}

export function graphOf(xml: string): Graph {
  const [graph] = graphsOf(xml);
  if (graph === undefined) {
    throw new Error('the model has no graph');
  }
  return graph;
}

export function problemsOf(xml: string): readonly ModelProblem[] {
  const reading = readModel(xml);
  return 'problems' in reading ? reading.problems : [];
}

/** Marks a place in a test's XML where a problem is expected. */
export const MARK = '§';

/** A problem as a test states it: rule, element id ('' for none), message. Its place is marked in the XML. */
export type Expected = readonly [rule: string, elementId: string, message: string];

export function expectProblems(marked: string, expected: readonly Expected[]): void {
  const places = placesOf(marked);
  const found = problemsOf(marked.replaceAll(MARK, ''));
  expect(
    found.map(({ rule, elementId, message, line, column }) => ({ rule, elementId, message, line, column })),
  ).toEqual(
    expected.map(([rule, elementId, message], index) => ({
      rule,
      elementId: elementId === '' ? undefined : elementId,
      message,
      ...places[index],
    })),
  );
  expect(places).toHaveLength(expected.length);
  for (const problem of found) {
    expect(problem.help).not.toBe('');
  }
}

function placesOf(marked: string): { line: number; column: number }[] {
  return marked.split('\n').flatMap((line, index) => {
    const parts = line.split(MARK).slice(0, -1);
    return parts.map((_part, mark) => ({ line: index + 1, column: parts.slice(0, mark + 1).join('').length + 1 }));
  });
}

export type Variables = Readonly<Record<string, unknown>>;

/** Monday, 23 November 2026, noon in UTC. */
export const NOW = 1_795_435_200_000;

export function evaluate(text: string, variables: Variables = {}): Evaluation {
  const expression = compileExpression(text);
  if ('problem' in expression) {
    throw new Error(`"${text}" does not compile: ${expression.problem}`);
  }
  return expression.evaluate({
    now: NOW,
    variable: (name) => (Object.hasOwn(variables, name) ? { value: variables[name] } : undefined),
  });
}

export function result(text: string, variables: Variables = {}): unknown {
  const evaluation = evaluate(text, variables);
  if (!evaluation.ok) {
    throw new Error(`"${text}" fails: ${evaluation.message}`);
  }
  return evaluation.value;
}

/** Reason and message of an evaluation that must fail. */
export function failureOf(text: string, variables: Variables = {}): string {
  const evaluation = evaluate(text, variables);
  return evaluation.ok
    ? `${text} is ${JSON.stringify(evaluation.value)}`
    : `${evaluation.reason}: ${evaluation.message}`;
}

export function refusalOf(text: string): string {
  const expression = compileExpression(text);
  return 'problem' in expression ? expression.problem : `${text} compiles`;
}
