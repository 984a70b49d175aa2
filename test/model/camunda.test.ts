// Extensions of Camunda 7 that change what runs: parameters and the times of retries.
import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../src/model/process.js';
import { around, graphOf, NOW, problemsOf, type Variables } from './support.js';

const VALUE = ['$', '{order.id}'].join('');

function task(extensions: string, attributes = ''): string {
  return around(`<bpmn:serviceTask id="t" ${attributes}><bpmn:extensionElements>${extensions}
    </bpmn:extensionElements></bpmn:serviceTask>`);
}

function inputOutput(parameters: string): string {
  return task(`<camunda:inputOutput>\n${parameters}</camunda:inputOutput>`);
}

function input(value: string): string {
  return `<camunda:inputParameter name="x">${value}</camunda:inputParameter>`;
}

function mappingsOf(xml: string): { inputs: readonly Mapping[]; outputs: readonly Mapping[] } {
  const element = graphOf(xml).elements[2];
  if (element?.type !== 'SERVICE_TASK') throw new Error('there is no service task');
  return element;
}

function valueIn(parameter: string, variables: Variables): unknown {
  const source = mappingsOf(inputOutput(parameter)).inputs[0]?.source;
  const variable = (name: string) => (Object.hasOwn(variables, name) ? { value: variables[name] } : undefined);
  const evaluation = source?.evaluate({ now: NOW, variable });
  return evaluation?.ok ? evaluation.value : evaluation;
}

describe('camunda:inputOutput', () => {
  const variables = { order: { id: 7 }, key: 'k', value: 'v' };
  const KEY = ['$', '{key}'].join('');

  test.each<readonly [name: string, value: string, expected: unknown]>([
    ['a text stands for itself', ' plain ', 'plain'],
    ['a text that looks like FEEL too', '=order', '=order'],
    ['nothing is null', '', null],
    ['an expression keeps its type', VALUE, 7],
    ['mixed text', `Order ${VALUE}`, 'Order 7'],
    [
      'a list',
      `<camunda:list><camunda:value>a</camunda:value><camunda:value>${VALUE}</camunda:value></camunda:list>`,
      ['a', 7],
    ],
    ['an empty list', '<camunda:list/>', []],
    [
      'a map, whose entries are not seen by each other',
      `<camunda:map><camunda:entry key="key">other</camunda:entry><camunda:entry key="b c">${KEY}</camunda:entry></camunda:map>`,
      { key: 'other', 'b c': 'k' },
    ],
    [
      'a list in a map',
      '<camunda:map><camunda:entry key="a"><camunda:list><camunda:value>1</camunda:value></camunda:list></camunda:entry></camunda:map>',
      { a: ['1'] },
    ],
  ])('%s', (_name, value, expected) => {
    expect(valueIn(input(value), variables)).toEqual(expected);
  });

  test('inputs and outputs are mappings in their order', () => {
    const output = `<camunda:outputParameter name="id">${VALUE}</camunda:outputParameter>`;
    expect(mappingsOf(inputOutput(`${input('a')}${output}${input('b')}`))).toMatchObject({
      inputs: [
        { target: ['x'], source: { text: '"a"' } },
        { target: ['x'], source: { text: '"b"' } },
      ],
      outputs: [{ target: ['id'], source: { text: 'order.id' } }],
    });
  });

  test.each<readonly [name: string, xml: string, message: string]>([
    [
      'a script',
      input('<camunda:script scriptFormat="groovy">1</camunda:script>'),
      'camunda:script is not supported in a parameter',
    ],
    ['a name with a dot', '<camunda:inputParameter name="a.b">1</camunda:inputParameter>', 'which is no variable name'],
    ['no name', '<camunda:inputParameter>1</camunda:inputParameter>', 'which is no variable name'],
    ['a method', input(['$', '{a.b()}'].join('')), 'it calls the method "b"'],
    [
      'an entry without key',
      input('<camunda:map><camunda:entry>1</camunda:entry></camunda:map>'),
      'a map has the entry ""',
    ],
    ['a parameter of another name', '<camunda:parameter name="x"/>', 'a parameter is called parameter'],
    ['two values', input('<camunda:list/><camunda:map/>'), 'a parameter has two values'],
  ])('%s is refused', (_name, xml, message) => {
    expect(problemsOf(inputOutput(xml))).toMatchObject([
      { elementId: 't', line: 10, message: expect.stringContaining(message) },
    ]);
  });

  test('together with zeebe:ioMapping it is refused', () => {
    expect(problemsOf(task('<zeebe:ioMapping/><camunda:inputOutput/>'))).toMatchObject([{ rule: 'MAPPING_INVALID' }]);
  });
});

describe('camunda:failedJobRetryTimeCycle', () => {
  const cycle = (text: string) => task(`<camunda:failedJobRetryTimeCycle>${text}</camunda:failedJobRetryTimeCycle>`);

  test('counts tries, and says how long a retry waits', () => {
    expect(graphOf(cycle('R3/PT5M')).elements[2]).toMatchObject({ job: { retryLimit: 2, retryDelay: 'PT5M' } });
  });

  test.each(['PT5M,PT10M', 'R3', 'R/PT5M', VALUE, 'R3/2026-01-01/PT5M'])('%s is refused', (text) => {
    expect(problemsOf(cycle(text))).toMatchObject([{ rule: 'JOB_INVALID', elementId: 't' }]);
  });
});

test('a task that continues asynchronously is one like any other', () => {
  expect(
    problemsOf(task('', 'camunda:asyncBefore="true" camunda:asyncAfter="true" camunda:exclusive="false"')),
  ).toEqual([]);
});

test.each(['class', 'delegateExpression', 'expression'])(
  'instead of camunda:%s, a topic and a worker are named',
  (name) => {
    expect(problemsOf(task('', `camunda:${name}="x"`))[0]?.help).toContain('camunda:topic');
  },
);

describe('messages that a worker sends', () => {
  const definition = (attributes: string, inner = '') =>
    `<bpmn:messageEventDefinition messageRef="m" ${attributes}>${inner}</bpmn:messageEventDefinition>`;
  const thrown = (sent: string) =>
    around(`<bpmn:intermediateThrowEvent id="t">${sent}</bpmn:intermediateThrowEvent>`).replace(
      '<bpmn:process',
      '<bpmn:message id="m" name="hello"/><bpmn:process',
    );

  test('have topic and priority at their definition', () => {
    const [, , event] = graphOf(
      thrown(definition('camunda:type="external" camunda:topic="mail" camunda:taskPriority="3"')),
    ).elements;
    expect(event).toMatchObject({ type: 'MESSAGE_THROW_EVENT', job: { topic: 'mail', priority: 3 } });
  });

  test('are refused once for each thing there that is not supported', () => {
    const field = '<bpmn:extensionElements><camunda:field name="to"/></bpmn:extensionElements>';
    const problems = problemsOf(thrown(definition('camunda:class="com.acme.Mail"', field)));
    expect(problems.map(({ message }) => message)).toEqual([
      'camunda:class is not supported by this version',
      'camunda:field is not supported by this version',
    ]);
  });
});

test('what is refused in the words of Flowable is answered in them', () => {
  const [problem] = problemsOf(task('', 'flowable:class="com.acme.Job"'));
  expect(problem?.help).toMatch(/^use flowable:type="external" with a flowable:topic/);
});
