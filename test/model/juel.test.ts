// JUEL in models made for Camunda 7: what is simple runs as FEEL, and the rest is refused with the FEEL to write instead.
import { describe, expect, test } from 'vitest';
import { translateJuel } from '../../src/model/juel.js';
import {
  around,
  END,
  failureOf,
  flow,
  graphOf,
  problemsOf,
  processOf,
  result,
  START,
  type Variables,
} from './support.js';

/** An expression in the braces of JUEL. */
function braces(text: string, sign = '$'): string {
  return `${sign}{${text}}`;
}

function feelOf(text: string): string {
  const translation = translateJuel(text);
  if (translation === undefined || 'problem' in translation) throw new Error(`${text}: ${JSON.stringify(translation)}`);
  return translation.feel;
}

function valueIn(text: string, variables: Variables = {}): unknown {
  return result(feelOf(text), variables);
}

describe('what is translated', () => {
  const variables = {
    n: 7,
    minus: -7,
    s: 'a',
    t: true,
    none: null,
    list: [],
    full: [1],
    o: { a: { b: 5 }, 'x y': 6, in: 8 },
  };

  test.each<readonly [juel: string, value: unknown]>([
    ['n', 7],
    ['o.a.b', 5],
    ["o['a'].b", 5],
    ["o['x y']", 6],
    ['o.in', 8],
    ["'it\\'s \"so\"'", 'it\'s "so"'],
    ['"back\\\\slash"', 'back\\slash'],
    ["'two\nlines'", 'two\nlines'],
    ['1.5e2', 150],
    ['.5', 0.5],
    ['-n', -7],
    ['n == 7 and s eq "a"', true],
    ['n ne 7 || s != "a"', false],
    ['n lt 8 && n le 7 && n gt 6 && n ge 7', true],
    ['not (n > 5)', false],
    ['!t or t', true],
    ['n > 5 ? "many" : "few"', 'many'],
    ['t ? n:s', 7],
    ['1 + 2 * 3 - 4', 3],
    ['(1 + 2) * 3', 9],
    ['10 - 3 - 2', 5],
    ['7 / 2', 3.5],
    ['n div 2', 3.5],
    ['n % 4', 3],
    ['minus mod 4', -3],
    ['n % -4', 3],
    ['n + n', 14],
    ['none == null', true],
    ['missing == null', true],
    ['n != null', true],
    ['none < 5', false],
    ['!(none < 5)', true],
    ['none <= none', true],
    ['none && t', false],
    ['!none', true],
    ['empty none', true],
    ['empty list', true],
    ['empty full', false],
    ['empty s', false],
    ['empty n', false],
    ['not empty o.a', true],
  ])('%s', (juel, value) => {
    expect(valueIn(braces(juel), variables)).toEqual(value);
    expect(valueIn(braces(juel, '#'), variables)).toEqual(value);
  });

  test('text around expressions makes a text', () => {
    expect(valueIn(` Order ${braces('n')} of "${braces('s')}"! `, variables)).toBe('Order 7 of "a"!');
    expect(valueIn(`\\${braces('n')} ${braces('n')}`, variables)).toBe(`${braces('n')} 7`);
    expect(valueIn(`${braces("'}'")}${braces('s')}`, variables)).toBe('}a');
  });

  test('a text without braces is none', () => {
    expect(translateJuel('amount > 5')).toBeUndefined();
  });
});

describe('what JUEL would take for a value of another type fails, and is never another value', () => {
  test.each<readonly [juel: string, variables: Variables]>([
    ['x == 5', { x: '5' }],
    ['x > 5', { x: '7' }],
    ['x + y', { x: '1', y: '2' }],
    ['x + 1', { x: null }],
    ['x * 2', { x: '2' }],
    ['x and true', { x: 'true' }],
    ['x / 0', { x: 1 }],
    ['x > 5', {}],
  ])('%s with %j', (juel, variables) => {
    expect(failureOf(feelOf(braces(juel)), variables)).toMatch(/^(EXPRESSION_FAILED|VARIABLE_MISSING): /);
  });
});

describe('what is refused', () => {
  test.each<readonly [juel: string, problem: string, help: string]>([
    ['order.isValid()', 'it calls the method "isValid"', 'write =order.valid'],
    ['name.equals("a")', 'it calls the method "equals"', 'write it in FEEL: =name = "a"'],
    ['list.size() > 3', 'it calls the method "size"', 'write it in FEEL: =count(list)'],
    ['execution.getVariable("a")', 'it calls the method "getVariable"', 'write it in FEEL: =a'],
    ['execution.hasVariable("a")', 'it calls the method "hasVariable"', 'write it in FEEL: =a != null'],
    ['execution.setVariable("a", 1)', 'it calls the method "setVariable"', 'mappings set variables'],
    ['execution.businessKey', '"execution" is no variable', 'pass what is meant as a variable'],
    ['bean.pay(order)', 'it calls the method "pay"', 'a worker'],
    ['now()', 'it calls the function "now"', 'write it in FEEL: =now()'],
    ['items[0]', 'it reads an item by its position', '=items[1]'],
    ['items[i]', 'it reads an entry whose name is computed', '=get value(items, i)'],
    ['"a" + b', 'it computes with "a", which is no number', 'texts are joined in FEEL'],
    ['"5" == 5', 'it compares "5" with 5, which is of another type', 'string(...)'],
    ['a < null', 'it asks for the order of null', '=='],
    ['5 && a', '5 is neither true nor false', 'compare it'],
    ['if == 1', '"if" can not be the name of a variable in FEEL', 'rename'],
    ['empty (a + b)', '"empty" is applied to more than a name', 'compute it into a variable'],
    ['a >', '"}" is not expected there', 'FEEL'],
    ['a = 5', '"= 5}" can not be read', 'FEEL'],
    ['', '"}" is not expected there', 'FEEL'],
    ['('.repeat(300), 'it is nested deeper than the limit', 'FEEL'],
    [`${'a + '.repeat(1000)}a`, 'it has more than 1000 names, values and signs', 'worker'],
  ])('%.40s', (juel, problem, help) => {
    const translation = translateJuel(braces(juel));
    expect(translation).toEqual({ problem: expect.stringContaining(problem), help: expect.stringContaining(help) });
  });

  test('braces that are not closed', () => {
    expect(translateJuel(braces('a').slice(0, -1))).toMatchObject({ problem: 'it ends too early' });
  });
});

describe('where models write it', () => {
  const forked = (condition: string) =>
    processOf(`${START}${flow('a', 'start', 'g')}<bpmn:exclusiveGateway id="g" default="c"/>
      ${condition}${flow('c', 'g', 'end')}${END}`);
  const conditional = (text: string, attributes = '') =>
    forked(`<bpmn:sequenceFlow id="b" sourceRef="g" targetRef="end">
      <bpmn:conditionExpression ${attributes}>${text}</bpmn:conditionExpression></bpmn:sequenceFlow>`);

  test.each(['', 'language="juel"', 'language="http://java.sun.com/products/el"'])('conditions, %s', (attributes) => {
    const graph = graphOf(conditional(braces('amount &gt; 5'), attributes));
    expect(graph.flows[1]?.condition).toMatchObject({ text: '((amount > 5) = true)', reads: ['amount'] });
  });

  test('a condition that can not be translated tells its flow, line and the FEEL to write', () => {
    expect(problemsOf(conditional(braces('list.contains(x)')))).toMatchObject([
      { rule: 'EXPRESSION_INVALID', elementId: 'b', line: 10, help: 'write it in FEEL: =contains(list, x)' },
    ]);
  });

  test('another language stays refused', () => {
    expect(problemsOf(conditional(braces('a'), 'language="groovy"'))).toMatchObject([
      { rule: 'LANGUAGE_NOT_SUPPORTED' },
    ]);
  });

  test('attributes of Camunda 7 and its relatives', () => {
    const task = `<bpmn:userTask id="t" camunda:assignee="${braces('owner')}" camunda:candidateGroups="a, ${braces('g')}"/>`;
    expect(graphOf(around(task)).elements[2]).toMatchObject({
      userTask: { assignee: { text: 'owner' }, candidateGroups: { text: '"a, " + string(g)' } },
    });
    const external = `<bpmn:serviceTask id="t" flowable:type="external-worker" flowable:topic="pay-${braces('kind')}"/>`;
    expect(graphOf(around(external)).elements[2]).toMatchObject({ job: { topic: { text: '"pay-" + string(kind)' } } });
  });

  test('what a call activity calls, and what it passes', () => {
    const passed = `<camunda:in sourceExpression="${braces('order.id')}" target="id"/>
      <camunda:in businessKey="#{execution.processBusinessKey}"/>`;
    const call = `<bpmn:callActivity id="t" calledElement="${braces('child')}">
      <bpmn:extensionElements>${passed}</bpmn:extensionElements></bpmn:callActivity>`;
    expect(graphOf(around(call)).elements[2]).toMatchObject({
      called: { bpmnProcessId: { text: 'child' }, sameCorrelationKey: true },
      inputs: [{ source: { text: 'order.id' }, target: ['id'] }],
    });
  });

  test('what another tool or Camunda 8 reads as text stays text', () => {
    const mapping = `<zeebe:ioMapping><zeebe:input source="${braces('a')}" target="b"/></zeebe:ioMapping>`;
    const task = `<bpmn:serviceTask id="t"><bpmn:extensionElements>${mapping}</bpmn:extensionElements></bpmn:serviceTask>`;
    expect(graphOf(around(task)).elements[2]).toMatchObject({ inputs: [{ source: { text: `"${braces('a')}"` } }] });
  });
});
