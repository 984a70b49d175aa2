// Call activities in models: what is called, and what is refused about them.
import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/model/read-model.js';
import { file, model } from '../support/scenario-model.js';

function read(xml: string) {
  const reading = readModel(xml);
  return 'problems' in reading ? reading.problems.map(({ rule, message }) => `${rule}: ${message}`) : reading.graphs;
}

const calling = (extensions: string, attributes: Readonly<Record<string, string>> = {}) =>
  model('start -> call -> end', { call: { tag: 'callActivity', attributes, extensions } });

function called(xml: string) {
  const [graph] = read(xml);
  const call = typeof graph === 'object' ? graph.elements.find(({ type }) => type === 'CALL_ACTIVITY') : undefined;
  if (call?.type !== 'CALL_ACTIVITY') throw new Error(JSON.stringify(graph));
  return call;
}

test('zeebe:calledElement passes all variables in and out, unless it says otherwise', () => {
  expect(called(calling('<zeebe:calledElement processId="child"/>')).called).toEqual({
    ...{ bpmnProcessId: 'child', binding: { type: 'LATEST' }, sameCorrelationKey: false },
    ...{ allVariablesIn: true, allVariablesOut: true },
  });
  const flags = 'propagateAllParentVariables="false" propagateAllChildVariables="false"';
  expect(called(calling(`<zeebe:calledElement processId="child" ${flags}/>`)).called).toMatchObject({
    ...{ allVariablesIn: false, allVariablesOut: false },
  });
});

test('with output mappings nothing else comes out', () => {
  const mappings = '<zeebe:ioMapping><zeebe:output source="=a" target="b"/></zeebe:ioMapping>';
  const { called: element } = called(calling(`<zeebe:calledElement processId="child"/>${mappings}`));
  expect(element).toMatchObject({ allVariablesIn: true, allVariablesOut: false });
});

test('calledElement is an id, an id with a version, or an expression', () => {
  expect(called(calling('', { calledElement: 'child' })).called).toMatchObject({
    ...{ bpmnProcessId: 'child', binding: { type: 'LATEST' }, allVariablesIn: false, allVariablesOut: false },
  });
  expect(called(calling('', { calledElement: 'child:1.2:a' })).called).toMatchObject({
    ...{ bpmnProcessId: 'child', binding: { type: 'VERSION', value: '1.2:a' } },
  });
  expect(called(calling('', { calledElement: '= "a:" + b' })).called?.bpmnProcessId).toMatchObject({
    text: '"a:" + b',
  });
});

test('a call activity without a process is decided by workers, whose topic is its id', () => {
  const call = called(calling(''));
  expect(call).toMatchObject({ called: undefined, job: { topic: 'call', retryLimit: 0 } });
});

test('the version tag of a process is read in both vocabularies', () => {
  const tagged = (xml: string) => read(xml).map((graph) => (typeof graph === 'object' ? graph.versionTag : graph));
  const extensions = '<zeebe:versionTag value="spring"/>';
  expect(tagged(file({ id: 'p', arrows: 'start -> end', extensions }))).toEqual(['spring']);
  expect(tagged(model('start -> end').replace('id="p"', 'id="p" camunda:versionTag="summer"'))).toEqual(['summer']);
  expect(tagged(model('start -> end'))).toEqual([undefined]);
});

describe('refused', () => {
  const zeebe = (attributes: string) => calling(`<zeebe:calledElement ${attributes}/>`);
  test.each([
    ['no process', zeebe(''), 'CALL_INVALID: the called process is not given'],
    [
      'an unknown binding',
      zeebe('processId="c" bindingType="newest"'),
      'CALL_INVALID: the binding type "newest" is not known',
    ],
    ['no tag to bind', zeebe('processId="c" bindingType="versionTag"'), 'CALL_INVALID: the version tag is not given'],
    [
      'a flag that is none',
      zeebe('processId="c" propagateAllChildVariables="maybe"'),
      'CALL_INVALID: propagateAllChildVariables="maybe" is neither true nor false',
    ],
    [
      'two processes',
      calling('<zeebe:calledElement processId="c"/>', { calledElement: 'd' }),
      'CALL_INVALID: the call activity has both a calledElement and a zeebe:calledElement',
    ],
    [
      'an expression of Java',
      calling('', { calledElement: '$' + '{child.name()}' }),
      /^EXPRESSION_INVALID: calledElement holds JUEL that can not be translated: it calls the method "name"/,
    ],
    [
      'two versions',
      calling('', { calledElement: 'c:2', 'camunda:calledElementBinding': 'latest' }),
      'CALL_INVALID: calledElement "c:2" names a version, and so does camunda:calledElementBinding',
    ],
    [
      'a binding that Camunda 7 does not have',
      calling('', { calledElement: 'c', 'camunda:calledElementBinding': 'newest' }),
      'CALL_INVALID: the binding "newest" is not known',
    ],
    [
      'a binding without a version',
      calling('', { calledElement: 'c', 'camunda:calledElementBinding': 'version' }),
      'CALL_INVALID: camunda:calledElementVersion is not given',
    ],
    [
      'what passes to no process',
      calling('<camunda:in variables="all"/>'),
      'CALL_INVALID: the call activity has camunda:in, but names no process',
    ],
    [
      'what is local',
      calling('<camunda:in variables="all" local="true"/>', { calledElement: 'c' }),
      'MAPPING_INVALID: camunda:in with local="true" is not supported by this version',
    ],
    [
      'a business key of its own',
      calling('<camunda:in businessKey="#{order}"/>', { calledElement: 'c' }),
      'MAPPING_INVALID: the business key "#{order}" is not supported by this version',
    ],
    [
      'a mapping without a target',
      calling('<camunda:out source="x"/>', { calledElement: 'c' }),
      'MAPPING_INVALID: camunda:out passes "x" to "", which are no variable names',
    ],
    [
      'a class that maps',
      calling('', { calledElement: 'c', 'camunda:variableMappingClass': 'com.example.Map' }),
      'EXTENSION_NOT_SUPPORTED: camunda:variableMappingClass is not supported by this version',
    ],
  ])('%s', (_name, xml, problem) => {
    const problems = read(xml);
    expect(problems).toHaveLength(1);
    if (typeof problem === 'string') expect(problems).toEqual([problem]);
    else expect(problems[0]).toMatch(problem);
  });
});
