/** `baton settings`: the page docs/settings.md, made from the table of settings. */
import { clientSettings, flagOf, type Setting, serverSettings, variableOf } from '../config.js';
import { localCommand } from './command.js';

export const settings = localCommand({
  name: 'settings',
  about: 'Print all settings: what they do, what is allowed, and their defaults.',
  arguments: [],
  options: {},
  examples: ['baton settings > docs/settings.md'],
  async run(context) {
    const described = { server: describe(serverSettings), commands: describe(clientSettings) };
    context.print(described, settingsPage().trimEnd());
  },
});

interface Described {
  readonly setting: string;
  readonly flag: string;
  readonly variable: string;
  readonly allowed: string;
  readonly standard: string;
  readonly about: string;
}

function describe(table: Readonly<Record<string, Setting>>): readonly Described[] {
  return Object.entries(table).map(([name, setting]) => ({
    setting: name,
    flag: flagOf(name, setting),
    variable: variableOf(name),
    allowed: setting.allowed,
    standard: setting.fallback ?? setting.shown ?? '',
    about: setting.about,
  }));
}

export function settingsPage(): string {
  return `# Settings

A setting is looked for in this order: a flag of the command, an environment variable, the JSON file that \`--config\` or
\`${variableOf('config')}\` names, the default. The file is one object, such as \`{ "lanes": 3, "logLevel": "warn" }\`; it can
hold the settings of the server and those of the other commands. All problems are told at once, each with the place where
the value came from; a name in the file that is no setting is a problem, too.

This page is made by \`baton settings\`.

## The server: \`baton serve\`, \`baton migrate\`

${entries(serverSettings)}
## The other commands

${entries(clientSettings)}`;
}

function entries(table: Readonly<Record<string, Setting>>): string {
  return describe(table).map(entry).join('\n');
}

function entry({ setting, flag, variable, allowed, standard, about }: Described): string {
  return `### \`${setting}\`

${about}

- Flag \`${flag}\`, variable \`${variable}\`
- Allowed: ${allowed}
- Default: ${standard === '' ? 'empty' : standard}
`;
}
