/** Makes the parser and the help from the table of commands, runs one, and shows what went wrong. */
import { BatonClient, BatonError } from '@baton/client';
import { Command as Commander, CommanderError, Option as CommanderOption, InvalidArgumentError } from 'commander';
import {
  clientSettings,
  flagOf,
  readClientSettings,
  type Setting,
  serverSettings,
  variableOf,
  version,
} from '../config.js';
import { CliError } from './cli-error.js';
import type { Command, Ending, Option, Options } from './command.js';
import { commands } from './commands.js';
import { ClientContext, Context, type Terminal } from './context.js';
import { settingsOf } from './settings-in.js';

const TEXT_WIDTH = 100;

/** The exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const run: { ending?: number } = {};
  const asJson = args.includes('--json');
  try {
    const program = createProgram(terminal, asJson, async (ending) => {
      run.ending = (await ending) ?? 0;
    });
    await program.parseAsync(args, { from: 'user' });
    return run.ending ?? 0;
  } catch (error) {
    // Commander has written its message already.
    if (error instanceof CommanderError) return error.exitCode;
    terminal.error(describe(error, asJson));
    return 1;
  }
}

type Done = (ending: Ending) => Promise<void>;

function createProgram(terminal: Terminal, asJson: boolean, done: Done): Commander {
  const program = new Commander('baton')
    .description('A BPMN 2.0 workflow server, and commands for a running one.')
    .version(version, '--version', 'Print the version.')
    .helpOption('--help', 'Print help.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nData goes to stdout, everything else to stderr. `baton explain REASON` explains an error.',
    );
  configure(program, terminal, asJson);
  for (const command of commands) program.addCommand(createCommand(command, terminal, asJson, done));
  return program;
}

function createCommand(command: Command, terminal: Terminal, asJson: boolean, done: Done): Commander {
  const parser = new Commander(command.name).description(command.about).helpOption('--help', 'Print help.');
  configure(parser, terminal, asJson);
  for (const { name, about, many } of command.arguments) parser.argument(many ? `<${name}...>` : `<${name}>`, about);
  for (const [name, option] of Object.entries(command.options)) parser.addOption(createOption(name, option));
  const settings = settingsOfCommand(command);
  for (const [name, setting] of Object.entries(settings)) parser.addOption(settingOption(name, setting));
  if (Object.keys(settings).length > 0) {
    parser.option('--config <file>', `JSON file of settings. [${variableOf('config')}]`);
  }
  parser.option('--json', 'Print data as JSON.');
  parser.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  $ ${line}`).join('\n')}`);
  parser.action(async () => {
    const values = parser.opts<Record<string, unknown>>();
    await done(runCommand(command, parser.args, values, terminal));
  });
  return parser;
}

function configure(parser: Commander, terminal: Terminal, asJson: boolean): void {
  parser.exitOverride();
  parser.showSuggestionAfterError(true);
  parser.configureOutput({
    writeOut: (text) => terminal.out(text),
    writeErr: (text) => terminal.error(text),
    outputError: (text, write) => {
      const message = text.replace(/^error: /, '').trimEnd();
      write(asJson ? jsonError({ reason: 'USAGE', message }) : `USAGE: ${message}\n`);
    },
    getOutHelpWidth: () => TEXT_WIDTH,
    getErrHelpWidth: () => TEXT_WIDTH,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
}

function settingsOfCommand(command: Command): Readonly<Record<string, Setting>> {
  if (command.kind === 'client') return clientSettings;
  return command.serverSettings ? serverSettings : {};
}

const makers: {
  readonly [K in Option['kind']]: (flag: string, option: Extract<Option, { kind: K }>) => CommanderOption;
} = {
  switch: (flag, { about }) => new CommanderOption(flag, about),
  text: (flag, { value, about }) => new CommanderOption(`${flag} <${value}>`, about),
  list: (flag, { value, about }) => new CommanderOption(`${flag} <${value}>`, about).argParser(gather),
  number: (flag, { value, about, least, most }) =>
    new CommanderOption(`${flag} <${value}>`, about).argParser((written) => wholeNumber(written, least, most)),
  choices: (flag, { about, choices }) =>
    new CommanderOption(`${flag} <word>`, `${about} (${choices.join(', ')})`).argParser(
      (written, before?: readonly string[]) => gather(choice(written, choices), before),
    ),
};

function createOption(name: string, option: Option): CommanderOption {
  const make = makers[option.kind] as (flag: string, option: Option) => CommanderOption;
  return make(flagOf(name), option);
}

const gather = (written: string, before: readonly string[] = []) => [...before, written];

function choice(written: string, choices: readonly string[]): string {
  const word = written.toUpperCase().replaceAll('-', '_');
  if (choices.includes(word)) return word;
  throw new InvalidArgumentError(`It is one of ${choices.join(', ')}.`);
}

function wholeNumber(written: string, least: number, most: number): number {
  const value = Number(written);
  if (/^\d{1,15}$/.test(written) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
}

/** Flags are read with the other sources of settings, and checked there. */
function settingOption(name: string, setting: Setting): CommanderOption {
  const standard = setting.fallback === '' ? undefined : (setting.fallback ?? setting.shown);
  const about = `${setting.about} [${variableOf(name)}]${standard === undefined ? '' : ` (default: ${standard})`}`;
  const flag = flagOf(name, setting);
  if (setting.isSwitch) return new CommanderOption(`${flag} [value]`, about).preset('true');
  return new CommanderOption(`${flag} <value>`, about);
}

async function runCommand(
  command: Command,
  args: readonly string[],
  values: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<number | undefined> {
  const flags: Record<string, string | undefined> = { config: values.config as string | undefined };
  for (const [name, setting] of Object.entries(settingsOfCommand(command))) {
    flags[name] = values[settingOption(name, setting).attributeName()] as string | undefined;
  }
  const json = values.json === true;
  const options = optionValues(command.options, values);
  if (command.kind === 'local') return (await command.run(new Context(terminal, json, flags), args, options)) ?? 0;
  const { environment } = terminal;
  const sources = { flags, ...(environment === undefined ? {} : { environment }) };
  const { address, tenant } = settingsOf(readClientSettings(sources)).settings;
  const client = new BatonClient({ address, tenantId: tenant, maxAttempts: 2 });
  try {
    return (await command.run(new ClientContext(client, terminal, json, flags), args, options)) ?? 0;
  } catch (error) {
    if (error instanceof BatonError && error.code === 'UNAVAILABLE' && error.reason === 'UNAVAILABLE') {
      throw new CliError('UNAVAILABLE', `there is no server at ${address}; \`baton serve\` starts one`);
    }
    throw error;
  } finally {
    client.close();
  }
}

/** What a handler reads where nothing was written. */
const absent = { switch: false, text: undefined, list: [], number: undefined, choices: [] } as const;

function optionValues(options: Options, values: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(options).map(([name, { kind }]) => [name, values[name] ?? absent[kind]]);
  return Object.fromEntries(entries) as never;
}

/** `REASON: message`, and below it every fault. */
function describe(error: unknown, asJson: boolean): string {
  const { reason, message, lines, facts } = factsOf(error);
  if (asJson) return jsonError({ reason, message, ...facts });
  return [`${reason}: ${message}`, ...lines.map((line) => `- ${line}`), ''].join('\n');
}

const jsonError = (error: object) => `${JSON.stringify({ error })}\n`;

interface ErrorFacts {
  readonly reason: string;
  readonly message: string;
  readonly lines: readonly string[];
  readonly facts: object;
}

function factsOf(error: unknown): ErrorFacts {
  if (error instanceof CliError) return { ...pick(error), lines: error.lines, facts: { details: error.lines } };
  if (error instanceof BatonError) {
    const { code, reason, metadata, violations, preconditions, problems } = error;
    const [first = ''] = error.message.split('\n');
    const message = first.startsWith(`${reason}: `) ? first.slice(reason.length + 2) : first;
    const lines = [
      ...violations.map((one) => `${one.field}: ${one.message}`),
      ...preconditions.map((one) => `${one.subject}: ${one.message}`),
      ...problems.map((one) => `${one.line}:${one.column} ${one.bpmnElementId} ${one.message}; ${one.advice}`),
    ];
    // The message of the only fault says it already.
    const more = lines.length === 1 && violations.length === 1 ? [] : lines;
    return { reason, message, lines: more, facts: { code, metadata, violations, preconditions, problems } };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { reason: 'INTERNAL', message: stack, lines: [], facts: {} };
}

const pick = ({ reason, message }: CliError) => ({ reason, message });
