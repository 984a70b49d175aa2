/** How answers look as JSON, and how their words look to people: enums without their prefix, keys beside ids. */
import { formatKey } from './keys.js';

/** Fields that hold a word of an enum, and the prefix that all its words have. */
const prefixes: Readonly<Record<string, RegExp>> = {
  state: /^(INSTANCE|JOB)_STATE_/,
  type: /^JOB_TYPE_/,
  bpmnElementType: /^BPMN_ELEMENT_TYPE_/,
  executionMode: /^EXECUTION_MODE_/,
  journalMode: /^JOURNAL_MODE_/,
  derivationKind: /^DERIVATION_KIND_/,
};

/** Without its prefix. */
export function word(field: keyof typeof prefixes & string, value: string): string {
  const prefix = prefixes[field];
  return prefix === undefined ? value : value.replace(prefix, '');
}

/** What a user stored is left as it is: only what the API itself names is rewritten. */
const opaque = new Set(['variables', 'rawVariables', 'headers', 'tags', 'metadata']);

/** Whatever has a partition and an id also gets the key by which commands know it. */
export function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  if ('partition' in value && 'id' in value) result.key = formatKey(value as { partition: string; id: number });
  for (const [name, member] of Object.entries(value)) {
    if (opaque.has(name)) result[name] = member;
    else result[name] = typeof member === 'string' ? word(name, member) : toJson(member);
  }
  return result;
}
