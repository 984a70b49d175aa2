/** What `npm run bench` is asked for. */
import { parseArgs } from 'node:util';
import type { Part } from './part.js';
import { type Scale, scaleOf } from './scale.js';

export interface Options {
  readonly chosen: readonly Part[];
  readonly scale: Scale;
  /** In words, for the report. */
  readonly form: string;
  /** Environment variables of all servers. */
  readonly serverSettings: Readonly<Record<string, string>>;
  readonly jsonFile: string | undefined;
  readonly reportFile: string | undefined;
  readonly profileFolder: string | undefined;
}

export function readOptions(args: readonly string[], parts: readonly Part[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      long: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      json: { type: 'string' },
      report: { type: 'string' },
      profile: { type: 'string' },
      server: { type: 'string', multiple: true, default: [] },
    },
  });
  const { only, long } = values;
  const seconds = values.seconds === undefined ? undefined : secondsIn(values.seconds);
  return {
    chosen: only === undefined ? parts : choose(parts, only.split(',')),
    scale: scaleOf({ long, seconds }),
    form: [
      long ? 'the long form' : 'the full form',
      ...(only === undefined ? [] : [`only ${only}`]),
      ...(seconds === undefined ? [] : [`a try of ${seconds} s: its figures say little`]),
    ].join(', '),
    serverSettings: Object.fromEntries(values.server.map(settingIn)),
    jsonFile: values.json,
    reportFile: values.report,
    profileFolder: values.profile,
  };
}

/** By the name of a part, or by one of its keys. */
function choose(parts: readonly Part[], names: readonly string[]): readonly Part[] {
  const named = (part: Part, name: string) => part.name === name || part.keys.includes(name);
  const unknown = names.filter((name) => !parts.some((part) => named(part, name)));
  if (unknown.length > 0) {
    const known = parts.map(({ name }) => name).join(', ');
    throw new Error(`--only: there is no part ${unknown.join(', ')}; there are: ${known}`);
  }
  return parts.filter((part) => names.some((name) => named(part, name)));
}

function secondsIn(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Error(`--seconds ${text}: must be a number above 0`);
  return seconds;
}

function settingIn(text: string): readonly [string, string] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--server ${text}: must be NAME=VALUE`);
  return [name, value];
}
