/** What is wrong with a model: one entry each, all collected in one reading, in the order of the file. */
import { MAX_EXPRESSIONS, MAX_PROBLEMS } from './limits.js';

export type ProblemRule =
  | 'XML_TOO_LARGE'
  | 'XML_TOO_DEEP'
  | 'XML_CHARACTER'
  | 'XML_ENCODING'
  | 'XML_DOCTYPE'
  | 'XML_NOT_WELL_FORMED'
  | 'NOT_BPMN'
  | 'NO_EXECUTABLE_PROCESS'
  | 'ID_MISSING'
  | 'ID_INVALID'
  | 'ID_DUPLICATE'
  | 'ELEMENT_UNKNOWN'
  | 'ELEMENT_NOT_SUPPORTED'
  | 'EVENT_NOT_SUPPORTED'
  | 'EVENT_INVALID'
  | 'EVENT_DUPLICATE'
  | 'DEFINITION_INVALID'
  | 'ATTACHMENT_INVALID'
  | 'LOOP_NOT_SUPPORTED'
  | 'LOOP_INVALID'
  | 'ATTRIBUTE_NOT_SUPPORTED'
  | 'EXTENSION_NOT_SUPPORTED'
  | 'LANGUAGE_NOT_SUPPORTED'
  | 'EXPRESSION_INVALID'
  | 'TOO_MANY_EXPRESSIONS'
  | 'START_EVENT_MISSING'
  | 'START_EVENT_DUPLICATE'
  | 'START_EVENT_INVALID'
  | 'TIMER_INVALID'
  | 'START_EVENT_INCOMING'
  | 'END_EVENT_OUTGOING'
  | 'FLOW_SOURCE_INVALID'
  | 'FLOW_TARGET_INVALID'
  | 'FLOW_CROSSES_SCOPE'
  | 'FLOW_NOT_ALLOWED'
  | 'DEFAULT_FLOW_INVALID'
  | 'DEFAULT_FLOW_CONDITION'
  | 'DEFAULT_FLOW_ALONE'
  | 'CONDITION_NOT_ALLOWED'
  | 'CONDITION_MISSING'
  | 'ELEMENT_UNREACHABLE'
  | 'JOB_INVALID'
  | 'LISTENER_INVALID'
  | 'MAPPING_INVALID'
  | 'CALL_INVALID'
  | 'COMPENSATION_INVALID'
  | 'ACTIVATION_INVALID'
  | 'AD_HOC_INVALID'
  | 'SCRIPT_INVALID'
  | 'USER_TASK_INVALID'
  | 'TOO_MANY_PROBLEMS';

export interface ModelProblem {
  readonly rule: ProblemRule;
  /** What is wrong, as a sentence without the place. */
  readonly message: string;
  /** The BPMN id of the element or flow, where there is one. */
  readonly elementId: string | undefined;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** What to do about it. */
  readonly help: string;
}

/** A place in the file. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export class Problems {
  readonly #list: ModelProblem[] = [];
  #expressions = 0;

  get found(): boolean {
    return this.#list.length > 0;
  }

  add(rule: ProblemRule, place: Place, elementId: string | undefined, message: string, help: string): void {
    const id = elementId === '' ? undefined : elementId;
    this.#list.push({ rule, message, elementId: id, line: place.line, column: place.column, help });
  }

  /** How many expressions were read so far. */
  get expressions(): number {
    return this.#expressions;
  }

  /** Counts one more expression of the file; false when it has too many, which is noted once. */
  countExpression(place: Place, elementId: string): boolean {
    this.#expressions += 1;
    if (this.#expressions === MAX_EXPRESSIONS + 1) {
      const message = `the file has more than ${MAX_EXPRESSIONS} expressions`;
      this.add('TOO_MANY_EXPRESSIONS', place, elementId, message, 'split the model into several files');
    }
    return this.#expressions <= MAX_EXPRESSIONS;
  }

  /** In the order of the file; a list that is too long ends with one entry that says so. */
  sorted(): readonly ModelProblem[] {
    const sorted = [...this.#list].sort((a, b) => a.line - b.line || a.column - b.column);
    const first = sorted[MAX_PROBLEMS];
    if (first === undefined) {
      return sorted;
    }
    const more = sorted.length - MAX_PROBLEMS;
    const rest: ModelProblem = {
      rule: 'TOO_MANY_PROBLEMS',
      message: `${more} more problems are not listed`,
      elementId: undefined,
      line: first.line,
      column: first.column,
      help: 'repair the ones above first, then deploy again',
    };
    return [...sorted.slice(0, MAX_PROBLEMS), rest];
  }
}
