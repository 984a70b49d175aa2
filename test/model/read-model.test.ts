// Models as tools draw them become graphs; whatever has no meaning for execution is passed over.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Expression } from '../../src/model/expression.js';
import type { Element, Graph } from '../../src/model/process.js';
import { readXml } from '../../src/model/xml.js';
import { around, definitions, END, flow, graphOf, graphsOf, problemsOf, processOf, START } from './support.js';

function file(name: string): string {
  return readFileSync(new URL(`./files/${name}`, import.meta.url), 'utf8');
}

function elementOf(graph: Graph, id: string): Element {
  const element = graph.elements.find((each) => each.id === id);
  if (element === undefined) {
    throw new Error(`there is no element ${id}`);
  }
  return element;
}

/** Everything of an element but its place and its flows. */
function contentOf(graph: Graph, id: string): object {
  const { index, scope, incoming, outgoing, line, column, ...content } = elementOf(graph, id);
  return content;
}

function expression(text: string): unknown {
  return expect.objectContaining<Partial<Expression>>({ text });
}

describe('a model drawn with Camunda Modeler', () => {
  const graph = graphOf(file('camunda-modeler.bpmn'));

  test('has its elements in document order, the process first', () => {
    expect(graph).toMatchObject({ bpmnProcessId: 'invoice', name: 'Invoice' });
    expect(graph.elements.map(({ index, type, id, scope }) => [index, type, id, scope])).toEqual([
      [0, 'PROCESS', 'invoice', -1],
      [1, 'NONE_START_EVENT', 'Event_start', 0],
      [2, 'SERVICE_TASK', 'Activity_check', 0],
      [3, 'EXCLUSIVE_GATEWAY', 'Gateway_1', 0],
      [4, 'SCRIPT_TASK', 'Activity_note', 0],
      [5, 'NONE_END_EVENT', 'Event_end', 0],
    ]);
    expect(elementOf(graph, 'Activity_check')).toMatchObject({ line: 24, column: 5 });
  });

  test('has its flows linked from both sides', () => {
    expect(graph.flows.map(({ index, id, source, target }) => [index, id, source, target])).toEqual([
      [0, 'Flow_1', 1, 2],
      [1, 'Flow_2', 2, 3],
      [2, 'Flow_3', 3, 5],
      [3, 'Flow_4', 3, 4],
      [4, 'Flow_5', 4, 5],
    ]);
    expect(graph.flows[2]?.condition).toMatchObject({
      text: 'invoice.checked and amount > 0',
      reads: ['invoice', 'amount'],
    });
    expect(graph.elements.map(({ incoming, outgoing }) => [incoming, outgoing])).toEqual([
      [[], []],
      [[], [0]],
      [[0], [1]],
      [[1], [2, 3]],
      [[3], [4]],
      [[2, 4], []],
    ]);
  });

  test('tells the worker and the engine what to do', () => {
    expect(contentOf(graph, 'Activity_check')).toEqual({
      type: 'SERVICE_TASK',
      id: 'Activity_check',
      name: 'Check invoice',
      inputs: [
        { source: expression('invoice.total'), target: ['amount'] },
        { source: expression('"EUR"'), target: ['currency'] },
      ],
      outputs: [{ source: expression('valid'), target: ['invoice', 'checked'] }],
      defaultFlow: undefined,
      boundaryEvents: [],
      job: {
        topic: 'check-invoice',
        retryLimit: 4,
        headers: { url: 'https://example.com/check', empty: '' },
        priority: 0,
      },
    });
    expect(contentOf(graph, 'Gateway_1')).toMatchObject({ defaultFlow: 3, job: undefined });
    expect(contentOf(graph, 'Activity_note')).toMatchObject({
      script: { expression: { text: '"refused: " + reason', reads: ['reason'] }, resultVariable: 'note' },
    });
  });
});

test('a model drawn with bpmn.io ends where a path ends', () => {
  const graph = graphOf(file('bpmn-io.bpmn'));
  expect(graph.elements.map(({ type }) => type)).toEqual(['PROCESS', 'NONE_START_EVENT', 'TASK']);
  expect(graph.elements[2]?.outgoing).toEqual([]);
});

test('a model without prefixes, with a sub-process and a condition in CDATA, is read the same', () => {
  const graph = graphOf(file('default-namespace.bpmn'));
  expect(graph.elements.map(({ type, id, scope }) => [type, id, scope])).toEqual([
    ['PROCESS', 'sid-2', -1],
    ['NONE_START_EVENT', 'sid-3', 0],
    ['SUB_PROCESS', 'sid-4', 0],
    ['NONE_START_EVENT', 'sid-41', 2],
    ['MANUAL_TASK', 'sid-42', 2],
    ['TERMINATE_END_EVENT', 'sid-5', 0],
  ]);
  expect(contentOf(graph, 'sid-2')).toMatchObject({ start: 1 });
  expect(contentOf(graph, 'sid-4')).toMatchObject({ start: 3 });
  expect(graph.flows.map(({ id }) => id)).toEqual(['sid-43', 'sid-6', 'sid-7']);
  expect(graph.flows[2]?.condition?.text).toBe('claim.amount > 100');
});

test.each(['', 'bpmn', 'bpmn2', 'semantic', 'b', 'zeebe'])('the prefix "%s" for BPMN makes no difference', (prefix) => {
  const p = prefix === '' ? '' : `${prefix}:`;
  const xml = `<${p}definitions xmlns${prefix === '' ? '' : `:${prefix}`}="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:z="http://camunda.org/schema/zeebe/1.0"><${p}process id="p" isExecutable="true"><${p}startEvent id="s"/>
    <${p}serviceTask id="t"><${p}extensionElements><z:taskDefinition type="x"/></${p}extensionElements></${p}serviceTask>
    <${p}sequenceFlow id="f" sourceRef="s" targetRef="t"/></${p}process></${p}definitions>`;
  expect(contentOf(graphOf(xml), 't')).toMatchObject({ type: 'SERVICE_TASK', job: { topic: 'x', retryLimit: 2 } });
});

test('each executable process of a file becomes a graph, and the others are passed over', () => {
  const xml = definitions(`
    <bpmn:process id="one" isExecutable="true">${START}</bpmn:process>
    <bpmn:process id="draft" isExecutable="false"><bpmn:userTask id="anything"/></bpmn:process>
    <bpmn:process id="two" isExecutable="1"><bpmn:startEvent id="s2"/></bpmn:process>`);
  expect(graphsOf(xml).map(({ bpmnProcessId }) => bpmnProcessId)).toEqual(['one', 'two']);
});

test('flow comes from sequence flows alone: incoming and outgoing may say anything', () => {
  const xml = around(
    '<bpmn:task id="t"><bpmn:incoming>nonsense</bpmn:incoming><bpmn:outgoing> b </bpmn:outgoing></bpmn:task>',
  );
  expect(elementOf(graphOf(xml), 't')).toMatchObject({ incoming: [0], outgoing: [1] });
});

describe('jobs', () => {
  const task = (content: string, attributes = '', kind = 'serviceTask') =>
    `<bpmn:${kind} id="t" ${attributes}><bpmn:extensionElements>${content}</bpmn:extensionElements></bpmn:${kind}>`;
  const jobOf = (xml: string) => (contentOf(graphOf(around(xml)), 't') as { job: object }).job;

  test('a task that says nothing has its id as topic, and no retries', () => {
    for (const kind of ['serviceTask', 'sendTask', 'businessRuleTask', 'scriptTask']) {
      expect(jobOf(`<bpmn:${kind} id="t"/>`)).toEqual({ topic: 't', retryLimit: 0, headers: {}, priority: 0 });
    }
  });

  test.each([
    ['', 2],
    ['retries="1"', 0],
    ['retries="3"', 2],
    ['retries=" 10 "', 9],
  ])('a task definition with %s has the retry limit %i', (attribute, retryLimit) => {
    expect(jobOf(task(`<zeebe:taskDefinition type="x" ${attribute}/>`))).toMatchObject({ topic: 'x', retryLimit });
  });

  test('topic, retries and priority can be expressions', () => {
    const job = jobOf(
      task(
        '<zeebe:taskDefinition type="=kind" retries="=tries // all"/><zeebe:jobPriorityDefinition priority="=rank"/>',
      ),
    ) as { topic: Expression; retryLimit: Expression; priority: Expression };
    expect([job.topic.reads, job.retryLimit.reads, job.priority.reads]).toEqual([['kind'], ['tries'], ['rank']]);
    const context = { now: 0, variable: () => ({ value: 5 }) };
    expect(job.retryLimit.evaluate(context)).toEqual({ ok: true, value: 4 });
  });

  test('a priority is a whole number', () => {
    expect(jobOf(task('<zeebe:taskDefinition type="x"/><zeebe:priorityDefinition priority="-3"/>'))).toMatchObject({
      priority: -3,
    });
  });

  test('external tasks of Camunda 7 and Flowable keep their topic', () => {
    expect(
      jobOf('<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="pay" camunda:taskPriority="7"/>'),
    ).toEqual({
      topic: 'pay',
      retryLimit: 0,
      headers: {},
      priority: 7,
    });
    expect(jobOf('<bpmn:serviceTask id="t" flowable:type="external-worker" flowable:topic="pay"/>')).toMatchObject({
      topic: 'pay',
    });
  });

  test('a header may be called __proto__', () => {
    const job = jobOf(task('<zeebe:taskHeaders><zeebe:header key="__proto__" value="x"/></zeebe:taskHeaders>'));
    expect(Object.entries((job as { headers: object }).headers)).toEqual([['__proto__', 'x']]);
  });

  test('a gateway that forks without conditions asks a worker', () => {
    const fork = (gateway: string) =>
      contentOf(
        graphOf(
          processOf(`${START}${gateway}${flow('a', 'start', 'g')}${END}<bpmn:endEvent id="other"/>
        ${flow('b', 'g', 'end')}${flow('c', 'g', 'other')}`),
        ),
        'g',
      );
    expect(fork('<bpmn:exclusiveGateway id="g"/>')).toMatchObject({ job: { topic: 'g', retryLimit: 0 } });
    const definition = '<bpmn:extensionElements><zeebe:taskDefinition type="decide"/></bpmn:extensionElements>';
    expect(fork(`<bpmn:exclusiveGateway id="g">${definition}</bpmn:exclusiveGateway>`)).toMatchObject({
      job: { topic: 'decide', retryLimit: 2 },
    });
  });

  test('a gateway with one way out asks nobody', () => {
    expect(contentOf(graphOf(around('<bpmn:exclusiveGateway id="t"/>')), 't')).toMatchObject({ job: undefined });
  });
});

describe('scripts', () => {
  const scriptOf = (xml: string) => contentOf(graphOf(around(xml)), 't') as { script: unknown };

  test.each(['feel', 'FEEL', 'https://www.omg.org/spec/DMN/20191111/FEEL/'])(
    'the format %s is run by the engine',
    (format) => {
      const xml = `<bpmn:scriptTask id="t" scriptFormat="${format}" camunda:resultVariable="r">
      <bpmn:script>= a + 1</bpmn:script></bpmn:scriptTask>`;
      expect(scriptOf(xml).script).toEqual({ expression: expression('a + 1'), resultVariable: 'r' });
    },
  );

  test('another format is a job for a worker', () => {
    const xml = '<bpmn:scriptTask id="t" scriptFormat="javascript"><bpmn:script>1</bpmn:script></bpmn:scriptTask>';
    expect(scriptOf(xml)).toMatchObject({ script: undefined, job: { topic: 't' } });
  });
});

test('conditions may lead out of a task, with a default', () => {
  const graph = graphOf(
    processOf(`${START}<bpmn:task id="t" default="c"/>${flow('a', 'start', 't')}${END}
    <bpmn:endEvent id="e2"/>${flow('b', 't', 'end', 'x &gt; 1')}${flow('c', 't', 'e2')}`),
  );
  expect(contentOf(graph, 't')).toMatchObject({ type: 'TASK', defaultFlow: 2 });
});

test('a cycle without a wait is allowed: the engine has a limit of its own', () => {
  const xml = processOf(`${START}<bpmn:exclusiveGateway id="g"/><bpmn:task id="t"/>${END}${flow('a', 'start', 'g')}
    ${flow('b', 'g', 't')}${flow('c', 't', 'g', 'x')}${flow('d', 't', 'end', 'y')}`);
  expect(problemsOf(xml)).toEqual([]);
});

test('reading a file of 5 MB costs as many parser events per element as reading a small one', () => {
  const chain = (length: number) => {
    const tasks = Array.from({ length }, (_, index) => {
      const next = index + 1 === length ? 'end' : `t${index + 1}`;
      return `<bpmn:serviceTask id="t${index}" name="A task with a name of some length"/>${flow(`f${index}`, `t${index}`, next)}`;
    });
    return processOf(`${START}${flow('first', 'start', 't0')}${tasks.join('\n')}${END}`);
  };
  const small = chain(2_000);
  const large = chain(40_000);
  expect(large.length).toBeGreaterThan(5_000_000);
  const perTask = (xml: string, tasks: number) => (readXml(xml).events - readXml(chain(1)).events) / (tasks - 1);
  expect(perTask(large, 40_000)).toBe(perTask(small, 2_000));
  expect(graphOf(large).elements).toHaveLength(40_003);
});
