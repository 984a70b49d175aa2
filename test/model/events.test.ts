// Events in models: what they refer to is read, and what BPMN does not have is refused. The mark stands before the place
// of each problem.
import { describe, expect, test } from 'vitest';
import { definitions, type Expected, expectProblems, flow, graphOf, START } from './support.js';

type Row = readonly [name: string, marked: string, ...expected: Expected[]];

const ROOTS = `<bpmn:error id="E1" errorCode="GONE"/><bpmn:error id="E2" errorCode="= code"/><bpmn:error id="E3"/>
  <bpmn:errorEventDefinition id="shared" errorRef="E1"/>`;

/** A process with a task `t`, an end event `e` whose content is given, and more. */
function withEvents(more: string, end = ''): string {
  return definitions(`${ROOTS}<bpmn:process id="p" isExecutable="true">${START}<bpmn:task id="t"/>
    <bpmn:endEvent id="e">${end}</bpmn:endEvent>${flow('a', 'start', 't')}${flow('b', 't', 'e')}
    ${more}</bpmn:process>`);
}

function boundary(id: string, definition: string, attributes = 'attachedToRef="t"'): string {
  return `<bpmn:boundaryEvent id="${id}" ${attributes}>${definition}</bpmn:boundaryEvent>`;
}

const ANY = '<bpmn:errorEventDefinition/>';
const GONE = '<bpmn:errorEventDefinition errorRef="E1"/>';

function conditional(condition: string): string {
  return `<bpmn:conditionalEventDefinition>${condition}</bpmn:conditionalEventDefinition>`;
}

const LATE = '<bpmn:escalationEventDefinition/>';

function linked(way: 'Catch' | 'Throw', id: string, name: string): string {
  return `<bpmn:intermediate${way}Event id="${id}"><bpmn:linkEventDefinition name="${name}"/></bpmn:intermediate${way}Event>`;
}

function eventSubProcess(start: string, more = '', attributes = ''): string {
  return `<bpmn:subProcess id="s" triggeredByEvent="true" ${attributes}>
    ${start}${more}</bpmn:subProcess>`;
}

const CAUGHT = `<bpmn:startEvent id="caught">${GONE}</bpmn:startEvent>`;

describe('events that are read', () => {
  const codeOf = (definition: string) =>
    graphOf(withEvents(boundary('x', definition))).elements.find(({ id }) => id === 'x');

  test('a boundary event knows its activity, and the activity its boundary events', () => {
    const { elements } = graphOf(withEvents(boundary('x', GONE) + boundary('y', ANY)));
    const indexOf = (name: string) => elements.findIndex(({ id }) => id === name);
    expect(elements[indexOf('x')]).toMatchObject({ type: 'ERROR_BOUNDARY_EVENT', attachedTo: indexOf('t') });
    expect(elements[indexOf('t')]).toMatchObject({ boundaryEvents: [indexOf('x'), indexOf('y')] });
  });

  test('an event sub-process knows its start event, and the scope its event sub-processes', () => {
    const { elements } = graphOf(withEvents(eventSubProcess(CAUGHT)));
    const indexOf = (name: string) => elements.findIndex(({ id }) => id === name);
    expect(elements[indexOf('s')]).toMatchObject({ type: 'EVENT_SUB_PROCESS', start: indexOf('caught') });
    expect(elements[0]).toMatchObject({ eventSubProcesses: [indexOf('s')], start: indexOf('start') });
    expect(elements[indexOf('caught')]).toMatchObject({ type: 'ERROR_START_EVENT', interrupting: true });
  });

  test('a code comes from the root element that is named; without one it catches all', () => {
    expect(codeOf(GONE)).toMatchObject({ event: { kind: 'ERROR', code: 'GONE' } });
    expect(codeOf('<bpmn:errorEventDefinition errorRef="E3"/>')).toMatchObject({
      event: { kind: 'ERROR', code: undefined },
    });
    expect(codeOf(ANY)).toMatchObject({ event: { kind: 'ERROR', code: undefined } });
  });

  test('a reference may have the prefix of the file, and a definition may stand beside the process', () => {
    expect(codeOf('<bpmn:errorEventDefinition errorRef="tns:E1"/>')).toMatchObject({ event: { code: 'GONE' } });
    expect(codeOf('<bpmn:eventDefinitionRef>tns:shared</bpmn:eventDefinitionRef>')).toMatchObject({
      type: 'ERROR_BOUNDARY_EVENT',
      event: { code: 'GONE' },
    });
  });

  test('a code that is thrown may be an expression', () => {
    const { elements } = graphOf(withEvents('', '<bpmn:errorEventDefinition errorRef="E2"/>'));
    expect(elements.find(({ id }) => id === 'e')).toMatchObject({ event: { code: { text: 'code' } } });
  });
});

describe('events that are refused', () => {
  const rows: readonly Row[] = [
    [
      'a boundary event of nothing',
      withEvents(`§${boundary('x', ANY, '')}`),
      ['ATTACHMENT_INVALID', 'x', 'the boundary event is attached to "", which does not exist'],
    ],
    [
      'a boundary event of a gateway, an event, another scope',
      withEvents(`${eventSubProcess(CAUGHT, '<bpmn:task id="inner"/>')}${flow('i', 'caught', 'inner')}
        §${boundary('x', ANY, 'attachedToRef="e"')}\n§${boundary('y', ANY, 'attachedToRef="inner"')}
        §${boundary('z', GONE, 'attachedToRef="s"')}`),
      ['ATTACHMENT_INVALID', 'x', 'the boundary event is attached to "e", which is no activity beside it'],
      ['ATTACHMENT_INVALID', 'y', 'the boundary event is attached to "inner", which is no activity beside it'],
      ['ATTACHMENT_INVALID', 'z', 'the boundary event is attached to "s", which is no activity beside it'],
    ],
    [
      'flows into a boundary event, and into and out of an event sub-process',
      withEvents(`${boundary('x', ANY)}${eventSubProcess(CAUGHT)}
        §${flow('f', 't', 'x')}\n§${flow('g', 't', 's')}\n§${flow('h', 's', 'e')}`),
      ['FLOW_NOT_ALLOWED', 'f', 'the flow leads into or out of the error boundary event "x"'],
      ['FLOW_NOT_ALLOWED', 'g', 'the flow leads into or out of the event sub-process "s"'],
      ['FLOW_NOT_ALLOWED', 'h', 'the flow leads into or out of the event sub-process "s"'],
    ],
    [
      'errors that do not interrupt',
      withEvents(`§${boundary('x', ANY, 'attachedToRef="t" cancelActivity="false"')}
        ${eventSubProcess(`§<bpmn:startEvent id="caught" isInterrupting="false">${ANY}</bpmn:startEvent>`)}`),
      ['EVENT_INVALID', 'x', 'an error boundary event always interrupts'],
      ['EVENT_INVALID', 'caught', 'an error start event always interrupts'],
    ],
    [
      'two that catch the same',
      withEvents(`${boundary('x', ANY)}${boundary('y', GONE)}
        §${boundary('x2', ANY)}\n§${boundary('y2', GONE)}`),
      ['EVENT_DUPLICATE', 'x2', 'another event catches every error there too'],
      ['EVENT_DUPLICATE', 'y2', 'another event catches the error "GONE" there too'],
    ],
    [
      'an event sub-process that begins with a none start event, with two, with nothing',
      withEvents(`${eventSubProcess('§<bpmn:startEvent id="caught"/>')}
        ${eventSubProcess(`${CAUGHT}\n§<bpmn:startEvent id="two">${ANY}</bpmn:startEvent>`).replaceAll('caught', 'c2').replace('"s"', '"s2"')}
        §${eventSubProcess('').replace('"s"', '"s3"')}`),
      ['START_EVENT_INVALID', 'caught', 'the event sub-process can not begin with a start event'],
      ['START_EVENT_DUPLICATE', 'two', 'the event sub-process has more than one start event'],
      ['START_EVENT_MISSING', 's3', 'the event sub-process has no start event'],
    ],
    [
      'a process that begins with an error',
      withEvents(`§<bpmn:startEvent id="caught">${ANY}</bpmn:startEvent>`),
      ['START_EVENT_INVALID', 'caught', 'the process can not begin with an error start event'],
    ],
    [
      'references to nothing',
      withEvents(
        `${boundary('x', '§<bpmn:errorEventDefinition errorRef="t"/>')}
         ${boundary('y', '§<bpmn:eventDefinitionRef>E1</bpmn:eventDefinitionRef>')}`,
      ),
      ['EVENT_INVALID', 'x', 'the event definition names the error "t", which does not exist'],
      ['EVENT_INVALID', 'y', 'the event definition "E1" does not exist'],
    ],
    [
      'a code that is caught by expression',
      withEvents(boundary('x', '§<bpmn:errorEventDefinition errorRef="E2"/>')),
      ['EVENT_INVALID', 'x', 'the event definition catches a code that is an expression: code'],
    ],
    [
      'events that BPMN does not have',
      withEvents(
        `§<bpmn:intermediateCatchEvent id="c">${ANY}</bpmn:intermediateCatchEvent>
         §<bpmn:intermediateCatchEvent id="d"/>
         §${boundary('x', '<bpmn:terminateEventDefinition/>')}\n§${boundary('y', '')}
         ${boundary('z', '§<bpmn:eventDefinition/>')}`,
      ),
      ['EVENT_INVALID', 'c', 'BPMN has no error intermediate catch event'],
      ['EVENT_INVALID', 'd', 'the intermediate catch event has no definition'],
      ['EVENT_INVALID', 'x', 'BPMN has no terminate boundary event'],
      ['EVENT_INVALID', 'y', 'the boundary event has no definition'],
      ['EVENT_INVALID', 'z', 'the event definition is of no kind'],
    ],
    [
      'two that catch the same',
      withEvents(`§${boundary('x', LATE)}§${boundary('y', LATE)}`.replace('§', '')),
      ['EVENT_DUPLICATE', 'y', 'another event catches every escalation there too'],
    ],
    [
      'conditions that are none',
      withEvents(`${boundary('x', '§<bpmn:conditionalEventDefinition/>')}
        ${boundary('y', conditional('§<bpmn:condition>a &gt;</bpmn:condition>'))}
        §<bpmn:startEvent id="s0">${conditional('<bpmn:condition>a</bpmn:condition>')}</bpmn:startEvent>`),
      ['EVENT_INVALID', 'x', 'the event definition has no condition'],
      ['EXPRESSION_INVALID', 'y', 'the condition is not valid: it is not FEEL: it ends too early'],
      [
        'START_EVENT_INVALID',
        's0',
        'the process can not begin with a conditional start event: without an instance no variable ever changes',
      ],
    ],
    [
      'event-based gateways with one way out, with other targets',
      withEvents(`<bpmn:eventBasedGateway id="g"/>${flow('f1', 't', 'g')}
        <bpmn:intermediateCatchEvent id="c">${conditional('<bpmn:condition>a</bpmn:condition>')}</bpmn:intermediateCatchEvent>
        §${flow('f2', 'g', 'c')}
        §${flow('f3', 'g', 'e')}\n§<bpmn:eventBasedGateway id="h"/>${flow('f4', 't', 'h')}
        §${flow('f5', 'h', 'c')}`),
      ['FLOW_TARGET_INVALID', 'f2', 'the flow leads to "c", which is no catch event of the gateway alone'],
      ['FLOW_TARGET_INVALID', 'f3', 'the flow leads to "e", which is no catch event of the gateway alone'],
      ['EVENT_INVALID', 'h', 'the event-based gateway has fewer than two ways out'],
      ['FLOW_TARGET_INVALID', 'f5', 'the flow leads to "c", which is no catch event of the gateway alone'],
    ],
    [
      'links that lead nowhere, to two places, into another scope',
      withEvents(`${linked('Catch', 'c1', 'twice')}§${linked('Catch', 'c2', 'twice')}
        §${linked('Throw', 'l1', 'none')}\n§${linked('Throw', 'l2', 'inner')}${flow('f1', 't', 'l1')}${flow('f2', 't', 'l2')}
        ${eventSubProcess(CAUGHT, linked('Catch', 'c3', 'inner'))}`),
      ['EVENT_DUPLICATE', 'c2', 'another link catch event of the scope has the same name'],
      ['EVENT_INVALID', 'l1', 'no link catch event of the scope has the name of the throw event'],
      ['EVENT_INVALID', 'l2', 'no link catch event of the scope has the name of the throw event'],
    ],
    [
      'flows into a link catch event and out of a link throw event; a link without a name',
      withEvents(`${linked('Catch', 'c', 'a')}${linked('Throw', 'l', 'a')}
        §${flow('f', 't', 'c')}${flow('g', 't', 'l')}\n§${flow('h', 'l', 'e')}
        <bpmn:intermediateCatchEvent id="n">§<bpmn:linkEventDefinition/></bpmn:intermediateCatchEvent>`),
      ['FLOW_NOT_ALLOWED', 'f', 'the flow leads into or out of the link catch event "c"'],
      ['FLOW_NOT_ALLOWED', 'h', 'the flow leads into or out of the link throw event "l"'],
      ['EVENT_INVALID', 'n', 'the event definition has no name'],
    ],
    [
      'data on the wrong side',
      withEvents(
        `§${boundary(
          'x',
          `<bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=1" target="a"/></zeebe:ioMapping>
          </bpmn:extensionElements>${GONE}`,
        )}`,
      ),
      ['MAPPING_INVALID', 'x', 'an event that catches has no inputs'],
    ],
  ];

  for (const [name, marked, ...expected] of rows) {
    test(name, () => expectProblems(marked, expected));
  }
});
