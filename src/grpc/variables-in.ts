/** Variables of requests: lists and JSON objects merged, names checked, values kept byte for byte. */
import type { VariableChange } from '../core/command.js';
import type { VariableData } from '../core/state.js';
import type { ElementVariable, Variable } from '../gen/baton/v1/common.js';
import type { Fault } from './faults.js';
import { jsonMembers, jsonProblem } from './json-members.js';
import { VARIABLE_BYTES, VARIABLE_NAME_CHARACTERS, VARIABLES_PER_OBJECT } from './limits.js';
import { hasAtMost } from './rules.js';

const NAME = /^[\p{L}\p{N}_-]+$/u;

type ScopedChange = VariableChange & { readonly bpmnElementId: string | null };

/** The variables of one request: a name may come once in all of its lists. */
export class VariablesIn {
  readonly #faults: Fault[];
  readonly #path: string;
  readonly #seen = new Map<string, string>();

  /** Faults are added to the list; their fields begin with the path. */
  constructor(faults: Fault[], path = '') {
    this.#faults = faults;
    this.#path = path;
  }

  list(variables: readonly Variable[], field: string): VariableChange[] {
    return variables.map((variable, index) => {
      const { name, data } = variable;
      this.#once(name, '', field, index);
      return { name, data: data === undefined ? null : this.#checked(data, field, index) };
    });
  }

  elementList(variables: readonly ElementVariable[], field: string): ScopedChange[] {
    return variables.map((variable, index) => {
      const { name, data, bpmnElementId } = variable;
      this.#once(name, bpmnElementId, field, index);
      const checked = data === undefined ? null : this.#checked(data, field, index);
      return { name, data: checked, bpmnElementId: bpmnElementId === '' ? null : bpmnElementId };
    });
  }

  /** Each member of the object is a variable with encoding `json`; the empty text has none. */
  json(text: string, field: string): VariableChange[] {
    if (text === '') return [];
    const members = jsonMembers(text);
    if (typeof members === 'string') {
      this.#invalid(field, `is no JSON object: ${members}`);
      return [];
    }
    if (members.length > VARIABLES_PER_OBJECT) {
      this.#invalid(field, `has ${members.length} members; the limit is ${VARIABLES_PER_OBJECT}`);
    }
    return members.map(({ name, value }) => {
      if (!NAME.test(name) || name.length > VARIABLE_NAME_CHARACTERS) {
        const shown = JSON.stringify(name.slice(0, VARIABLE_NAME_CHARACTERS));
        this.#invalid(field, `has a member ${shown}, which can not be the name of a variable`);
      }
      if (!hasAtMost(VARIABLE_BYTES, value)) {
        this.#invalid(field, `has a member "${name}" of more than ${VARIABLE_BYTES} bytes, which is the limit`);
      }
      this.#once(name, '', field, name);
      return { name, data: { encoding: 'json', value, encrypted: false } };
    });
  }

  #checked(data: VariableData, field: string, index: number): VariableData {
    const problem = data.encoding === 'json' ? jsonProblem(data.value) : null;
    if (problem !== null) this.#invalid(`${field}[${index}].data.value`, `is no JSON: ${problem}`);
    return data;
  }

  /** The same name twice is a fault, unless both belong to named scopes that differ. */
  #once(name: string, scope: string, field: string, place: number | string): void {
    const key = scope === '' ? name : `${name}\n${scope}`;
    const first = this.#seen.get(key);
    if (first === undefined) {
      this.#seen.set(key, field);
      return;
    }
    const at = typeof place === 'number' ? `${this.#path}${field}[${place}].name` : `${this.#path}${field}`;
    this.#faults.push({ reason: 'VARIABLE_DUPLICATE', field: at, message: `names "${name}" again, after ${first}` });
  }

  #invalid(field: string, message: string): void {
    this.#faults.push({ reason: 'VARIABLES_INVALID', field: `${this.#path}${field}`, message });
  }
}
