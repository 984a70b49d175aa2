/**
 * One expression must not kill a server (design section 11): decisions run under a wall-clock limit of `node:vm`, which
 * stops a loop that never yields. The limit is no answer by itself, since a paused process exceeds it too: the group is
 * discarded and its commands run alone, and only what exceeds the limit in CPU time, several times, is passed to the
 * core as a fact.
 */
import { createContext, Script } from 'node:vm';
import type { Expression } from '../model/expression.js';
import { DECIDE_MS, EXPRESSION_CPU_MS, EXPRESSION_STRIKES } from './limits.js';

const script = new Script('run()');
const sandbox: { run: () => void } = { run: () => undefined };
const context = createContext(sandbox);

/** Runs synchronous work; true when it was stopped in the middle. What it was writing must then be thrown away. */
export function exceeds(work: () => void): boolean {
  sandbox.run = work;
  try {
    script.runInContext(context, { timeout: DECIDE_MS });
    return false;
  } catch (error) {
    if (isTimeout(error)) return true;
    throw error;
  } finally {
    sandbox.run = () => undefined;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** Which expressions have been found to exceed the limit, by how often. */
export class SlowExpressions {
  private readonly strikes = new Map<Expression, number>();
  private current: Expression | undefined;
  private cpuAtStart = 0;

  /** The limit is reached only rarely, so noting each evaluation is all that it costs. */
  readonly evaluating = (expression: Expression): void => {
    this.current = expression;
  };

  begin(): void {
    this.current = undefined;
    this.cpuAtStart = cpuMs();
  }

  /** One command alone was stopped: true when that counts, and against which expression. */
  stopped(): Expression | undefined {
    if (this.current === undefined || cpuMs() - this.cpuAtStart < EXPRESSION_CPU_MS * 0.8) return undefined;
    this.strikes.set(this.current, (this.strikes.get(this.current) ?? 0) + 1);
    return this.current;
  }

  exceeding(): ReadonlySet<Expression> {
    const exceeding = new Set<Expression>();
    for (const [expression, strikes] of this.strikes) if (strikes >= EXPRESSION_STRIKES) exceeding.add(expression);
    return exceeding;
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
