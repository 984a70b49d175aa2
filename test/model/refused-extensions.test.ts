// I9 for what tools write beside BPMN, and for expressions, jobs, mappings and scripts: the exact problems of each.
import { describe, expect, test } from 'vitest';
import { MAX_EXPRESSIONS, MAX_TOPIC_CHARACTERS } from '../../src/model/limits.js';
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

type Row = readonly [name: string, task: string, ...expected: Expected[]];

function table(rows: readonly Row[]): void {
  for (const [name, task, ...expected] of rows) {
    test(name, () => expectProblems(around(task), expected));
  }
}

function withExtensions(content: string, kind = 'serviceTask'): string {
  return `<bpmn:${kind} id="t"><bpmn:extensionElements>${content}</bpmn:extensionElements></bpmn:${kind}>`;
}

describe('extensions of Camunda 8', () => {
  const unsupported = (name: string): Expected => [
    'EXTENSION_NOT_SUPPORTED',
    't',
    `${name} is not supported by this version`,
  ];
  const refused = ['calledDecision', 'taskListeners', 'linkedResources'];

  test.each(refused)('zeebe:%s is refused', (name) => {
    expectProblems(around(withExtensions(`§<zeebe:${name}/>`)), [unsupported(`zeebe:${name}`)]);
  });

  table([
    [
      'an extension of a later version',
      withExtensions('§<zeebe:warpDrive/>'),
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:warpDrive is not known to this version'],
    ],
    [
      'an attribute of a later version',
      '§<bpmn:serviceTask id="t" zeebe:warp="9"/>',
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:warp is not known to this version'],
    ],
    [
      'a job on a task that is none',
      withExtensions('§<zeebe:taskDefinition type="x"/>', 'manualTask'),
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:taskDefinition is not supported on a manual task'],
    ],
    [
      'mappings on a gateway',
      withExtensions('§<zeebe:ioMapping/>', 'parallelGateway'),
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:ioMapping is not supported on a parallel gateway'],
    ],
    [
      'the same extension twice',
      withExtensions('<zeebe:taskDefinition type="x"/>\n§<zeebe:taskDefinition type="y"/>'),
      ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:taskDefinition is given twice'],
    ],
  ]);

  test('forms, templates and properties have no meaning for execution', () => {
    const skipped = '<zeebe:formDefinition formId="f"/><zeebe:properties/><zeebe:userTaskForm/>';
    expect(problemsOf(around(withExtensions(skipped)))).toEqual([]);
  });
});

describe('extensions of Camunda 7 and its relatives', () => {
  const attributes = ['class', 'delegateExpression', 'expression', 'decisionRef', 'initiator'];

  test.each(attributes)('camunda:%s is refused', (name) => {
    expectProblems(around(`§<bpmn:serviceTask id="t" camunda:${name}="true"/>`), [
      ['EXTENSION_NOT_SUPPORTED', 't', `camunda:${name} is not supported by this version`],
    ]);
  });

  test.each(['executionListener', 'connector', 'field', 'errorEventDefinition'])('camunda:%s is refused', (name) => {
    expectProblems(around(withExtensions(`§<camunda:${name}/>`)), [
      ['EXTENSION_NOT_SUPPORTED', 't', `camunda:${name} is not supported by this version`],
    ]);
  });

  table([
    [
      'the words of Flowable are known by their own name',
      '§<bpmn:serviceTask id="t" flowable:class="com.example.Pay"/>',
      ['EXTENSION_NOT_SUPPORTED', 't', 'flowable:class is not supported by this version'],
    ],
    [
      'a task that is not external',
      '§<bpmn:serviceTask id="t" camunda:type="mail"/>',
      ['JOB_INVALID', 't', 'the type "mail" is not supported by this version'],
    ],
    [
      'two topics',
      `§<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="a"><bpmn:extensionElements>
         <zeebe:taskDefinition type="b"/></bpmn:extensionElements></bpmn:serviceTask>`,
      ['JOB_INVALID', 't', 'the task has both a camunda:topic and a zeebe:taskDefinition'],
    ],
  ]);

  test('what tells of people is refused where no person works', () => {
    for (const name of ['assignee', 'candidateGroups', 'dueDate']) {
      expectProblems(around(`§<bpmn:serviceTask id="t" camunda:${name}="ada"/>`), [
        ['EXTENSION_NOT_SUPPORTED', 't', `camunda:${name} is not supported on a service task`],
      ]);
    }
    for (const name of ['userTask', 'assignmentDefinition', 'taskSchedule']) {
      expectProblems(around(withExtensions(`§<zeebe:${name}/>`)), [
        ['EXTENSION_NOT_SUPPORTED', 't', `zeebe:${name} is not supported on a service task`],
      ]);
    }
  });

  test('what is switched off, or only for forms and histories, has no meaning', () => {
    expect(
      problemsOf(around('<bpmn:serviceTask id="t" camunda:asyncBefore="false" camunda:exclusive="true"/>')),
    ).toEqual([]);
    const process = `<bpmn:process id="p" isExecutable="true" camunda:historyTimeToLive="P30D" camunda:versionTag="1">
      <bpmn:startEvent id="s" camunda:formKey="form"/></bpmn:process>`;
    expect(problemsOf(definitions(process))).toEqual([]);
  });

  test('an extension on a flow, and one on the process, is refused too', () => {
    const listener = '<bpmn:extensionElements>§<camunda:executionListener/></bpmn:extensionElements>';
    const refused = 'camunda:executionListener is not supported by this version';
    expectProblems(
      processOf(
        `${listener}${START}${END}<bpmn:sequenceFlow id="f" sourceRef="start" targetRef="end">${listener}</bpmn:sequenceFlow>`,
      ),
      [
        ['EXTENSION_NOT_SUPPORTED', 'p', refused],
        ['EXTENSION_NOT_SUPPORTED', 'f', refused],
      ],
    );
  });
});

test('extensions of any other tool are its own affair', () => {
  const xml = around(`<bpmn:serviceTask id="t" xmlns:x="http://example.com/x" x:colour="red"><bpmn:extensionElements>
    <x:anything deep="1"><x:inside/></x:anything></bpmn:extensionElements><x:stray/></bpmn:serviceTask>`);
  expect(problemsOf(xml)).toEqual([]);
});

describe('jobs', () => {
  const long = 'x'.repeat(MAX_TOPIC_CHARACTERS + 1);
  const job = (attributes: string) => withExtensions(`§<zeebe:taskDefinition ${attributes}/>`);
  table([
    ['a job without a type', job(''), ['JOB_INVALID', 't', 'the job type must have 1 to 255 characters']],
    [
      'a job type that is too long',
      job(`type="${long}"`),
      ['JOB_INVALID', 't', 'the job type must have 1 to 255 characters'],
    ],
    [
      'no try at all',
      job('type="x" retries="0"'),
      ['JOB_INVALID', 't', 'the number of retries "0" is not a whole number from 1'],
    ],
    [
      'half a try',
      job('type="x" retries="1.5"'),
      ['JOB_INVALID', 't', 'the number of retries "1.5" is not a whole number from 1'],
    ],
    [
      'broken expressions',
      `<bpmn:serviceTask id="t"><bpmn:extensionElements>§§<zeebe:taskDefinition type="=" retries="=("/>
         §<zeebe:jobPriorityDefinition priority="=)"/></bpmn:extensionElements></bpmn:serviceTask>`,
      ['EXPRESSION_INVALID', 't', 'the job type is not valid: the expression is empty'],
      ['EXPRESSION_INVALID', 't', 'the number of retries is not valid: it is not FEEL: at character 4, ") - 1"'],
      ['EXPRESSION_INVALID', 't', 'the priority is not valid: it is not FEEL: at character 1, ")"'],
    ],
    [
      'a priority that is no number',
      withExtensions('§<zeebe:jobPriorityDefinition priority="high"/>'),
      ['JOB_INVALID', 't', 'the priority "high" is not a whole number'],
    ],
    [
      'headers',
      withExtensions(`<zeebe:taskHeaders><zeebe:header key="a" value="1"/>
        §<zeebe:header value="2"/>
        §<zeebe:header key="a" value="3"/></zeebe:taskHeaders>`),
      ['JOB_INVALID', 't', 'a header has no key'],
      ['JOB_INVALID', 't', 'the header "a" is given twice'],
    ],
    [
      'a job on a gateway that decides by itself',
      `§${withExtensions('<zeebe:taskDefinition type="x"/>', 'exclusiveGateway')}`,
      ['JOB_INVALID', 't', 'the gateway decides without a worker, so its job would never be made'],
    ],
  ]);
});

describe('mappings', () => {
  const mapping = (content: string) => withExtensions(`<zeebe:ioMapping>§<zeebe:${content}/></zeebe:ioMapping>`);
  table([
    ['no source', mapping('input target="a"'), ['MAPPING_INVALID', 't', 'an input mapping has no source']],
    [
      'no target',
      mapping('output source="=a"'),
      ['MAPPING_INVALID', 't', 'an output mapping has the target "", which is no variable name'],
    ],
    [
      'a target with a blank',
      mapping('output source="=a" target="order total"'),
      ['MAPPING_INVALID', 't', 'an output mapping has the target "order total", which is no variable name'],
    ],
    [
      'a target with an empty name',
      mapping('output source="=a" target="order..total"'),
      ['MAPPING_INVALID', 't', 'an output mapping has the target "order..total", which is no variable name'],
    ],
    [
      'a target that is a number',
      mapping('input source="=a" target="1"'),
      ['MAPPING_INVALID', 't', 'an input mapping has the target "1", which is no variable name'],
    ],
    ['something else', mapping('inout source="=a" target="a"'), ['MAPPING_INVALID', 't', 'a mapping is called inout']],
    [
      'a broken source',
      mapping('output source="a +" target="a"'),
      ['EXPRESSION_INVALID', 't', 'the output mapping to "a" is not valid: it is not FEEL: it ends too early'],
    ],
    [
      'an unknown function',
      mapping('input source="=length(a)" target="a"'),
      ['EXPRESSION_INVALID', 't', 'the input mapping to "a" is not valid: there is no function length(...)'],
    ],
  ]);
});

test('a file with more expressions than the limit is refused once', () => {
  const mapping = '<zeebe:output source="=a" target="b"/>\n';
  const found = problemsOf(
    around(withExtensions(`<zeebe:ioMapping>${mapping.repeat(MAX_EXPRESSIONS + 2)}</zeebe:ioMapping>`)),
  );
  expect(found).toMatchObject([{ rule: 'TOO_MANY_EXPRESSIONS', elementId: 't', line: 9 + MAX_EXPRESSIONS }]);
});

describe('scripts', () => {
  table([
    [
      'no result variable',
      withExtensions('§<zeebe:script expression="=1"/>', 'scriptTask'),
      ['SCRIPT_INVALID', 't', 'the script has the result variable "", which is no variable name'],
    ],
    [
      'no expression',
      withExtensions('§<zeebe:script resultVariable="r"/>', 'scriptTask'),
      ['EXPRESSION_INVALID', 't', 'the script is not valid: the expression is empty'],
    ],
    [
      'a script of FEEL in BPMN without a result variable',
      '<bpmn:scriptTask id="t" scriptFormat="feel">§<bpmn:script>1</bpmn:script></bpmn:scriptTask>',
      ['SCRIPT_INVALID', 't', 'the script has the result variable "", which is no variable name'],
    ],
    [
      'a script and a job',
      `§${withExtensions('<zeebe:script expression="=1" resultVariable="r"/><zeebe:taskDefinition type="x"/>', 'scriptTask')}`,
      ['SCRIPT_INVALID', 't', 'the script task has both a zeebe:script and a zeebe:taskDefinition'],
    ],
    [
      'two scripts',
      `<bpmn:scriptTask id="t"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="r"/>
         </bpmn:extensionElements>§<bpmn:script>2</bpmn:script></bpmn:scriptTask>`,
      ['SCRIPT_INVALID', 't', 'the script task has both a zeebe:script and a bpmn:script'],
    ],
  ]);
});

describe('conditions', () => {
  const condition = (text: string, attributes = '') =>
    processOf(`${START}${flow('a', 'start', 'g')}<bpmn:exclusiveGateway id="g"/>${END}
      <bpmn:sequenceFlow id="b" sourceRef="g" targetRef="end">
      §<bpmn:conditionExpression ${attributes}>${text}</bpmn:conditionExpression></bpmn:sequenceFlow>`);
  const rows: readonly (readonly [name: string, xml: string, expected: Expected])[] = [
    ['nothing', condition('  '), ['EXPRESSION_INVALID', 'b', 'the condition is not valid: the expression is empty']],
    [
      'broken',
      condition('amount &gt;'),
      ['EXPRESSION_INVALID', 'b', 'the condition is not valid: it is not FEEL: it ends too early'],
    ],
    [
      'another language',
      condition('x', 'language="groovy"'),
      ['LANGUAGE_NOT_SUPPORTED', 'b', 'the condition is written in "groovy"; conditions are FEEL'],
    ],
  ];

  test.each(rows)('%s', (_name, xml, expected) => expectProblems(xml, [expected]));

  test('a language of the whole file counts where a condition says nothing', () => {
    const juel = condition('x').replace(
      '<bpmn:definitions',
      '<bpmn:definitions expressionLanguage="http://java.sun.com/products/el"',
    );
    expectProblems(juel, [
      [
        'LANGUAGE_NOT_SUPPORTED',
        'b',
        'the condition is written in "http://java.sun.com/products/el"; conditions are FEEL',
      ],
    ]);
  });

  test('FEEL by any of its names, and the boilerplate of tools, is fine', () => {
    for (const language of [
      'feel',
      'FEEL',
      'http://www.omg.org/spec/FEEL/20140401',
      'https://www.omg.org/spec/DMN/20191111/FEEL/',
    ]) {
      const found = problemsOf(condition('x', `language="${language}"`).replaceAll('§', ''));
      expect(found).toEqual([]);
    }
    const xpath = condition('x').replace(
      '<bpmn:definitions',
      '<bpmn:definitions expressionLanguage="http://www.w3.org/1999/XPath"',
    );
    expect(problemsOf(xpath.replaceAll('§', ''))).toEqual([]);
  });
});

describe('user tasks', () => {
  const JUEL = ['$', '{order.owner}'].join('');
  const invalid = (message: string): Expected => ['USER_TASK_INVALID', 't', message];

  table([
    [
      'an assignee in JUEL',
      withExtensions(`§<zeebe:assignmentDefinition assignee="${JUEL}"/>`, 'userTask'),
      ['EXPRESSION_INVALID', 't', `the assignee is written in JUEL: ${JUEL}`],
    ],
    [
      'an expression that is none',
      withExtensions('§<zeebe:assignmentDefinition assignee="= a +"/>', 'userTask'),
      ['EXPRESSION_INVALID', 't', expect.stringContaining('the assignee is not valid')],
    ],
    [
      'two assignees',
      withExtensions('<zeebe:assignmentDefinition assignee="ada"/>', 'userTask').replace(
        '<bpmn:userTask',
        '§<bpmn:userTask camunda:assignee="bob"',
      ),
      invalid('the assignee is given twice'),
    ],
    [
      'two forms',
      withExtensions('§<zeebe:formDefinition formKey="a" formId="b"/>', 'userTask'),
      invalid('the form is given twice'),
    ],
    [
      'a due date without zone',
      withExtensions('§<zeebe:taskSchedule dueDate="2026-12-24T18:00:00"/>', 'userTask'),
      invalid(expect.stringContaining('"2026-12-24T18:00:00" has no time zone')),
    ],
    [
      'a priority that is no number',
      withExtensions('§<zeebe:priorityDefinition priority="high"/>', 'userTask'),
      invalid('the priority "high" is not a whole number'),
    ],
    [
      'more candidates than the limit',
      withExtensions(
        `§<zeebe:assignmentDefinition candidateUsers="${Array.from({ length: 101 }, (_, i) => `u${i}`).join(',')}"/>`,
        'userTask',
      ),
      invalid(expect.stringContaining('the candidate users are more than 100')),
    ],
    [
      'people in the words of BPMN',
      '<bpmn:userTask id="t">§<bpmn:potentialOwner/></bpmn:userTask>',
      ['ELEMENT_NOT_SUPPORTED', 't', 'bpmn:potentialOwner is not supported on a user task'],
    ],
  ]);

  test('the FEEL to write instead of JUEL is told', () => {
    const written = withExtensions(`<zeebe:assignmentDefinition assignee="${JUEL}"/>`, 'userTask');
    const [problem] = problemsOf(around(written));
    expect(problem?.help).toContain('=order.owner');
  });
});
