// The rules of the contract that buf does not know.

import { readdirSync } from 'node:fs';
import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { type FieldRules, field as fieldOption } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { codes } from '../../src/grpc/errors.js';
import {
  commentOfMethod,
  contract,
  enums,
  errorsIn,
  files,
  headOf,
  messages,
  methods,
  nameOf,
  requestTypes,
  services,
} from './descriptors.js';

const MAX_ID = 2n ** 53n - 1n;

/** Methods that change something; all others only read. */
const reads = /^(Get|Query|Watch|StreamJobs$)/;
const changes = methods.filter((method) => !reads.test(method.name));
const queries = methods.filter((method) => method.name.startsWith('Query'));

/** What the first sketch of the product could do over HTTP, and that each has an RPC of the same name. */
const operations = [
  'CreateProcess QueryProcesses GetBpmnXml QueryElements CreateProcessInstance QueryProcessInstances',
  'SuspendProcessInstance ResumeProcessInstance QueryElementInstances GetProcessVariables SetProcessVariables',
  'GetElementVariables SetElementVariables QueryVariables LockJobs QueryJobs UnlockJobs CompleteJob SendMessage',
  'QueryMessages SendSignal QueryIncidents ResolveIncident ExecuteTasks QueryTasks UnlockTasks SetTime UpdateUserTask',
  'QueryUserTasks QueryMessageSubscriptions QuerySignalSubscriptions',
].flatMap((line) => line.split(' '));

/** Queries that have the simple form of pages too: those of the first sketch. */
const withOffset = new Set(
  'Elements ElementInstances Messages Incidents Jobs Processes ProcessInstances Tasks Variables'
    .split(' ')
    .map((noun) => `Query${noun}`),
);

/** Words that some language does not take as a name. Go capitalizes, so its words do no harm. */
const keywords = new Set(
  [
    // TypeScript and JavaScript
    'break case catch class const continue debugger default delete do else enum export extends false finally for',
    'function if import in instanceof new null return super switch this throw true try typeof var void while with',
    'implements interface let package private protected public static yield await async constructor arguments eval',
    // Python
    'False None True and as assert def del elif except from global is lambda nonlocal not or pass raise self',
    // Java
    'abstract boolean byte char double final float goto int long native short strictfp synchronized throws transient',
    'volatile descriptor_for_type serialized_size all_fields unknown_fields parser_for_type',
  ].flatMap((line) => line.split(' ')),
);

/** The same field has the same number everywhere. */
const numbers = new Map([
  ['worker_id', 30],
  ['tenant_id', 31],
  ['tenant_ids', 31],
  ['request_id', 32],
  ['page_size', 40],
  ['page_token', 41],
  ['limit', 42],
  ['offset', 43],
]);

/** Fields of messages that are in requests and answers, which only answers fill. */
const answersOnly = new Set(['ElementVariable.element_instance_id']);

/** Texts whose size only the size of a message bounds; the server cuts or counts them. */
const unbounded = new Set(['variables_json', 'value', 'error_message']);

const fieldNames = (type: DescMessage): string[] => type.fields.map((field) => field.name);
const requestFields = requestTypes.flatMap((type) => type.fields);

describe('methods', () => {
  test('every operation of the first sketch has a method of its name', () => {
    const names = new Set(methods.map((method) => method.name));
    expect(operations.filter((name) => !names.has(name))).toEqual([]);
  });

  test('method names are unique, and none says List', () => {
    const names = methods.map((method) => method.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => /List/.test(name))).toEqual([]);
  });

  test('what changes something can be repeated: it has a request id, or its items have', () => {
    // An outcome on a stream is known by session and sequence.
    const others = changes.filter((method) => method.name !== 'Work');
    const wrong = others.filter((method) => {
      const items = method.input.fields.find((field) => field.message?.field.requestId !== undefined);
      const acting = items?.message ?? method.input;
      return acting.field.requestId === undefined || acting.field.workerId === undefined;
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(fieldNames(messageOf('JobOutcome'))).toContain('sequence');
  });

  test('a query has pages; those of the first sketch have limit and offset too', () => {
    const wrong = queries.filter((method) => {
      const simple = [method.input.field.limit, method.input.field.offset].filter((field) => field !== undefined);
      const paged = method.input.field.pageSize !== undefined && method.input.field.pageToken !== undefined;
      const answer = fieldNames(method.output).join(' ') === 'results next_page_token';
      const told = reasonsIn(commentOfMethod(method)).includes('PAGE_TOKEN_INVALID');
      return !(paged && answer && told && simple.length === (withOffset.has(method.name) ? 2 : 0));
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(queries.length).toBeGreaterThan(15);
  });

  test('every method lists its errors', () => {
    const wrong = methods.filter((method) => {
      const comment = commentOfMethod(method);
      if (!/\n Errors/.test(comment)) return true;
      return errorsIn(comment).length === 0 && !/only those of every call/.test(comment);
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('errors in comments are pairs of a reason and its code', () => {
    const comments = [...methods.map(commentOfMethod), ...files.map(headOf)];
    const wrong = comments.flatMap(errorsIn).filter(({ code, reason }) => codeOf(reason) !== code);
    expect(wrong).toEqual([]);
  });

  test('every reason is named by a method, or by every call, or is one of incidents', () => {
    const named = new Set([...methods.map(commentOfMethod), ...files.map(headOf)].flatMap(reasonsIn));
    const incidents = incidentReasons();
    const modelRules = new Set(['EXPRESSION_INVALID']);
    const unnamed = Object.keys(codes).filter(
      (reason) => !(named.has(reason) || incidents.has(reason) || modelRules.has(reason)),
    );
    expect(unnamed).toEqual([]);
  });
});

describe('fields', () => {
  test('no name is a keyword of a language of a client', () => {
    const names = [...messages.flatMap((type) => type.members.map((member) => member.name))];
    const wrong = names.filter((name) => keywords.has(name));
    expect(wrong).toEqual([]);
  });

  test('the same field has the same number everywhere', () => {
    const wrong = requestTypes
      .filter((type) => type.name.endsWith('Request'))
      .flatMap((type) => type.fields)
      .filter((field) => numbers.has(field.name) && !hasItsNumber(field));
    expect(wrong.map(nameOf)).toEqual([]);
  });

  test('everything in a request is bounded', () => {
    const wrong = requestFields.flatMap((field) => missingBounds(field).map((rule) => `${nameOf(field)}: ${rule}`));
    expect(wrong).toEqual([]);
    expect(requestFields.length).toBeGreaterThan(400);
  });

  test('ids and partitions of requests have their rules', () => {
    const ids = requestFields.filter(({ name }) => /(^|_)id$/.test(name)).filter(({ scalar }) => scalar === INT64);
    expect(ids.filter((field) => !isId(field)).map(nameOf)).toEqual([]);
    const partitions = requestFields.filter(({ name }) => name === 'partition');
    expect(partitions.filter((field) => rulesOf(field)?.type.case !== 'string').map(nameOf)).toEqual([]);
  });

  test('maps of requests are of text to text, as the hash of a request has it', () => {
    const maps = requestFields.filter((field) => field.fieldKind === 'map');
    expect(maps.filter((field) => field.mapKey !== STRING || field.scalar !== STRING).map(nameOf)).toEqual([]);
    expect(maps.length).toBeGreaterThan(0);
  });

  test('there are only kinds of fields that the quick checks know', () => {
    const wrong = requestFields.filter(
      (field) => field.scalar !== undefined && ![BOOL, INT32, INT64, STRING].includes(field.scalar),
    );
    expect(wrong.map(nameOf)).toEqual([]);
  });
});

describe('names', () => {
  test('each service has the name of its file', () => {
    const stems = services.map((service) => service.file.name.replace('baton/v1/', ''));
    const wrong = services.filter((service, index) => {
      const name = snake(service.name.replace(/Service$/, ''));
      return ![name, `${name}s`, `${name}es`].includes(stems[index] ?? '');
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('states are spelled CANCELED', () => {
    const values = enums.flatMap((list) => list.values.map((value) => value.name));
    expect(values.filter((value) => /CANCELLED/.test(value))).toEqual([]);
  });

  test('the image holds every file of the contract', () => {
    const sources = readdirSync(new URL('../../proto/baton/v1', import.meta.url)).sort();
    expect(files.map((file) => `${file.name.replace('baton/v1/', '')}.proto`).sort()).toEqual(sources);
    expect(contract.registry.getFile('google/rpc/status.proto')).toBeDefined();
  });
});

const { BOOL, INT32, INT64, STRING } = ScalarType;

function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined;
}

function messageOf(name: string): DescMessage {
  const found = messages.find((type) => type.name === name);
  if (found === undefined) throw new Error(`There is no message ${name}.`);
  return found;
}

function codeOf(reason: string): string | undefined {
  const found = Object.entries(codes).find(([name]) => name === reason)?.[1];
  return found === undefined ? undefined : status[found];
}

function reasonsIn(comment: string): string[] {
  return errorsIn(comment).map(({ reason }) => reason);
}

function incidentReasons(): Set<string> {
  const values = enums.find(({ name }) => name === 'ErrorReason')?.values ?? [];
  return new Set(values.filter(({ number }) => number >= 200).map(({ name }) => name.replace('ERROR_REASON_', '')));
}

/** LockJobs and ExecuteTasks have a limit of what they take, which is no page. */
function hasItsNumber(field: DescField): boolean {
  if (field.name === 'limit' && !field.parent?.name.startsWith('Query')) return true;
  return field.parent?.name === 'WorkHello' || numbers.get(field.name) === field.number;
}

/** What a rule must bound, and does not. */
function missingBounds(field: DescField): string[] {
  const rules = rulesOf(field);
  switch (field.fieldKind) {
    case 'scalar':
      return missingOfScalar(field.scalar, field.name, rules);
    case 'enum':
      return rules?.type.case === 'enum' && rules.type.value.definedOnly ? [] : ['defined_only'];
    case 'message':
      return field.message.typeName === 'google.protobuf.Duration' ? missingOfDuration(rules) : [];
    case 'list': {
      if (rules?.type.case !== 'repeated' || rules.type.value.maxItems === 0n) return ['max_items'];
      if (field.listKind === 'message') return [];
      if (field.listKind === 'enum') return rules.type.value.items?.type.case === 'enum' ? [] : ['items.defined_only'];
      return missingOfScalar(field.scalar, field.name, rules.type.value.items);
    }
    case 'map': {
      if (rules?.type.case !== 'map' || rules.type.value.maxPairs === 0n) return ['max_pairs'];
      const { keys, values } = rules.type.value;
      return [...missingOfScalar(STRING, 'key', keys), ...missingOfScalar(STRING, 'values', values)];
    }
  }
}

function missingOfScalar(scalar: ScalarType, name: string, rules: FieldRules | undefined): string[] {
  if (scalar === STRING && !unbounded.has(name)) {
    const text = rules?.type.case === 'string' ? rules.type.value : undefined;
    const bounded =
      text !== undefined && (text.maxLen > 0n || text.maxBytes > 0n || /^\^.*[^+*]\$$/.test(text.pattern));
    return bounded ? [] : ['max_len'];
  }
  if (scalar !== INT64) return [];
  const least = rules?.type.case === 'int64' && rules.type.value.greaterThan.case === 'gte';
  const most = rules?.type.case === 'int64' && rules.type.value.lessThan.value === MAX_ID;
  return least && most ? [] : ['gte and lte 2^53-1'];
}

function missingOfDuration(rules: FieldRules | undefined): string[] {
  if (rules?.type.case !== 'duration') return ['gte and lte'];
  const { greaterThan, lessThan } = rules.type.value;
  return greaterThan.case === 'gte' && lessThan.case === 'lte' ? [] : ['gte and lte'];
}

function isId(field: DescField): boolean {
  if (answersOnly.has(nameOf(field))) return true;
  const rules = rulesOf(field);
  return rules?.type.case === 'int64' && rules.type.value.greaterThan.value === 1n;
}

function snake(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
