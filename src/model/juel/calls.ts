/** What FEEL has in place of the methods and functions that models for Camunda 7 call. */
import type { Juel } from './parse.js';

type Call = Juel & { readonly kind: 'call' };

const METHODS: ReadonlyMap<string, string> = new Map([
  ['equals', '$ = #'],
  ['equalsIgnoreCase', 'lower case($) = lower case(#)'],
  ['contains', 'contains($, #)'],
  ['startsWith', 'starts with($, #)'],
  ['endsWith', 'ends with($, #)'],
  ['matches', 'matches($, #)'],
  ['toUpperCase', 'upper case($)'],
  ['toLowerCase', 'lower case($)'],
  ['trim', 'trim($)'],
  ['length', 'string length($)'],
  ['size', 'count($)'],
  ['toString', 'string($)'],
  ['intValue', '$'],
  ['isEmpty', 'is empty($)'],
  ['get', 'get value($, #)'],
  ['containsKey', 'get value($, #) != null'],
  ['value', '$'],
]);

const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['now', 'now()'],
  ['dateTime', 'now()'],
]);

/** Of `execution` and `task`: variables are known by their names. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['getVariable', '#'],
  ['getVariableLocal', '#'],
  ['hasVariable', '# != null'],
]);

const UNKNOWN = 'compute it by a worker, or write what it means in FEEL, with a leading =';

/** The help for a call; `feel` translates its parts, or throws for the first of them that has no translation. */
export function translateCall(call: Call, feel: (tree: Juel) => string): string {
  const [value] = call.values;
  if (call.of === undefined) return told(FUNCTIONS.get(call.name)) ?? UNKNOWN;
  if (call.of.kind === 'name' && HOLDERS.has(call.of.name)) {
    const name = value?.kind === 'literal' ? String(value.value) : 'the name of the variable';
    const help = told(VARIABLES.get(call.name)?.replace('#', () => name));
    return help ?? 'compute it by a worker, or pass it as a variable; mappings set variables';
  }
  const receiver = feel(call.of);
  const getter = /^(?:get|is)(\p{Lu})(.*)$/u.exec(call.name);
  const template = METHODS.get(call.name);
  if (template !== undefined) {
    const given = value === undefined ? '' : feel(value);
    return told(template.replace('$', () => receiver).replaceAll('#', () => given)) ?? UNKNOWN;
  }
  if (getter !== null && value === undefined) return `write =${receiver}.${getter[1]?.toLowerCase()}${getter[2]}`;
  return UNKNOWN;
}

const HOLDERS: ReadonlySet<string> = new Set(['execution', 'task', 'caseExecution', 'externalTask']);

function told(feel: string | undefined): string | undefined {
  return feel === undefined ? undefined : `write it in FEEL: =${feel}`;
}
