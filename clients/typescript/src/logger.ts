// Owns what a library may say: the shape of pino's and most other loggers, and a default that uses Node's warnings.

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

function warn(fields: object, message: string): void {
  const detail = Object.entries(fields).map(([name, value]) => `${name}: ${text(value)}`);
  process.emitWarning(message, { type: 'Baton', detail: detail.join('\n') });
}

function text(value: unknown): string {
  return value instanceof Error ? (value.stack ?? String(value)) : String(value);
}

/** Warnings and errors are shown where Node shows warnings; the rest is silent. */
export const defaultLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn,
  error: warn,
};

/** The same logger, adding these fields to each line. */
export function withFields(logger: Logger, fields: object): Logger {
  return {
    debug: (more, message) => logger.debug({ ...fields, ...more }, message),
    info: (more, message) => logger.info({ ...fields, ...more }, message),
    warn: (more, message) => logger.warn({ ...fields, ...more }, message),
    error: (more, message) => logger.error({ ...fields, ...more }, message),
  };
}
