/** The processes of the benchmark, each with what it is started with. Their tasks have the topic `work`. */
import { readFileSync } from 'node:fs';
import { tasks } from '../test/support/models.js';

export interface Model {
  /** Of the process. */
  readonly id: string;
  readonly bpmnXml: string;
  /** What it is started with. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** What each job is completed with. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** Of one instance. */
  readonly jobs: number;
  /** Jobs of one instance at the same time. */
  readonly width: number;
}

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

const TEN = Array.from({ length: 10 }, (_none, index) => index);

/** One variable of 40 bytes. */
const order = { order: { id: 12345, total: 99.5, city: 'Bern' } };

/** start -> service task -> end: the plain one. */
export const oneTask: Model = {
  id: 'one-task',
  bpmnXml: read('one-task.bpmn'),
  variables: order,
  jobs: 1,
  width: 1,
};

/** Three conditions over ten variables, of which the third holds; then a task that maps its input and output. */
export const realistic: Model = {
  id: 'realistic',
  bpmnXml: read('realistic.bpmn'),
  variables: {
    amount: 99.5,
    quantity: 3,
    discount: 0.1,
    weight: 12.5,
    risk: 0.2,
    country: 'CH',
    channel: 'web',
    vip: false,
    express: true,
    customer: { name: 'Ada', age: 36 },
  },
  result: { receipt: 'r-12345' },
  jobs: 1,
  width: 1,
};

/** Ten tasks in a row. */
export const tenTasks: Model = {
  id: 'ten-tasks',
  bpmnXml: tasks('ten-tasks', ...TEN.map(() => 'work')),
  variables: order,
  jobs: 10,
  width: 1,
};

/** A fork into ten tasks, and their join. */
export const fork: Model = {
  id: 'fork-tasks',
  bpmnXml: forkXml('fork-tasks'),
  variables: order,
  jobs: 10,
  width: 10,
};

function forkXml(id: string): string {
  const flow = (from: string, to: string) => `<sequenceFlow id="${from}-${to}" sourceRef="${from}" targetRef="${to}"/>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  id="definitions" targetNamespace="bench">
  <process id="${id}" isExecutable="true">
    <startEvent id="start"/>
    <parallelGateway id="fork"/>
    ${TEN.map((n) => `<serviceTask id="task-${n}"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>`).join('\n    ')}
    <parallelGateway id="join"/>
    <endEvent id="end"/>
    ${flow('start', 'fork')}
    ${TEN.map((n) => `${flow('fork', `task-${n}`)}${flow(`task-${n}`, 'join')}`).join('\n    ')}
    ${flow('join', 'end')}
  </process>
</definitions>`;
}
