// The log of a server that is fuzzed: what it says at the level of errors is a bug that it has met.
import type { Log } from '../../src/engine/log.js';

const KEPT = 20;

export class ErrorLog implements Log {
  readonly #errors: string[] = [];

  readonly debug = () => undefined;
  readonly info = () => undefined;
  readonly warn = () => undefined;

  readonly error = (facts: object, message: string) => {
    if (this.#errors.length >= KEPT) return;
    const { err, ...rest } = facts as { err?: unknown };
    const stack = err instanceof Error ? err.stack : String(err);
    this.#errors.push(`${message}: ${stack}\n${JSON.stringify(rest).slice(0, 2_000)}`);
  };

  /** Throws what was said since it was last asked. */
  check(): void {
    const errors = this.#errors.splice(0);
    if (errors.length > 0) throw new Error(`the server logged errors:\n${errors.join('\n')}`);
  }
}
