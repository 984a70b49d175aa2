// The rules that flows and nodes must keep together: each broken model with its exact problems.
import { describe, expect, test } from 'vitest';
import { around, END, type Expected, expectProblems, flow, graphOf, problemsOf, processOf, START } from './support.js';

type Row = readonly [name: string, marked: string, ...expected: Expected[]];

function table(rows: readonly Row[]): void {
  for (const [name, marked, ...expected] of rows) {
    test(name, () => expectProblems(marked, expected));
  }
}

const HEAD = processOf('').split('<bpmn:process')[0] ?? '';

function markedProcess(body: string): string {
  return `${HEAD}§<bpmn:process id="p" isExecutable="true">\n${body}</bpmn:process></bpmn:definitions>`;
}

describe('start events', () => {
  table([
    ['an empty process', markedProcess(''), ['START_EVENT_MISSING', 'p', 'the process has no start event']],
    [
      'a process without one: what else is there is unreachable too',
      markedProcess('§<bpmn:task id="t"/>'),
      ['START_EVENT_MISSING', 'p', 'the process has no start event'],
      ['ELEMENT_UNREACHABLE', 't', 'no path leads from the start event to the task'],
    ],
    [
      'a sub-process without one',
      around('§<bpmn:subProcess id="t"></bpmn:subProcess>'),
      ['START_EVENT_MISSING', 't', 'the sub-process has no start event'],
    ],
    [
      'two of them',
      processOf(`${START}\n§<bpmn:startEvent id="s2"/>\n§<bpmn:startEvent id="s3"/>`),
      ['START_EVENT_DUPLICATE', 's2', 'the process has more than one start event'],
      ['START_EVENT_DUPLICATE', 's3', 'the process has more than one start event'],
    ],
    [
      'a flow into one',
      processOf(`${START}<bpmn:task id="t"/>${flow('a', 'start', 't')}\n§${flow('b', 't', 'start')}`),
      ['START_EVENT_INCOMING', 'b', 'the flow leads into the start event "start"'],
    ],
  ]);
});

describe('flows', () => {
  table([
    [
      'without source and target',
      processOf(`${START}\n§§<bpmn:sequenceFlow id="f"/>`),
      ['FLOW_SOURCE_INVALID', 'f', 'the flow has no source'],
      ['FLOW_TARGET_INVALID', 'f', 'the flow has no target'],
    ],
    [
      'from and to elements that do not exist: only the flow is to blame',
      processOf(`${START}${END}\n§${flow('a', 'start', 'gone')}\n§${flow('b', 'lost', 'end')}`),
      ['FLOW_TARGET_INVALID', 'a', 'the target "gone" of the flow does not exist'],
      ['FLOW_SOURCE_INVALID', 'b', 'the source "lost" of the flow does not exist'],
    ],
    [
      'to something that is no element: a data object',
      processOf(`${START}<bpmn:dataObjectReference id="d"/>\n§${flow('a', 'start', 'd')}`),
      ['FLOW_TARGET_INVALID', 'a', 'the target "d" of the flow does not exist'],
    ],
    [
      'to the process itself',
      processOf(`${START}\n§${flow('a', 'start', 'p')}`),
      ['FLOW_TARGET_INVALID', 'a', 'the target "p" of the flow does not exist'],
    ],
    [
      'into a sub-process, past its border',
      around(`<bpmn:subProcess id="t"><bpmn:startEvent id="s2"/><bpmn:task id="inside"/>
        ${flow('x', 's2', 'inside')}</bpmn:subProcess>\n§${flow('y', 'start', 'inside')}`),
      ['FLOW_CROSSES_SCOPE', 'y', 'the flow leads from "start" to "inside", which is in another sub-process'],
    ],
    [
      'out of an end event',
      processOf(`${START}${END}<bpmn:task id="t"/>${flow('a', 'start', 'end')}\n§${flow('b', 'end', 't')}`),
      ['END_EVENT_OUTGOING', 'b', 'the flow leads out of the end event "end"'],
    ],
  ]);

  test('a flow may stand in another scope than its ends, as some tools write it', () => {
    const xml =
      processOf(`${START}<bpmn:subProcess id="s"><bpmn:startEvent id="s2"/></bpmn:subProcess><bpmn:task id="t"/>
      ${flow('a', 'start', 's')}${flow('b', 's', 't')}`);
    expect(graphOf(xml).flows).toHaveLength(2);
  });
});

/** A node `g` with two ways out; the third argument stands on the node. */
function fork(kind: string, flows: string, attributes = '', mark = ''): string {
  return processOf(`${START}${flow('a', 'start', 'g')}
    ${mark}<bpmn:${kind} id="g" ${attributes}/>
    ${flows}
    <bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/>`);
}

describe.each(['exclusiveGateway', 'task', 'subProcess'])('forks of a %s', (kind) => {
  const what = { exclusiveGateway: 'exclusive gateway', task: 'task', subProcess: 'sub-process' }[kind] ?? '';
  const inside = (xml: string) =>
    kind === 'subProcess'
      ? xml.replace(/(<bpmn:subProcess[^>]*)\/>/, '$1><bpmn:startEvent id="s2"/></bpmn:subProcess>')
      : xml;
  const rows: readonly Row[] = [
    [
      'one flow with a condition and one without',
      fork(kind, `${flow('b', 'g', 'e1', 'x')}\n§${flow('c', 'g', 'e2')}`),
      ['CONDITION_MISSING', 'c', `the flow has no condition, but another flow out of the ${what} "g" has one`],
    ],
    [
      'a default that leads out of something else',
      fork(kind, `${flow('b', 'g', 'e1')}${flow('c', 'g', 'e2')}`, 'default="a"', '§'),
      ['DEFAULT_FLOW_INVALID', 'g', `the default flow "a" does not lead out of the ${what}`],
    ],
    [
      'a default with a condition',
      fork(kind, `${flow('b', 'g', 'e1', 'x')}\n§${flow('c', 'g', 'e2', 'y')}`, 'default="c"'),
      ['DEFAULT_FLOW_CONDITION', 'c', `the default flow of the ${what} "g" has a condition`],
    ],
    [
      'a default beside a flow without a condition',
      fork(kind, `${flow('b', 'g', 'e1')}${flow('c', 'g', 'e2')}`, 'default="c"', '§'),
      ['DEFAULT_FLOW_ALONE', 'g', `the ${what} has a default flow, but no other flow with a condition`],
    ],
    [
      'a default that is the only way out',
      fork(kind, flow('b', 'g', 'e1'), 'default="b"', '§').replace('<bpmn:endEvent id="e2"/>', ''),
      ['DEFAULT_FLOW_ALONE', 'g', `the ${what} has a default flow, but no other flow with a condition`],
    ],
    [
      'a default beside flows of which only some have conditions',
      fork(kind, `${flow('b', 'g', 'e1', 'x')}${flow('c', 'g', 'e2')}\n§${flow('d', 'g', 'e2')}`, 'default="c"'),
      ['CONDITION_MISSING', 'd', `the flow has no condition, but another flow out of the ${what} "g" has one`],
    ],
  ];
  table(rows.map(([name, marked, ...expected]) => [name, inside(marked), ...expected]));

  test('conditions on all flows, and on all but the default, are fine', () => {
    expect(problemsOf(inside(fork(kind, `${flow('b', 'g', 'e1', 'x')}${flow('c', 'g', 'e2', 'y')}`)))).toEqual([]);
    expect(
      problemsOf(inside(fork(kind, `${flow('b', 'g', 'e1', 'x')}${flow('c', 'g', 'e2')}`, 'default="c"'))),
    ).toEqual([]);
  });
});

describe('conditions where they have no meaning', () => {
  table([
    [
      'behind a parallel gateway, with a default',
      fork('parallelGateway', `§${flow('b', 'g', 'e1', 'x')}\n${flow('c', 'g', 'e2')}`, 'default="c"', '§'),
      ['DEFAULT_FLOW_INVALID', 'g', 'a parallel gateway can not have a default flow'],
      ['CONDITION_NOT_ALLOWED', 'b', 'a flow out of a parallel gateway can not have a condition'],
    ],
    [
      'behind a start event',
      processOf(`${START}${END}\n§${flow('a', 'start', 'end', 'x')}`),
      ['CONDITION_NOT_ALLOWED', 'a', 'a flow out of a start event can not have a condition'],
    ],
  ]);
});

describe('elements that no path leads to', () => {
  table([
    [
      'a chain beside the process',
      processOf(`${START}
        §<bpmn:task id="one"/>
        §<bpmn:exclusiveGateway id="two"/>${flow('x', 'one', 'two')}`),
      ['ELEMENT_UNREACHABLE', 'one', 'no path leads from the start event to the task'],
      ['ELEMENT_UNREACHABLE', 'two', 'no path leads from the start event to the exclusive gateway'],
    ],
    [
      'a circle beside the process',
      processOf(`${START}
        §<bpmn:task id="one"/>
        §<bpmn:task id="two"/>${flow('x', 'one', 'two')}${flow('y', 'two', 'one')}`),
      ['ELEMENT_UNREACHABLE', 'one', 'no path leads from the start event to the task'],
      ['ELEMENT_UNREACHABLE', 'two', 'no path leads from the start event to the task'],
    ],
    [
      'an end event in a sub-process',
      around('<bpmn:subProcess id="t"><bpmn:startEvent id="s2"/>§<bpmn:endEvent id="e2"/></bpmn:subProcess>'),
      ['ELEMENT_UNREACHABLE', 'e2', 'no path leads from the start event to the end event'],
    ],
  ]);

  test('what stands behind an element that is refused is not called unreachable as well', () => {
    const xml = processOf(`${START}<bpmn:task id="t"/><bpmn:choreographyTask id="b"/><bpmn:task id="u"/>
      ${flow('a', 'start', 't')}${flow('c', 'b', 'u')}`);
    expect(problemsOf(xml).map(({ rule }) => rule)).toEqual(['ELEMENT_NOT_SUPPORTED']);
  });
});
