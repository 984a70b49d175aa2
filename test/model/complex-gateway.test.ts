// I9: complex gateways that are wrong are refused, each with its place; JUEL in an activation condition becomes FEEL.
import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/model/read-model.js';
import { definitions, END, type Expected, expectProblems, flow, START } from './support.js';

function joining(gateway: string): string {
  const fork = `<bpmn:parallelGateway id="fork"/>${flow('f1', 'start', 'fork')}`;
  const flows = `${flow('f2', 'fork', 'g')}${flow('f3', 'fork', 'g')}${flow('f4', 'g', 'end')}`;
  return definitions(`<bpmn:process id="p" isExecutable="true">${START}${fork}${gateway}${flows}${END}</bpmn:process>`);
}

function gateway(text: string, attributes = ''): string {
  return `<bpmn:complexGateway id="g">§<bpmn:activationCondition${attributes}>${text}</bpmn:activationCondition></bpmn:complexGateway>`;
}

describe('a complex gateway', () => {
  const rows: readonly (readonly [name: string, marked: string, ...expected: Expected[]])[] = [
    [
      'that joins without an activation condition',
      '§<bpmn:complexGateway id="g"/>',
      [
        'ACTIVATION_INVALID',
        'g',
        'several flows lead into the complex gateway, and no activation condition says how many it needs',
      ],
    ],
    [
      'whose activation condition reads nothing',
      gateway('=1 &gt; 2'),
      ['ACTIVATION_INVALID', 'g', 'the activation condition "1 > 2" reads nothing, so it can never change'],
    ],
    [
      'whose activation condition is in another language',
      gateway('count()', ' language="groovy"'),
      ['LANGUAGE_NOT_SUPPORTED', 'g', 'the activation condition is written in "groovy"; conditions are FEEL'],
    ],
  ];
  for (const [name, marked, ...expected] of rows) {
    test(`${name} is refused`, () => expectProblems(joining(marked), expected));
  }

  test('may have its activation condition in JUEL', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: JUEL is written so.
    const model = readModel(joining(gateway('${activationCount ge 2}').replace('§', '')));
    const elements = 'graphs' in model ? (model.graphs[0]?.elements ?? []) : [];
    const found = elements.find(({ id }) => id === 'g');
    expect(found?.type === 'COMPLEX_GATEWAY' && found.activation?.text).toBe('((activationCount >= 2) = true)');
  });
});
