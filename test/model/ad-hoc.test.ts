// I9: ad-hoc sub-processes that are wrong are refused, each with its place; JUEL in a completion condition becomes FEEL.
import { describe, expect, test } from 'vitest';
import { around, type Expected, expectProblems, flow, graphOf } from './support.js';

function adHoc(inside: string, { attributes = '', extensions = '' } = {}): string {
  const written = extensions === '' ? '' : `<bpmn:extensionElements>${extensions}</bpmn:extensionElements>`;
  return `<bpmn:adHocSubProcess id="t"${attributes}>${written}${inside}</bpmn:adHocSubProcess>`;
}

const FREE = '<bpmn:task id="free"/>';
const LIST = '<zeebe:adHoc activeElementsCollection="=todo"/>';

function elementOf(model: string) {
  const element = graphOf(around(model)).elements.find(({ id }) => id === 't');
  if (element?.type !== 'AD_HOC_SUB_PROCESS') throw new Error('it is no ad-hoc sub-process');
  return element;
}

describe('an ad-hoc sub-process', () => {
  const rows: readonly (readonly [name: string, marked: string, ...expected: Expected[]])[] = [
    [
      'with a start event and an end event',
      adHoc(
        `§<bpmn:startEvent id="s"/>§<bpmn:endEvent id="e"/>${FREE}${flow('x', 's', 'free')}<bpmn:task id="f2"/>${flow('y', 'free', 'e')}`,
      ),
      ['AD_HOC_INVALID', 's', 'a start event stands in an ad-hoc sub-process'],
      ['AD_HOC_INVALID', 'e', 'an end event stands in an ad-hoc sub-process'],
    ],
    [
      'in which nothing can begin',
      `§${adHoc('')}`,
      ['AD_HOC_INVALID', 't', 'nothing in the ad-hoc sub-process can begin'],
    ],
    [
      'with a gateway to which no flow leads',
      adHoc(`${FREE}§<bpmn:parallelGateway id="g"/>`),
      ['ELEMENT_UNREACHABLE', 'g', 'no path leads from the start event to the parallel gateway'],
    ],
    [
      'that an event begins, in an order that is none',
      `§§${adHoc(FREE, { attributes: ' triggeredByEvent="true" ordering="Random"' })}`,
      ['AD_HOC_INVALID', 't', 'the ordering "Random" is not one of BPMN'],
      ['AD_HOC_INVALID', 't', 'an ad-hoc sub-process is not begun by an event'],
    ],
    [
      'with two completion conditions',
      adHoc(
        `${FREE}<bpmn:completionCondition>a</bpmn:completionCondition>§<bpmn:completionCondition>b</bpmn:completionCondition>`,
      ),
      ['AD_HOC_INVALID', 't', 'the ad-hoc sub-process has two completion conditions'],
    ],
    [
      'whose completion condition is in another language',
      adHoc(`${FREE}§<bpmn:completionCondition language="groovy">a</bpmn:completionCondition>`),
      ['LANGUAGE_NOT_SUPPORTED', 't', 'the completion condition is written in "groovy"; conditions are FEEL'],
    ],
    [
      'whose list is no expression',
      adHoc(FREE, { extensions: '§<zeebe:adHoc activeElementsCollection="=["/>' }),
      ['EXPRESSION_INVALID', 't', 'the list of elements is not valid: it is not FEEL: it ends too early'],
    ],
    [
      'that collects nothing that is named',
      adHoc(FREE, { extensions: '§<zeebe:adHoc outputCollection="results" activeElementsCollection="=todo"/>' }),
      ['AD_HOC_INVALID', 't', 'the ad-hoc sub-process has an output collection alone'],
    ],
    [
      'that collects into what is no variable',
      adHoc(FREE, { extensions: '§<zeebe:adHoc outputCollection="a list" outputElement="=result"/>' }),
      ['AD_HOC_INVALID', 't', 'the output collection "a list" is no variable name'],
    ],
    [
      'that collects from a path that ends with an event and a gateway',
      adHoc(
        `${FREE}§<bpmn:intermediateThrowEvent id="thrown"/>§<bpmn:exclusiveGateway id="g"/>${flow('x', 'free', 'g')}`,
        { extensions: '<zeebe:adHoc outputCollection="results" outputElement="=result"/>' },
      ),
      ['AD_HOC_INVALID', 'thrown', 'a path whose output is collected ends with a throw event'],
      ['AD_HOC_INVALID', 'g', 'a path whose output is collected ends with an exclusive gateway'],
    ],
    [
      'whose worker would never be asked',
      `§${adHoc(FREE, { extensions: `${LIST}<zeebe:taskDefinition type="chooser"/>` })}`,
      [
        'JOB_INVALID',
        't',
        'the list says what begins, and no condition asks for more, so the job of a worker would never be made',
      ],
    ],
    [
      'with a list on a sub-process that is none',
      `<bpmn:subProcess id="t"><bpmn:extensionElements>§${LIST}</bpmn:extensionElements><bpmn:startEvent id="s"/></bpmn:subProcess>`,
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:adHoc is not supported on a sub-process'],
    ],
    [
      'and a completion condition outside of one',
      '<bpmn:task id="t">§<bpmn:completionCondition>a</bpmn:completionCondition></bpmn:task>',
      ['ELEMENT_UNKNOWN', 't', 'a task can not hold a bpmn:completionCondition'],
    ],
  ];
  for (const [name, marked, ...expected] of rows) {
    test(`${name} is refused`, () => expectProblems(around(marked), expected));
  }

  test('runs in parallel and cancels what remains, unless it says otherwise', () => {
    expect(elementOf(adHoc(FREE))).toMatchObject({ sequential: false, cancelsRemaining: true });
    const attributes = ' ordering="Sequential" cancelRemainingInstances="false"';
    expect(elementOf(adHoc(FREE, { attributes }))).toMatchObject({ sequential: true, cancelsRemaining: false });
  });

  test('may begin with each activity and event to which no flow leads, and with no handler', () => {
    const event = '<bpmn:intermediateThrowEvent id="thrown"/>';
    const handled =
      '<bpmn:boundaryEvent id="border" attachedToRef="free"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>';
    const handler =
      '<bpmn:task id="undo" isForCompensation="true"/><bpmn:association id="as" sourceRef="border" targetRef="undo"/>';
    const model = adHoc(`${FREE}<bpmn:task id="next"/>${flow('x', 'free', 'next')}${event}${handled}${handler}`);
    const { elements } = graphOf(around(model));
    expect(elementOf(model).first.map((index) => elements[index]?.id)).toEqual(['free', 'thrown']);
  });

  test('asks a worker where it has no list, or a condition that may ask for more', () => {
    expect(elementOf(adHoc(FREE)).job).toMatchObject({ topic: 't' });
    expect(elementOf(adHoc(FREE, { extensions: LIST })).job).toBeUndefined();
    const condition = '<bpmn:completionCondition>=enough</bpmn:completionCondition>';
    const extensions = `${LIST}<zeebe:taskDefinition type="chooser"/>`;
    expect(elementOf(adHoc(FREE + condition, { extensions })).job).toMatchObject({ topic: 'chooser' });
  });

  test('may have its completion condition in JUEL', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: JUEL is written so.
    const condition = '<bpmn:completionCondition>${count ge 2}</bpmn:completionCondition>';
    expect(elementOf(adHoc(FREE + condition)).completionCondition?.text).toBe('((count >= 2) = true)');
  });
});
