// What becomes of requests before they are commands: variables merged and checked, hashes that know a repetition.
import { describe, expect, test } from 'vitest';
import { CreateProcessInstanceRequest } from '../../../src/gen/baton/v1/process_instances.js';
import type { Fault } from '../../../src/grpc/faults.js';
import { completeJob, failJob } from '../../../src/grpc/outcomes.js';
import { requestHash } from '../../../src/grpc/request-hash.js';
import { VariablesIn } from '../../../src/grpc/variables-in.js';

const json = (value: string) => ({ encoding: 'json', value, encrypted: false });
const held = { partition: '2026-11-23', id: 7, lockToken: 'token', workerId: '', requestId: '' };
const nothing = { variables: [], variablesJson: '', processVariables: [], elementVariables: [] };

describe('variables', () => {
  test('of lists and of a JSON object are one list; without data they are deleted', () => {
    const faults: Fault[] = [];
    const variables = new VariablesIn(faults);
    expect(variables.list([{ name: 'a', data: json('1.0') }, { name: 'b' }], 'variables')).toEqual([
      { name: 'a', data: json('1.0') },
      { name: 'b', data: null },
    ]);
    expect(variables.json('{"c": [1,  2]}', 'variables_json')).toEqual([{ name: 'c', data: json('[1,  2]') }]);
    expect(faults).toEqual([]);
  });

  test('with all their faults at once, each with its field', () => {
    const answer = completeJob(
      {
        ...held,
        variables: [
          { name: 'a', data: json('{') },
          { name: 'a', data: json('1') },
        ],
        variablesJson: '{"a":1,"no name":2}',
        processVariables: [{ name: 'a' }],
        elementVariables: [{ name: 'x', bpmnElementId: 'sub', elementInstanceId: 0 }],
      },
      'worker',
    );
    expect('refused' in answer && answer.faults?.map(({ field, reason }) => `${reason} ${field}`)).toEqual([
      'VARIABLES_INVALID variables[0].data.value',
      'VARIABLE_DUPLICATE variables[1].name',
      'VARIABLE_DUPLICATE variables_json',
      'VARIABLES_INVALID variables_json',
      'VARIABLE_DUPLICATE process_variables[0].name',
    ]);
  });

  test('of element scopes may share a name when their scopes differ', () => {
    const elementVariables = ['', 'sub', 'outer'].map((bpmnElementId) => ({
      name: 'x',
      bpmnElementId,
      elementInstanceId: 0,
      data: json('1'),
    }));
    const answer = completeJob({ ...held, ...nothing, elementVariables }, 'worker');
    expect(answer).toMatchObject({
      elementVariables: [{ bpmnElementId: null }, { bpmnElementId: 'sub' }, { bpmnElementId: 'outer' }],
    });
    const twice = [...elementVariables, ...elementVariables.slice(1, 2)];
    expect(completeJob({ ...held, ...nothing, elementVariables: twice }, 'worker')).toMatchObject({
      refused: 'VARIABLE_DUPLICATE',
      faults: [{ field: 'element_variables[3].name' }],
    });
  });

  test('in other encodings are not looked into', () => {
    const data = { encoding: 'text', value: '{', encrypted: true };
    const answer = completeJob({ ...held, ...nothing, variables: [{ name: 'a', data }] }, 'worker');
    expect(answer).toMatchObject({ variables: [{ name: 'a', data }] });
  });
});

describe('outcomes', () => {
  test('that decide a gateway carry the decision', () => {
    const decided = { kind: { $case: 'exclusiveGatewayDecision' as const, value: 'b' } };
    expect(completeJob({ ...held, ...nothing, completion: decided }, 'worker')).toMatchObject({
      completion: { type: 'exclusiveGatewayDecision', target: 'b' },
    });
    const several = { kind: { $case: 'inclusiveGatewayDecision' as const, value: { targets: ['b', 'c'] } } };
    expect(completeJob({ ...held, ...nothing, completion: several }, 'worker')).toMatchObject({
      completion: { type: 'inclusiveGatewayDecision', targets: ['b', 'c'] },
    });
  });

  test('that give a timer carry it in the words of models', () => {
    const date = { $case: 'time' as const, value: new Date('2026-12-24T18:00:00Z') };
    const timer = { kind: { $case: 'timer' as const, value: { kind: date } } };
    expect(completeJob({ ...held, ...nothing, completion: timer }, 'worker')).toMatchObject({
      completion: { type: 'timer', timer: { type: 'DATE', text: '2026-12-24T18:00:00.000Z' } },
    });
  });

  test('keep the error message to its limit', () => {
    const answer = failJob({ ...held, ...nothing, errorMessage: 'x'.repeat(20_000), retryTimer: '' }, 'worker');
    expect('message' in answer && answer.message).toHaveLength(10_000);
  });
});

describe('the hash of a request', () => {
  const request = (fields: object) => CreateProcessInstanceRequest.fromPartial(fields);
  const hash = (fields: object) => requestHash(CreateProcessInstanceRequest, request(fields));
  const base = { process: { $case: 'processId', value: 1 }, requestId: 'a', tags: { x: '1', y: '2' } };

  test('is the same for a repetition, whatever its request id, trace and order of tags', () => {
    const again = {
      ...base,
      requestId: 'b',
      tags: { y: '2', x: '1' },
      traceContext: { traceparent: '00-1', tracestate: '' },
    };
    expect(hash(again)).toBe(hash(base));
  });

  test.each([
    ['another process', { process: { $case: 'processId', value: 2 } }],
    ['another tag', { tags: { x: '1', y: '3' } }],
    ['another tenant', { tenantId: 'acme' }],
    ['variables', { variables: [{ name: 'a', data: json('1') }] }],
  ])('is another one with %s', (_, fields) => {
    expect(hash({ ...base, ...fields })).not.toBe(hash(base));
  });
});
