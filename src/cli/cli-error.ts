/** Errors of the command line itself. */

/** What the user did wrong, or what can not be done; it is shown without a stack. */
export class CliError extends Error {
  readonly reason: string;
  readonly lines: readonly string[];

  constructor(reason: string, message: string, lines: readonly string[] = []) {
    super(message);
    this.name = 'CliError';
    this.reason = reason;
    this.lines = lines;
  }
}
