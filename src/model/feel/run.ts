/**
 * One evaluation: what it reads, and what it may cost. All that an evaluation writes lies here, so one that is aborted
 * in the middle leaves nothing behind.
 */
import type { EvaluationContext, EvaluationProblem } from '../expression.js';
import { MAX_EVALUATION_STEPS, MAX_EVALUATION_TEXT, MAX_FUNCTION_DEPTH } from '../limits.js';
import { isContext } from '../values.js';

/** Thrown inside an evaluation; never leaves it. */
export class FeelProblem {
  readonly reason: EvaluationProblem;
  readonly message: string;
  /** Whether FEEL says null here because something is not there: the functions that ask for that then see null. */
  readonly absent: boolean;
  /** Whether the message says where in the expression it happened. */
  readonly placed: boolean;

  constructor(message: string, reason: EvaluationProblem = 'EXPRESSION_FAILED', absent = false, placed = false) {
    this.message = message;
    this.reason = reason;
    this.absent = absent;
    this.placed = placed;
  }

  /** The same with the part of the expression that met it; the innermost part is the one that counts. */
  at(source: string): FeelProblem {
    return this.placed ? this : new FeelProblem(`in \`${source}\`: ${this.message}`, this.reason, this.absent, true);
  }
}

/** The value of a local name: one frame for each, found by the number of frames between. */
export interface Frame {
  readonly value: unknown;
  readonly parent: Frame | undefined;
}

/** A compiled node. */
export type Code = (run: Run, frame: Frame | undefined) => unknown;

const UNREAD = Symbol('unread');

/** Characters of a text that are read or made at the price of one step. */
const CHARACTERS_PER_STEP = 32;

export class Run {
  readonly context: EvaluationContext;
  readonly #names: readonly string[];
  readonly #values: unknown[];
  readonly #remembered = new Map<string, unknown>();
  #steps = 0;
  #depth = 0;

  constructor(context: EvaluationContext, names: readonly string[]) {
    this.context = context;
    this.#names = names;
    this.#values = names.length === 0 ? [] : new Array(names.length).fill(UNREAD);
  }

  /** The value of a variable; each is asked for once. */
  read(slot: number): unknown {
    const known = this.#values[slot];
    if (known !== UNREAD) {
      return known;
    }
    const name = this.#names[slot] ?? '';
    const variable = this.context.variable(name);
    if (variable === undefined) {
      throw new FeelProblem(`there is no variable "${name}"`, 'VARIABLE_MISSING', true, true);
    }
    if ('problem' in variable) {
      throw new FeelProblem(
        `the variable "${name}" can not be read: ${variable.problem}`,
        'EXPRESSION_FAILED',
        false,
        true,
      );
    }
    // A value is never undefined, which FEEL does not have.
    const value = variable.value ?? null;
    this.#values[slot] = value;
    return value;
  }

  /** What is costly to make and the same each time, made once in this evaluation. The key tells of what kind it is. */
  remember<T>(key: string, make: () => T): T {
    const known = this.#remembered.get(key) as T | undefined;
    if (known !== undefined) {
      return known;
    }
    const made = make();
    this.#remembered.set(key, made);
    return made;
  }

  /** Every repetition is paid for, so that the same expression and data end in the same way on any machine. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_EVALUATION_STEPS) {
      throw new FeelProblem(`it takes more than the limit of ${MAX_EVALUATION_STEPS} steps`, 'EXPRESSION_LIMIT');
    }
  }

  /** Going through a value, or copying it, costs by its size. */
  charge(value: unknown): void {
    if (typeof value === 'string') {
      this.spend(Math.floor(value.length / CHARACTERS_PER_STEP));
    } else if (Array.isArray(value)) {
      this.spend(value.length);
    } else if (isContext(value)) {
      this.spend(Object.keys(value).length);
    }
  }

  /** A text that was made. */
  text(value: string): string {
    this.charge(value);
    this.checkLength(value.length);
    return value;
  }

  /** For a text that is made piece by piece, so that it does not fill the memory first. */
  checkLength(characters: number): void {
    if (characters > MAX_EVALUATION_TEXT) {
      throw new FeelProblem(
        `it makes a text longer than the limit of ${MAX_EVALUATION_TEXT} characters`,
        'EXPRESSION_LIMIT',
      );
    }
  }

  /** Calls a function of the expression itself, which may call itself again. */
  call<T>(cost: number, body: () => T): T {
    this.spend(cost);
    this.#depth += 1;
    if (this.#depth > MAX_FUNCTION_DEPTH) {
      throw new FeelProblem(
        `functions call each other deeper than the limit of ${MAX_FUNCTION_DEPTH}`,
        'EXPRESSION_LIMIT',
      );
    }
    try {
      return body();
    } finally {
      this.#depth -= 1;
    }
  }
}
