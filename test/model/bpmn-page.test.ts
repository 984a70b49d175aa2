// docs/bpmn.md says what runs. Each of its tables is made here, from the smallest model with that element.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/model/read-model.js';

/** Columns are as wide as the formatter makes them. */
const narrow = (text: string) => text.replaceAll(/ +/g, ' ');

const page = narrow(readFileSync(fileURLToPath(new URL('../../docs/bpmn.md', import.meta.url)), 'utf8'));

const ROOTS = `
  <message id="message" name="paid"><extensionElements><z:subscription correlationKey="=key" /></extensionElements></message>
  <signal id="signal" name="recall" />
  <error id="error" name="refused" errorCode="R1" />
  <escalation id="escalation" name="late" escalationCode="L1" />`;

function runs(content: string): boolean {
  const xml = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:z="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  ${ROOTS}
  <process id="p" isExecutable="true">${content}</process></definitions>`;
  return 'graphs' in readModel(xml);
}

const START = '<startEvent id="start" />';

function flow(id: string, source: string, target: string): string {
  return `<sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}" />`;
}

/** start -> the element, whose id is x, -> end */
function inFlow(element: string): string {
  return `${START}${element}<endEvent id="end" />${flow('f1', 'start', 'x')}${flow('f2', 'x', 'end')}`;
}

const INSIDE = '<startEvent id="inner" /><task id="step" /><sequenceFlow id="i1" sourceRef="inner" targetRef="step" />';

const TIMER = '<timeDuration>PT1H</timeDuration>';

const DEFINITIONS = {
  None: '',
  Message: '<messageEventDefinition messageRef="message" />',
  Timer: `<timerEventDefinition>${TIMER}</timerEventDefinition>`,
  Signal: '<signalEventDefinition signalRef="signal" />',
  Conditional: '<conditionalEventDefinition><condition>=a &gt; 1</condition></conditionalEventDefinition>',
  Error: '<errorEventDefinition errorRef="error" />',
  Escalation: '<escalationEventDefinition escalationRef="escalation" />',
  Compensation: '<compensateEventDefinition />',
  Cancel: '<cancelEventDefinition />',
  Link: '<linkEventDefinition name="there" />',
  Terminate: '<terminateEventDefinition />',
  Multiple: '<messageEventDefinition messageRef="message" /><messageEventDefinition messageRef="message" />',
} as const;

type Kind = keyof typeof DEFINITIONS;

/** Where BPMN 2.0.2 (table 10.93) lets an event stand, by the columns of the page. */
const POSITIONS: { readonly [Name in string]: { readonly kinds: readonly Kind[]; model(kind: Kind): string } } = {
  Start: {
    kinds: ['None', 'Message', 'Timer', 'Signal', 'Conditional', 'Multiple'],
    model: (kind) =>
      `<startEvent id="start">${DEFINITIONS[kind]}</startEvent><task id="x" />${flow('f1', 'start', 'x')}`,
  },
  'Event sub-process': {
    kinds: ['Message', 'Timer', 'Signal', 'Conditional', 'Error', 'Escalation', 'Compensation', 'Multiple'],
    model: (kind) => {
      const starts = `<startEvent id="begin">${DEFINITIONS[kind]}</startEvent><task id="rescue" />`;
      const inner = `<subProcess id="events" triggeredByEvent="true">${starts}${flow('e1', 'begin', 'rescue')}</subProcess>`;
      return inFlow(`<subProcess id="x">${INSIDE}${inner}</subProcess>`);
    },
  },
  Catch: {
    kinds: ['Message', 'Timer', 'Signal', 'Conditional', 'Link', 'Multiple'],
    model: (kind) => {
      const caught = `<intermediateCatchEvent id="x">${DEFINITIONS[kind]}</intermediateCatchEvent>`;
      if (kind !== 'Link') return inFlow(caught);
      const thrown = `<intermediateThrowEvent id="throw">${DEFINITIONS.Link}</intermediateThrowEvent>`;
      return `${START}${thrown}${caught}<endEvent id="end" />${flow('f1', 'start', 'throw')}${flow('f2', 'x', 'end')}`;
    },
  },
  Boundary: {
    kinds: ['Message', 'Timer', 'Signal', 'Conditional', 'Error', 'Escalation', 'Compensation', 'Cancel', 'Multiple'],
    model: (kind) => {
      const host = kind === 'Cancel' ? `<transaction id="x">${INSIDE}</transaction>` : '<serviceTask id="x" />';
      const event = `<boundaryEvent id="border" attachedToRef="x">${DEFINITIONS[kind]}</boundaryEvent>`;
      const handler = `<task id="handler"${kind === 'Compensation' ? ' isForCompensation="true"' : ''} />`;
      const link =
        kind === 'Compensation'
          ? '<association id="a" sourceRef="border" targetRef="handler" associationDirection="One" />'
          : flow('f3', 'border', 'handler');
      return inFlow(`${host}${event}${handler}${link}`);
    },
  },
  Throw: {
    kinds: ['None', 'Message', 'Signal', 'Escalation', 'Compensation', 'Link', 'Multiple'],
    model: (kind) => {
      const thrown = `<intermediateThrowEvent id="x">${DEFINITIONS[kind]}</intermediateThrowEvent>`;
      if (kind !== 'Link') return inFlow(thrown);
      const caught = `<intermediateCatchEvent id="catch">${DEFINITIONS.Link}</intermediateCatchEvent>`;
      return `${START}${thrown}${caught}<endEvent id="end" />${flow('f1', 'start', 'x')}${flow('f2', 'catch', 'end')}`;
    },
  },
  End: {
    kinds: ['None', 'Message', 'Signal', 'Error', 'Escalation', 'Compensation', 'Cancel', 'Terminate', 'Multiple'],
    model: (kind) => {
      const end = `<endEvent id="last">${DEFINITIONS[kind]}</endEvent>`;
      if (kind !== 'Cancel') return `${START}${end}${flow('f1', 'start', 'last')}`;
      const inside = `<startEvent id="inner" />${end}${flow('i1', 'inner', 'last')}`;
      const cancelled = `<boundaryEvent id="border" attachedToRef="x">${DEFINITIONS.Cancel}</boundaryEvent>`;
      return inFlow(`<transaction id="x">${inside}</transaction>${cancelled}`);
    },
  },
};

const MULTI =
  '<multiInstanceLoopCharacteristics><extensionElements><z:loopCharacteristics inputCollection="=items" /></extensionElements></multiInstanceLoopCharacteristics>';

const GATEWAY_FLOWS = `<task id="y" />${flow('f3', 'x', 'y')}`;

/** By the name that the page gives them, with the section of BPMN 2.0.2. */
const ELEMENTS: readonly (readonly [name: string, section: string, model: string])[] = [
  ['`task`, `manualTask`', '10.3.3', inFlow('<task id="x" />')],
  ['`serviceTask`', '10.3.3.1', inFlow('<serviceTask id="x" />')],
  ['`sendTask`', '10.3.3.2', inFlow('<sendTask id="x" />')],
  ['`receiveTask`', '10.3.3.3', inFlow('<receiveTask id="x" messageRef="message" />')],
  ['`userTask`', '10.3.4.2', inFlow('<userTask id="x" />')],
  ['`businessRuleTask`', '10.3.3.5', inFlow('<businessRuleTask id="x" />')],
  ['`scriptTask`', '10.3.3.6', inFlow('<scriptTask id="x" />')],
  ['`callActivity`', '10.3.6', inFlow('<callActivity id="x" calledElement="other" />')],
  ['`subProcess`', '10.3.5', inFlow(`<subProcess id="x">${INSIDE}</subProcess>`)],
  ['`transaction`', '10.3.5.2', inFlow(`<transaction id="x">${INSIDE}</transaction>`)],
  ['`adHocSubProcess`', '10.3.5.3', inFlow('<adHocSubProcess id="x"><task id="any" /></adHocSubProcess>')],
  [
    '`standardLoopCharacteristics`',
    '10.3.8',
    inFlow(
      '<task id="x"><standardLoopCharacteristics loopMaximum="3"><loopCondition>=true</loopCondition></standardLoopCharacteristics></task>',
    ),
  ],
  ['`multiInstanceLoopCharacteristics`', '10.3.8', inFlow(`<serviceTask id="x">${MULTI}</serviceTask>`)],
  ['`exclusiveGateway`', '10.6.2', inFlow(`<exclusiveGateway id="x" />${GATEWAY_FLOWS}`)],
  ['`inclusiveGateway`', '10.6.3', inFlow(`<inclusiveGateway id="x" />${GATEWAY_FLOWS}`)],
  ['`parallelGateway`', '10.6.4', inFlow(`<parallelGateway id="x" />${GATEWAY_FLOWS}`)],
  [
    '`complexGateway`',
    '10.6.5',
    inFlow(
      `<complexGateway id="x"><activationCondition>=activationCount &gt;= 1</activationCondition></complexGateway>`,
    ),
  ],
  [
    '`eventBasedGateway`',
    '10.6.6',
    `${START}<eventBasedGateway id="x" />${flow('f1', 'start', 'x')}` +
      ['Message', 'Timer']
        .map((kind) => {
          const event = `<intermediateCatchEvent id="on${kind}">${DEFINITIONS[kind as Kind]}</intermediateCatchEvent>`;
          return `${event}<task id="after${kind}" />${flow(`g${kind}`, 'x', `on${kind}`)}${flow(`h${kind}`, `on${kind}`, `after${kind}`)}`;
        })
        .join(''),
  ],
];

const said = (yes: boolean) => (yes ? 'yes' : 'no');

describe('docs/bpmn.md', () => {
  test.each(ELEMENTS)('says whether %s runs', (name, section, model) => {
    expect(page).toContain(narrow(`| ${name} | ${section} | ${said(runs(model))} |`));
  });

  test.each(Object.keys(DEFINITIONS) as Kind[])('says where %s events run', (kind) => {
    const cells = Object.values(POSITIONS).map(({ kinds, model }) =>
      kinds.includes(kind) ? said(runs(model(kind))) : '',
    );
    expect(page).toContain(narrow(`| ${kind} | ${cells.join(' | ')} |`));
  });

  test('has a column for each place of an event', () => {
    expect(page).toContain(narrow(`| Event | ${Object.keys(POSITIONS).join(' | ')} |`));
  });
});
