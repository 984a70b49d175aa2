// Compensation and transactions in models: what undoes what is read, and what could never run is refused, with its place.
import { describe, expect, test } from 'vitest';
import { definitions, type Expected, expectProblems, flow, graphOf, START } from './support.js';

type Row = readonly [name: string, marked: string, ...expected: Expected[]];

const COMPENSATE = '<bpmn:compensateEventDefinition/>';
const CANCEL = '<bpmn:cancelEventDefinition/>';

/** start -> t -> e, and more. */
function inProcess(more: string, task = '<bpmn:task id="t"/>'): string {
  return definitions(`<bpmn:process id="p" isExecutable="true">${START}${task}
    <bpmn:endEvent id="e"/>${flow('a', 'start', 't')}${flow('b', 't', 'e')}
    ${more}</bpmn:process>`);
}

function boundary(id: string, definition = COMPENSATE, attachedTo = 't'): string {
  return `<bpmn:boundaryEvent id="${id}" attachedToRef="${attachedTo}">${definition}</bpmn:boundaryEvent>`;
}

function line(source: string, target: string): string {
  return `<bpmn:association id="${source}-${target}" sourceRef="${source}" targetRef="${target}"/>`;
}

function handler(id: string): string {
  return `<bpmn:task id="${id}" isForCompensation="true"/>`;
}

const UNDONE = `${boundary('x')}${handler('h')}${line('x', 'h')}`;

/** start -> t -> throw -> e */
function thrown(activity: string, more = UNDONE): string {
  return definitions(`<bpmn:process id="p" isExecutable="true">${START}<bpmn:task id="t"/>
    §<bpmn:intermediateThrowEvent id="u"><bpmn:compensateEventDefinition activityRef="${activity}"/></bpmn:intermediateThrowEvent>
    <bpmn:endEvent id="e"/>${flow('a', 'start', 't')}${flow('b', 't', 'u')}${flow('c', 'u', 'e')}
    ${more}</bpmn:process>`);
}

const INSIDE = '<bpmn:startEvent id="s1"/>';

describe('what undoes what', () => {
  const compensationOf = (xml: string) => {
    const { elements, compensation } = graphOf(xml);
    const name = (index: number) => elements[index]?.id;
    return [...(compensation?.by ?? [])].map(([activity, by]) => `${name(activity)} by ${name(by)}`).sort();
  };

  test('is said by the association between event and handler, whichever way it was drawn', () => {
    expect(compensationOf(inProcess(UNDONE))).toEqual(['t by x']);
    const other = `${boundary('x')}${handler('h')}${line('h', 'x')}<bpmn:textAnnotation id="note"/>${line('x', 'note')}`;
    expect(compensationOf(inProcess(other))).toEqual(['t by x']);
  });

  test('of a sub-process is what is inside it, unless it has an event of its own', () => {
    const inner = `<bpmn:subProcess id="t"><bpmn:startEvent id="s1"/><bpmn:task id="i"/>${flow('i1', 's1', 'i')}
      ${boundary('y', COMPENSATE, 'i')}${handler('j')}${line('y', 'j')}</bpmn:subProcess>`;
    expect(compensationOf(inProcess('', inner))).toEqual(['i by y', 't by t']);
    expect(compensationOf(inProcess(UNDONE, inner))).toEqual(['i by y', 't by x']);
  });

  test('is nothing in a process without it', () => {
    expect(graphOf(inProcess('')).compensation).toBeUndefined();
  });
});

describe('what could never run', () => {
  const rows: readonly Row[] = [
    [
      'a handler with flows',
      inProcess(`§<bpmn:sequenceFlow id="c" sourceRef="h" targetRef="e"/>${UNDONE}`),
      ['FLOW_NOT_ALLOWED', 'c', 'the flow leads into or out of the task "h"'],
    ],
    [
      'a handler that nothing begins',
      inProcess(`§${handler('h')}`),
      ['COMPENSATION_INVALID', 'h', 'no compensation boundary event begins the task'],
    ],
    [
      'a compensation boundary event without association',
      inProcess(`§${boundary('x')}`),
      ['COMPENSATION_INVALID', 'x', 'the compensation boundary event is associated with no activity'],
    ],
    [
      'one with two',
      inProcess(`§${boundary('x')}${handler('h')}${handler('i')}${line('x', 'h')}${line('x', 'i')}`),
      ['COMPENSATION_INVALID', 'x', 'the compensation boundary event is associated with more than one activity'],
    ],
    [
      'one whose activity is not for compensation',
      inProcess(`§${boundary('x')}${line('x', 't')}`),
      [
        'COMPENSATION_INVALID',
        'x',
        'the compensation boundary event is associated with "t", which is not for compensation',
      ],
    ],
    [
      'one with a flow',
      inProcess(`§<bpmn:sequenceFlow id="c" sourceRef="x" targetRef="e"/>${UNDONE}`),
      ['FLOW_NOT_ALLOWED', 'c', 'the flow leads into or out of the compensation boundary event "x"'],
    ],
    [
      'a second one at the same activity',
      inProcess(`${UNDONE}§${boundary('y')}${line('y', 'h')}`),
      ['EVENT_DUPLICATE', 'y', 'another event catches the compensation there too'],
    ],
    [
      'an event that is attached to a handler',
      inProcess(`${UNDONE}§${boundary('y', '<bpmn:errorEventDefinition/>', 'h')}`),
      ['COMPENSATION_INVALID', 'y', 'the event is attached to "h", which is for compensation'],
    ],
    [
      'a gateway for compensation',
      inProcess('', '§<bpmn:parallelGateway id="t" isForCompensation="true"/>'),
      ['COMPENSATION_INVALID', 't', 'a parallel gateway can not be marked for compensation'],
    ],
    [
      'a handler in another scope',
      inProcess(
        `§${boundary('x')}${line('x', 'h')}`,
        `<bpmn:subProcess id="t">${INSIDE}${handler('h')}</bpmn:subProcess>`,
      ),
      ['COMPENSATION_INVALID', 'x', 'the compensation handler "h" is not in the scope of its boundary event'],
    ],
    [
      'an activityRef to nothing',
      thrown('z'),
      ['COMPENSATION_INVALID', 'u', 'activityRef names "z", which is no activity'],
    ],
    [
      'an activityRef to what nothing compensates',
      thrown('t', ''),
      ['COMPENSATION_INVALID', 'u', 'activityRef names "t", which nothing compensates'],
    ],
    [
      'an activityRef to another scope',
      thrown(
        'i',
        `<bpmn:subProcess id="o"><bpmn:startEvent id="s1"/><bpmn:task id="i"/>${flow('i1', 's1', 'i')}
        ${boundary('y', COMPENSATE, 'i')}${handler('j')}${line('y', 'j')}</bpmn:subProcess>${flow('d', 't', 'o')}`,
      ),
      ['COMPENSATION_INVALID', 'u', 'activityRef names "i", which is not in the scope of the event'],
    ],
    [
      'a compensation event sub-process in a process',
      inProcess(`<bpmn:subProcess id="s" triggeredByEvent="true">
        §<bpmn:startEvent id="s1">${COMPENSATE}</bpmn:startEvent></bpmn:subProcess>`),
      ['COMPENSATION_INVALID', 's1', 'the compensation event sub-process is in a process, which is never compensated'],
    ],
    [
      'one in a sub-process that has a compensation boundary event',
      inProcess(
        UNDONE,
        `<bpmn:subProcess id="t">${INSIDE}<bpmn:subProcess id="s" triggeredByEvent="true">
        §<bpmn:startEvent id="s2">${COMPENSATE}</bpmn:startEvent></bpmn:subProcess></bpmn:subProcess>`,
      ),
      [
        'COMPENSATION_INVALID',
        's2',
        '"t" has a compensation boundary event, so the event sub-process in it would never begin',
      ],
    ],
    [
      'a cancel end event outside a transaction',
      inProcess(`§<bpmn:endEvent id="c">${CANCEL}</bpmn:endEvent>${flow('d', 't', 'c')}`),
      ['COMPENSATION_INVALID', 'c', 'the cancel end event stands in a process: only a transaction can be cancelled'],
    ],
    [
      'a cancel end event that nothing follows',
      inProcess(
        '',
        `<bpmn:transaction id="t">${INSIDE}§<bpmn:endEvent id="c">${CANCEL}</bpmn:endEvent>${flow('d', 's1', 'c')}</bpmn:transaction>`,
      ),
      ['COMPENSATION_INVALID', 'c', 'the transaction "t" has no cancel boundary event, so nothing would follow'],
    ],
    [
      'a cancel boundary event of a task',
      inProcess(`§${boundary('x', CANCEL)}`),
      [
        'COMPENSATION_INVALID',
        'x',
        'the cancel boundary event is attached to a task: only a transaction can be cancelled',
      ],
    ],
    [
      'a cancel boundary event of a repeated transaction',
      inProcess(
        `§${boundary('x', CANCEL)}`,
        `<bpmn:transaction id="t">${INSIDE}<bpmn:standardLoopCharacteristics loopMaximum="2"/></bpmn:transaction>`,
      ),
      [
        'COMPENSATION_INVALID',
        'x',
        'the transaction "t" is repeated, and its cancel boundary event would end all its instances',
      ],
    ],
    [
      'a transaction of another method, or begun by an event',
      inProcess('', `§§<bpmn:transaction id="t" method="##Store" triggeredByEvent="true">${INSIDE}</bpmn:transaction>`),
      ['COMPENSATION_INVALID', 't', 'transactions of the method "##Store" are not supported'],
      ['COMPENSATION_INVALID', 't', 'a transaction is not begun by an event'],
    ],
    [
      'mappings of an event that carries nothing',
      inProcess(
        `<bpmn:boundaryEvent id="x" attachedToRef="t"><bpmn:extensionElements>§<zeebe:ioMapping/></bpmn:extensionElements>
        ${COMPENSATE}</bpmn:boundaryEvent>${handler('h')}${line('x', 'h')}`,
      ),
      ['EXTENSION_NOT_SUPPORTED', 'x', 'zeebe:ioMapping is not supported on a compensation boundary event'],
    ],
  ];

  for (const [name, marked, ...expected] of rows) test(name, () => expectProblems(marked, expected));
});
