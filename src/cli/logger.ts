/** The server's log: one line for each event, on stderr. */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { ServerSettings } from '../config.js';
import type { Terminal } from './context.js';

export function createLogger({ logLevel, logFormat, serverId }: ServerSettings, terminal: Terminal): Logger {
  const destination = { write: (line: string) => terminal.error(line) };
  const forPeople = logFormat === 'pretty' || (logFormat === 'auto' && terminal.errorIsTerminal);
  const options = { level: logLevel, base: { server: serverId } };
  if (!forPeople) return pino(options, destination);
  const format = pretty.prettyFactory({
    ignore: 'server',
    translateTime: 'HH:MM:ss.l',
    colorize: terminal.errorIsTerminal,
  });
  return pino(options, { write: (line: string) => terminal.error(format(JSON.parse(line))) });
}
