/**
 * What events wait for or throw, as a user writes it in a file:
 * `{"messages": {"wait": "paid"}, "timers": {"remind": "PT1H"}}`, by the ids of the events.
 */
import type { BatonClient } from '@baton/client';
import { CliError } from './cli-error.js';
import { isJsonObject, parseJson } from './json-in.js';
import { readText } from './variables-in.js';

type Given = Pick<
  Parameters<BatonClient['processes']['create']>[0],
  'errors' | 'escalations' | 'messages' | 'signals' | 'timers'
>;

type Entries = readonly (readonly [bpmnElementId: string, text: string])[];

const KINDS: { readonly [Kind in keyof Required<Given>]: (entries: Entries) => Given[Kind] } = {
  errors: (entries) => entries.map(([bpmnElementId, errorCode]) => ({ bpmnElementId, errorCode })),
  escalations: (entries) => entries.map(([bpmnElementId, escalationCode]) => ({ bpmnElementId, escalationCode })),
  messages: (entries) => entries.map(([bpmnElementId, messageName]) => ({ bpmnElementId, messageName })),
  signals: (entries) => entries.map(([bpmnElementId, signalName]) => ({ bpmnElementId, signalName })),
  timers: (entries) => entries.map(([bpmnElementId, text]) => ({ bpmnElementId, timer: { kind: timerOf(text) } })),
};

/** They are of one BPMN file: what fits none of its events is refused. */
export function readDefinitions(path: string | undefined, files: readonly string[]): Given {
  if (path === undefined) return {};
  if (files.length > 1) throw invalid('is for one BPMN file at a time');
  const given = Object.entries(recordIn(parseJson(readText(path), invalid), 'is not a JSON object'));
  return Object.fromEntries(
    given.map(([kind, events]) => {
      if (!isKind(kind)) throw invalid(`has "${kind}", which is none of ${Object.keys(KINDS).join(', ')}`);
      const entries = Object.entries(recordIn(events, `has "${kind}" that is not an object with the ids of events`));
      return [kind, KINDS[kind](entries.map(([id, text]) => [id, textIn(kind, id, text)]))];
    }),
  );
}

function isKind(name: string): name is keyof typeof KINDS {
  return Object.hasOwn(KINDS, name);
}

/** The three kinds of times are written in ways that can not be taken for each other. */
function timerOf(text: string) {
  if (text.startsWith('P')) return { $case: 'timeDuration', value: text } as const;
  const time = /^\d{4}-\d{2}-\d{2}T/.test(text) && !text.includes('/') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time)
    ? ({ $case: 'timeCycle', value: text } as const)
    : ({ $case: 'time', value: new Date(time) } as const);
}

function recordIn(value: unknown, problem: string): object {
  if (isJsonObject(value)) return value;
  throw invalid(problem);
}

function textIn(kind: string, id: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(`has no text at ${kind}.${id}`);
}

function invalid(problem: string): CliError {
  return new CliError('DEFINITIONS_INVALID', `the file of --definitions ${problem}`);
}
