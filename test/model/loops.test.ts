// Loop markers: how they are read from BPMN and from both Camunda vocabularies, and what is refused.
import { describe, expect, test } from 'vitest';
import { around, type Expected, expectProblems, graphOf } from './support.js';

/** The body of the task `t` with this marker, and the task inside it. */
function read(marker: string) {
  const { elements } = graphOf(around(`<bpmn:serviceTask id="t">${marker}</bpmn:serviceTask>`));
  const [body, inner] = elements.filter(({ id }) => id === 't');
  return { body, inner };
}

function multi(inside: string, attributes = ''): string {
  return `<bpmn:multiInstanceLoopCharacteristics ${attributes}>${inside}</bpmn:multiInstanceLoopCharacteristics>`;
}

function zeebe(attributes: string): string {
  return `<bpmn:extensionElements><zeebe:loopCharacteristics ${attributes}/></bpmn:extensionElements>`;
}

describe('an activity with a multi-instance marker', () => {
  test('is a body with its flows, and the activity inside it without flows', () => {
    const { body, inner } = read(multi(zeebe('inputCollection="=items"')));
    expect(body).toMatchObject({
      type: 'MULTI_INSTANCE_BODY',
      index: 2,
      scope: 0,
      incoming: [0],
      outgoing: [1],
      inner: 4,
    });
    expect(inner).toMatchObject({ type: 'SERVICE_TASK', index: 4, scope: 2, incoming: [], outgoing: [] });
  });

  test('of a sub-process holds what is in it through its instances', () => {
    const { elements } = graphOf(
      around(`<bpmn:subProcess id="t"><bpmn:startEvent id="s2"/>${multi('<bpmn:loopCardinality>2</bpmn:loopCardinality>')}
        </bpmn:subProcess>`),
    );
    const inner = elements.find(({ type }) => type === 'SUB_PROCESS');
    expect(elements.find(({ id }) => id === 's2')?.scope).toBe(inner?.index);
    expect(inner).toMatchObject({ start: elements.find(({ id }) => id === 's2')?.index });
  });

  test('is read as Camunda 8 writes it', () => {
    const attributes = 'inputCollection="= items" inputElement="item" outputCollection="results" outputElement="= r.x"';
    const condition = '<bpmn:completionCondition>=numberOfCompletedInstances &gt; 2</bpmn:completionCondition>';
    expect(read(multi(zeebe(attributes) + condition, 'isSequential="true"')).body).toMatchObject({
      loop: {
        type: 'SEQUENTIAL',
        collection: { text: 'items' },
        inputElement: 'item',
        output: { collection: 'results', element: { text: 'r.x' }, variable: 'r' },
        completionCondition: { text: 'numberOfCompletedInstances > 2' },
      },
    });
  });

  test.each(['items', '\u0024{items}', '#{ items }'])('is read as Camunda 7 writes it: %s', (collection) => {
    expect(read(multi('', `camunda:collection="${collection}" camunda:elementVariable="item"`)).body).toMatchObject({
      loop: { type: 'PARALLEL', collection: { text: 'items' }, inputElement: 'item', output: undefined },
    });
  });

  test('is read as BPMN writes it', () => {
    const parts = `<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>
      <bpmn:inputDataItem id="i" name="item"/><bpmn:outputDataItem id="o" name="result"/>`;
    expect(read(multi(parts)).body).toMatchObject({
      loop: {
        collection: { text: 'items' },
        inputElement: 'item',
        output: { collection: 'results', element: { text: 'result' }, variable: 'result' },
      },
    });
  });

  test('shares no output variable where the element is computed', () => {
    const attributes = 'inputCollection="=items" outputCollection="results" outputElement="=a + b"';
    expect(read(multi(zeebe(attributes))).body).toMatchObject({ loop: { output: { variable: undefined } } });
  });

  test('may loop by the standard', () => {
    const marker = `<bpmn:standardLoopCharacteristics testBefore="true" loopMaximum="3"><bpmn:loopCondition>= n &lt; 2
      </bpmn:loopCondition></bpmn:standardLoopCharacteristics>`;
    expect(read(marker).body).toMatchObject({
      loop: { type: 'LOOP', testBefore: true, maximum: 3, condition: { text: 'n < 2' } },
    });
  });
});

const source = zeebe('inputCollection="=items"');

const rows: readonly (readonly [string, string, Expected])[] = [
  ['no items', `§${multi('')}`, ['LOOP_INVALID', 't', 'nothing says how many instances there are']],
  [
    'two sources',
    `§${multi(`${source}<bpmn:loopCardinality>2</bpmn:loopCardinality>`)}`,
    ['LOOP_INVALID', 't', 'several things say how many instances there are'],
  ],
  [
    'an item that is no name',
    `§${multi(zeebe('inputCollection="=items" inputElement="a b"'))}`,
    ['LOOP_INVALID', 't', 'the input element "a b" is no variable name'],
  ],
  [
    'an output element alone',
    `§${multi(zeebe('inputCollection="=items" outputElement="=x"'))}`,
    ['LOOP_INVALID', 't', 'the multi-instance has an output element alone'],
  ],
  [
    'an output collection alone',
    `§${multi(zeebe('inputCollection="=items" outputCollection="x"'))}`,
    ['LOOP_INVALID', 't', 'the multi-instance has an output collection alone'],
  ],
  [
    'a behavior',
    `§${multi(source, 'behavior="One"')}`,
    ['LOOP_NOT_SUPPORTED', 't', 'multi-instance with behavior="One" is not supported by this version'],
  ],
  [
    'a complex behavior',
    multi(`${source}§<bpmn:complexBehaviorDefinition/>`),
    ['LOOP_NOT_SUPPORTED', 't', 'bpmn:complexBehaviorDefinition is not supported in a loop marker by this version'],
  ],
  [
    'a condition in another language',
    multi(`${source}§<bpmn:completionCondition language="groovy">x</bpmn:completionCondition>`),
    ['LANGUAGE_NOT_SUPPORTED', 't', 'the completion condition is written in "groovy"; expressions are FEEL'],
  ],
  [
    'two markers',
    `${multi(source)}§<bpmn:standardLoopCharacteristics loopMaximum="1"/>`,
    ['LOOP_INVALID', 't', 'the activity has two loop markers'],
  ],
  [
    'a loop without condition and maximum',
    '§<bpmn:standardLoopCharacteristics/>',
    ['LOOP_INVALID', 't', 'the loop has neither a condition nor a maximum'],
  ],
  [
    'a loop maximum that is no number',
    '§<bpmn:standardLoopCharacteristics loopMaximum="0"/>',
    ['LOOP_INVALID', 't', 'the loop maximum "0" is not a whole number from 1'],
  ],
  [
    'a loop with items',
    `§<bpmn:standardLoopCharacteristics loopMaximum="1">${source}</bpmn:standardLoopCharacteristics>`,
    ['LOOP_INVALID', 't', 'a standard loop has no items'],
  ],
];

test.each(rows)('a marker is refused with its place and with help: %s', (_what, marker, expected) => {
  expectProblems(around(`<bpmn:serviceTask id="t">${marker}</bpmn:serviceTask>`), [expected]);
});

test('a marker on an event is refused', () => {
  expectProblems(around(`<bpmn:parallelGateway id="t">\n§${multi(source)}</bpmn:parallelGateway>`), [
    ['ELEMENT_UNKNOWN', 't', 'a parallel gateway can not hold a bpmn:multiInstanceLoopCharacteristics'],
  ]);
});
