/** `baton serve` and `baton migrate`: what works on the database itself. */
import type { Logger } from 'pino';
import { readServerSettings, type ServerSettings, version } from '../config.js';
import type { RunningServer } from '../server.js';
import { CliError } from './cli-error.js';
import { localCommand } from './command.js';
import type { Context } from './context.js';
import { createLogger } from './logger.js';
import { settingsOf } from './settings-in.js';

export const serve = localCommand({
  name: 'serve',
  about: 'Run a server. It prints its address when it is ready, and stops gracefully on SIGTERM and SIGINT.',
  arguments: [],
  options: {},
  serverSettings: true,
  examples: [
    'baton serve',
    'baton serve --ephemeral --allow-set-time',
    'baton serve --database-url postgres://baton@localhost/baton --port 22866',
  ],
  async run(context) {
    const { settings, log } = prepare(context);
    if (!isLoopback(settings.listenHost)) {
      const message =
        'listening beyond loopback: there is no authentication and no TLS yet, so whoever reaches the port can do everything';
      log.warn({ host: settings.listenHost }, message);
    }
    const signals = new StopSignals(log);
    const { describeDatabase, startServer } = await theServer();
    log.info({ version }, describeDatabase(settings));
    const server = await starting(() => startServer(settings, log));
    log.info({ address: server.address }, 'ready');
    context.terminal.out(
      context.json ? `${JSON.stringify({ address: server.address })}\n` : `listening on ${server.address}\n`,
    );
    await stopOn(signals, server, log);
    return 0;
  },
});

export const migrate = localCommand({
  name: 'migrate',
  about: 'Bring the schema of a database to the version of this program, and end.',
  arguments: [],
  options: {},
  serverSettings: true,
  examples: ['baton migrate --database-url postgres://baton@localhost/baton'],
  async run(context) {
    const { settings, log } = prepare(context);
    if (settings.ephemeral)
      throw new CliError('START_FAILED', 'A database in memory has its schema: leave out --ephemeral.');
    const { describeDatabase, migrateDatabase } = await theServer();
    log.info({ version }, describeDatabase(settings));
    const versions = await starting(() => migrateDatabase(settings, log));
    const done = versions.length === 0 ? 'The schema is up to date.' : `Migrated to version ${versions.at(-1)}.`;
    context.print({ migrated: versions }, done);
  },
});

function prepare(context: Context): { readonly settings: ServerSettings; readonly log: Logger } {
  const { environment } = context.terminal;
  const sources = { flags: context.flags, ...(environment === undefined ? {} : { environment }) };
  const { settings, unknownVariables } = settingsOf(readServerSettings(sources));
  const log = createLogger(settings, context.terminal);
  for (const name of unknownVariables)
    log.warn({ name }, 'an environment variable starts with BATON_ and is no setting');
  return { settings, log };
}

/** Loaded only here: commands that talk to a server start faster without one of their own. */
const theServer = () => import('../server.js');

async function starting<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const { startProblem } = await theServer();
    const problem = startProblem(error);
    if (problem === undefined) throw error;
    throw new CliError('START_FAILED', problem);
  }
}

async function stopOn(signals: StopSignals, server: RunningServer, log: Logger): Promise<void> {
  const signal = await signals.first;
  log.info({ signal }, 'stopping: workers finish and go elsewhere; another signal ends the server at once');
  await server.drain();
  await server.stop();
  log.info({}, 'stopped');
}

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** The first asks to stop, also while the server starts; the second does not wait. */
class StopSignals {
  readonly first: Promise<NodeJS.Signals>;

  constructor(log: Logger) {
    let tell: ((signal: NodeJS.Signals) => void) | undefined;
    this.first = new Promise((resolve) => {
      tell = resolve;
    });
    for (const [signal, number] of Object.entries(SIGNAL_NUMBERS)) {
      process.on(signal, () => {
        if (tell === undefined) {
          log.warn({ signal }, 'ended at once; jobs in hand are handed out again');
          process.exit(128 + number);
        }
        tell(signal as NodeJS.Signals);
        tell = undefined;
      });
    }
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
