// What models made for Camunda 7 say, as it runs: conditions and data in JUEL, and the time between tries.
import { expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';

const MINUTE = 60_000;

function juel(text: string): string {
  return `\${${text}}`;
}

const MODEL = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="definitions" targetNamespace="http://example.com">
  <process id="p" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="pick"/>
    <serviceTask id="pick" camunda:type="external" camunda:topic="pick" camunda:asyncBefore="true">
      <extensionElements>
        <camunda:failedJobRetryTimeCycle>R2/PT5M</camunda:failedJobRetryTimeCycle>
        <camunda:inputOutput>
          <camunda:inputParameter name="label">Order ${juel('order.id')}</camunda:inputParameter>
          <camunda:outputParameter name="picked">${juel('count')}</camunda:outputParameter>
        </camunda:inputOutput>
      </extensionElements>
    </serviceTask>
    <sequenceFlow id="b" sourceRef="pick" targetRef="enough"/>
    <exclusiveGateway id="enough" default="d"/>
    <sequenceFlow id="c" sourceRef="enough" targetRef="ship">
      <conditionExpression>${juel('picked ge order.count and not empty order.id')}</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="d" sourceRef="enough" targetRef="wait"/>
    <userTask id="ship"/>
    <userTask id="wait"/>
    <sequenceFlow id="e" sourceRef="ship" targetRef="end"/>
    <sequenceFlow id="f" sourceRef="wait" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>`;

function started(): Scenario {
  const run = new Scenario(MODEL);
  run.start({ order: { id: 7, count: 2 } });
  return run;
}

test('parameters are the data of a job, and decide with a condition in JUEL', () => {
  for (const [count, next] of [
    [2, 'ship'],
    [1, 'wait'],
  ] as const) {
    const run = started();
    expect(run.variables('pick')).toEqual({ label: 'Order 7' });
    run.complete('pick', { count });
    expect(run.variables()).toEqual({ order: { id: 7, count: 2 }, picked: count });
    expect(run.waitsAt()).toEqual([next]);
  }
});

test('a retry waits as long as the model says, when the worker says nothing', () => {
  const run = started();
  run.fail('pick', 'it broke');
  expect(run.world.all('task')).toMatchObject([{ type: 'ACTIVATE_JOB', dueAt: run.now + 5 * MINUTE }]);
  run.later(5 * MINUTE);
  run.executeTasks();
  run.fail('pick', 'it broke again');
  expect(run.incidents()).toEqual(['pick JOB JOB_RETRIES_EXHAUSTED: it broke again']);
});

test('the time that the worker says wins over that of the model', () => {
  const run = started();
  run.fail('pick', 'soon', { retryTimer: 'PT1M' });
  expect(run.world.all('task')).toMatchObject([{ dueAt: run.now + MINUTE }]);
});
