/**
 * One expression must not kill a server (design section 11): decisions run under a wall-clock limit of `node:vm`, which
 * stops a loop that never yields. The limit is no answer by itself, since a paused process exceeds it too: the group is
 * discarded and its commands run alone, and only an expression that has taken much CPU in that way is passed to the core
 * as a fact.
 */
import { createContext, Script } from 'node:vm';
import type { Expression } from '../model/expression.js';
import { DECIDE_MS, EXPRESSION_CPU_MS } from './limits.js';

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

/** The error comes from the other context, so that it is no instance of our Error. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

/** How much CPU expressions have taken in commands that were stopped. A pause of the machine takes none. */
export class SlowExpressions {
  private readonly spent = new Map<Expression, number>();
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

  /** One command alone was stopped: its time counts against the expression that was being evaluated, if one was. */
  stopped(): Expression | undefined {
    if (this.current === undefined) return undefined;
    this.spent.set(this.current, (this.spent.get(this.current) ?? 0) + cpuMs() - this.cpuAtStart);
    return this.current;
  }

  exceeding(): ReadonlySet<Expression> {
    const exceeding = new Set<Expression>();
    for (const [expression, ms] of this.spent) if (ms >= EXPRESSION_CPU_MS) exceeding.add(expression);
    return exceeding;
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
