// I9: what the engine can not execute, it refuses at deployment: each broken model with its exact problems. The mark
// stands before the place of each problem.
import { describe, expect, test } from 'vitest';
import { BPMN_ELEMENTS } from '../../src/model/bpmn-elements.js';
import { MAX_ID_CHARACTERS, MAX_PROBLEMS } from '../../src/model/limits.js';
import {
  around,
  definitions,
  END,
  type Expected,
  expectProblems,
  flow,
  problemsOf,
  processOf,
  START,
} from './support.js';

type Row = readonly [name: string, marked: string, ...expected: Expected[]];

const unsupported = (what: string) => `${what} are not supported by this version`;

describe('files that are no model of ours', () => {
  const rows: readonly Row[] = [
    ['other XML', '§<html/>', ['NOT_BPMN', '', 'the file starts with html, not with definitions of BPMN 2.0']],
    [
      'definitions without the namespace of BPMN',
      '§<definitions><process/></definitions>',
      ['NOT_BPMN', '', 'the file starts with definitions, not with definitions of BPMN 2.0'],
    ],
    [
      'a file without a process',
      definitions('').replace('<bpmn:definitions', '§<bpmn:definitions'),
      ['NO_EXECUTABLE_PROCESS', 'definitions', 'the file has no process'],
    ],
    [
      'a process that is not executable',
      definitions(`§<bpmn:process id="p">${START}</bpmn:process>`),
      ['NO_EXECUTABLE_PROCESS', 'p', 'no process of the file is executable'],
    ],
    [
      'an extension that has to be understood',
      definitions(`§<bpmn:extension definition="x:y" mustUnderstand="true"/>
        <bpmn:process id="p" isExecutable="true">${START}</bpmn:process>`),
      ['EXTENSION_NOT_SUPPORTED', '', 'the file demands the extension "x:y", which is not known to this version'],
    ],
    [
      'an unknown element beside the process',
      definitions(`§<bpmn:proces id="q"/><bpmn:process id="p" isExecutable="true">${START}</bpmn:process>`),
      ['ELEMENT_UNKNOWN', 'q', 'bpmn:proces is not an element of BPMN 2.0'],
    ],
  ];

  for (const [name, marked, ...expected] of rows) {
    test(name, () => expectProblems(marked, expected));
  }
});

describe('elements that this version does not run', () => {
  const rows: readonly Row[] = [
    ['transaction', '§<bpmn:transaction id="t"/>', ['START_EVENT_MISSING', 't', 'the transaction has no start event']],
    [
      'what is wrong inside a transaction',
      `<bpmn:transaction id="t"><bpmn:startEvent id="s2"/>§<bpmn:choreographyTask id="u"/>${flow('x', 's2', 'u')}</bpmn:transaction>`,
      ['ELEMENT_NOT_SUPPORTED', 'u', unsupported('choreography tasks')],
    ],
    [
      'multi-instance marker',
      '<bpmn:task id="t">§<bpmn:multiInstanceLoopCharacteristics/></bpmn:task>',
      ['LOOP_INVALID', 't', 'nothing says how many instances there are'],
    ],
    [
      'loop marker on a sub-process',
      '<bpmn:subProcess id="t"><bpmn:startEvent id="s2"/>\n§<bpmn:standardLoopCharacteristics/></bpmn:subProcess>',
      ['LOOP_INVALID', 't', 'the loop has neither a condition nor a maximum'],
    ],
    [
      'quantities of tokens',
      '§§<bpmn:task id="t" startQuantity="2" completionQuantity="3"/>',
      ['ATTRIBUTE_NOT_SUPPORTED', 't', 'startQuantity="2" is not supported by this version'],
      ['ATTRIBUTE_NOT_SUPPORTED', 't', 'completionQuantity="3" is not supported by this version'],
    ],
    [
      'data association that computes',
      `<bpmn:task id="t"><bpmn:dataInputAssociation>
         §<bpmn:transformation>x</bpmn:transformation></bpmn:dataInputAssociation></bpmn:task>`,
      ['ELEMENT_NOT_SUPPORTED', 't', unsupported('data associations with bpmn:transformation')],
    ],
    [
      'element that BPMN does not have',
      '§<bpmn:superTask id="t0"/><bpmn:task id="t"/>',
      ['ELEMENT_UNKNOWN', 't0', 'bpmn:superTask is not an element of BPMN 2.0'],
    ],
    [
      'element without a namespace',
      '<bpmn:task id="t"/>§<userTask id="u"/>',
      ['ELEMENT_UNKNOWN', 'u', 'userTask is not an element of BPMN 2.0'],
    ],
    [
      'event definition in a task',
      '<bpmn:task id="t">§<bpmn:timerEventDefinition id="d"/></bpmn:task>',
      ['ELEMENT_UNKNOWN', 'd', 'a task can not hold a bpmn:timerEventDefinition'],
    ],
    [
      'task in a task',
      '<bpmn:task id="t">§<bpmn:task id="u"/></bpmn:task>',
      ['ELEMENT_UNKNOWN', 'u', 'a task can not hold a bpmn:task'],
    ],
    [
      'script in the process itself',
      '<bpmn:task id="t"/>§<bpmn:script>1</bpmn:script>',
      ['ELEMENT_UNKNOWN', 'p', 'a process can not hold a bpmn:script'],
    ],
  ];

  for (const [name, task, ...expected] of rows) {
    test(name, () => expectProblems(around(task), expected));
  }
});

describe('ids', () => {
  const long = 'x'.repeat(MAX_ID_CHARACTERS + 1);
  const rows: readonly Row[] = [
    [
      'a task without id',
      `${START}${END}${flow('f', 'start', 'end')}§§<bpmn:task/>`,
      ['ID_MISSING', '', 'the task has no id'],
      ['ELEMENT_UNREACHABLE', '', 'no path leads from the start event to the task'],
    ],
    [
      'a flow without id',
      `${START}${END}§<bpmn:sequenceFlow sourceRef="start" targetRef="end"/>`,
      ['ID_MISSING', '', 'the sequence flow has no id'],
    ],
    [
      'an id with a blank',
      `${START}§<bpmn:endEvent id="the end"/>${flow('f', 'start', 'the end')}`,
      ['ID_INVALID', 'the end', `the id has blanks or more than ${MAX_ID_CHARACTERS} characters`],
    ],
    [
      'an id that is too long',
      `${START}§<bpmn:endEvent id="${long}"/>${flow('f', 'start', long)}`,
      ['ID_INVALID', long, `the id has blanks or more than ${MAX_ID_CHARACTERS} characters`],
    ],
    [
      'an id used twice',
      `${START}\n${END}${flow('f', 'start', 'end')}\n§§<bpmn:task id="f"/>`,
      ['ID_DUPLICATE', 'f', 'the id "f" is used twice; first in line 9'],
      ['ELEMENT_UNREACHABLE', 'f', 'no path leads from the start event to the task'],
    ],
  ];

  for (const [name, body, ...expected] of rows) {
    test(name, () => expectProblems(processOf(body), expected));
  }

  test('two processes of a file share their ids', () => {
    const process = (id: string, mark: string) =>
      `<bpmn:process id="${id}" isExecutable="true">${mark}<bpmn:startEvent id="s"/></bpmn:process>`;
    expectProblems(definitions(`${process('one', '')}${process('two', '§')}`), [
      ['ID_DUPLICATE', 's', 'the id "s" is used twice; first in line 7'],
    ]);
  });
});

test('all problems are listed at once, in the order of the file', () => {
  expectProblems(
    processOf(`${START}${flow('a', 'start', 'u')}
      §<bpmn:choreographyTask id="u"/>
      §${flow('b', 'u', 'nowhere')}
      <bpmn:serviceTask id="s"><bpmn:extensionElements>
        §<zeebe:taskDefinition type="=1 +"/></bpmn:extensionElements></bpmn:serviceTask>
      ${flow('c', 'u', 's')}
      §<bpmn:task id="island"/>`),
    [
      ['ELEMENT_NOT_SUPPORTED', 'u', unsupported('choreography tasks')],
      ['FLOW_TARGET_INVALID', 'b', 'the target "nowhere" of the flow does not exist'],
      ['EXPRESSION_INVALID', 's', 'the job type is not valid: it is not FEEL: it ends too early'],
      ['ELEMENT_UNREACHABLE', 'island', 'no path leads from the start event to the task'],
    ],
  );
});

test('a list of problems that is too long ends with their number', () => {
  const problems = problemsOf(processOf(START + '<bpmn:choreographyTask id="u"/>\n'.repeat(MAX_PROBLEMS)));
  expect(problems).toHaveLength(MAX_PROBLEMS + 1);
  expect(problems.at(-1)).toMatchObject({
    rule: 'TOO_MANY_PROBLEMS',
    message: `${MAX_PROBLEMS - 1} more problems are not listed`,
  });
});

test('every name that BPMN has for what can stand in a process is in the table', () => {
  // The elements of the standard's schema that are flow nodes; each is run, or refused by name.
  const flowNodes = `adHocSubProcess boundaryEvent businessRuleTask callActivity callChoreography choreographyTask
    complexGateway endEvent event eventBasedGateway exclusiveGateway implicitThrowEvent inclusiveGateway
    intermediateCatchEvent intermediateThrowEvent manualTask parallelGateway receiveTask scriptTask sendTask serviceTask
    startEvent subChoreography subProcess task transaction userTask`.split(/\s+/);
  expect(flowNodes.filter((name) => ['skip', 'part', undefined].includes(BPMN_ELEMENTS.get(name)?.as))).toEqual([]);
});
