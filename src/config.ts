/**
 * Settings: what there is to set, in one table, and how a value is found: a flag, else an environment variable, else the
 * file, else the default. This is the only reader of the environment. Whatever is wrong is told at once, and each
 * problem names the setting, where its value came from, and what is allowed.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

/** Of this program. package.json is beside `src` and beside `dist`. */
export const version: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

/** What a user can set. Help, documentation and checks are made from this. */
export interface Setting {
  readonly about: string;
  readonly allowed: string;
  readonly schema: z.ZodType;
  /** As a user would write it. Absent: there is none, or `shown` says how it is made. */
  readonly fallback?: string;
  readonly shown?: string;
  /** Its value is never printed. */
  readonly secret?: true;
  /** Where it is not the name of the setting. */
  readonly flag?: string;
  /** The flag alone means `true`. */
  readonly isSwitch?: true;
}

type Table = Readonly<Record<string, Setting>>;
type Values<T extends Table> = { readonly [K in keyof T]: z.output<T[K]['schema']> };

const text = z.string().min(1).max(500);

const postgresUrl = text.refine((value) => {
  return /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
});

/** A socket's address without its port: a name or an IP address. */
const host = text.regex(/^[a-zA-Z0-9.:_-]+$/);

function wholeNumber(least: number, most: number) {
  const written = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number);
  return {
    schema: z.union([z.number(), written]).pipe(z.int().min(least).max(most)),
    allowed: `a whole number from ${least} to ${most}`,
  };
}

/** Parts of a text with a unit, such as `10s`, as a number of the smallest unit. */
function withUnit(units: Readonly<Record<string, number>>, least: string, most: string) {
  const shape = new RegExp(`^(\\d{1,9})(${Object.keys(units).join('|')})$`);
  const count = (value: string) => {
    const [, digits, unit] = shape.exec(value) ?? [];
    return Number(digits) * (units[unit ?? ''] ?? Number.NaN);
  };
  const names = Object.keys(units).join(', ');
  return {
    schema: z
      .string()
      .regex(shape)
      .transform(count)
      .pipe(z.int().min(count(least)).max(count(most))),
    allowed: `a number with a unit (${names}), from ${least} to ${most}`,
  };
}

const duration = (least: string, most: string) => withUnit({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }, least, most);

function oneOf<const T extends readonly [string, ...string[]]>(...words: T) {
  return { schema: z.enum(words), allowed: `one of ${words.join(', ')}` };
}

const onOrOff = {
  schema: z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]),
  allowed: 'true or false',
  fallback: 'false',
  isSwitch: true,
} as const;

export const serverSettings = {
  databaseUrl: {
    about: 'PostgreSQL database. Without it, the server keeps its data in an embedded database in `dataFolder`.',
    allowed: 'a URL that starts with postgres:// or postgresql://',
    schema: postgresUrl.optional(),
    shown: 'none: the embedded database',
    secret: true,
  },
  dataFolder: {
    about: 'Folder of the embedded database. It is made if it is not there. Only one server can use it at a time.',
    allowed: 'a path of a folder',
    schema: text,
    fallback: './baton-data',
  },
  ephemeral: {
    about:
      'For tests: an embedded database in memory, which is ready at once and gone when the server ends. Neither `databaseUrl` nor `dataFolder` is used with it.',
    ...onOrOff,
  },
  allowSetTime: {
    about: 'For tests: SetTime may move the time of the engine forward, for all servers of the database, and for good.',
    ...onOrOff,
  },
  listenHost: {
    about:
      'Address to listen on. There is no authentication and no TLS yet: beyond loopback, everybody who reaches it may do everything.',
    allowed: 'a host name or an IP address',
    schema: host,
    fallback: '127.0.0.1',
    flag: '--host',
  },
  listenPort: {
    about: 'Port to listen on; 0 takes a free one. The default spells BATON on the keys of a telephone.',
    ...wholeNumber(0, 65_535),
    fallback: '22866',
    flag: '--port',
  },
  lanes: {
    about:
      'Commit groups that run at once, each on a database connection of its own; eight connections are for all else. Two or three are best; the embedded database has one.',
    ...wholeNumber(1, 64),
    fallback: '2',
  },
  heartbeatInterval: {
    about:
      'Time between signs of life on worker streams, both ways. A stream that is silent for three of them is dead.',
    ...duration('100ms', '5m'),
    fallback: '10s',
  },
  resumeWindow: {
    about: 'For how long the jobs of a broken worker stream are kept for that worker, before others get them.',
    ...duration('0s', '10m'),
    fallback: '10s',
  },
  deadTime: {
    about:
      'For how long another server of the same database must show no sign of life before its jobs are freed. At least `resumeWindow`.',
    ...duration('1s', '1h'),
    fallback: '15s',
  },
  drainTimeout: {
    about: 'For how long a server that was told to stop waits for its workers to finish and go elsewhere.',
    ...duration('0s', '1h'),
    fallback: '10s',
  },
  migrations: {
    about:
      'Whether the server brings the schema of its database to its own version when it starts (`run`), or refuses another one (`check`), so that `baton migrate` does it.',
    ...oneOf('run', 'check'),
    fallback: 'run',
  },
  serverId: {
    about: 'Name of this server among those that share the database. No two that run at once may have the same.',
    allowed: '1 to 100 letters, digits and . _ : -',
    schema: z.string().regex(/^[a-zA-Z0-9._:-]{1,100}$/),
    shown: 'host name, process id and a random part',
  },
  logLevel: {
    about: 'Lines of lower levels are left out.',
    ...oneOf('debug', 'info', 'warn', 'error', 'silent'),
    fallback: 'info',
  },
  logFormat: {
    about:
      'How lines are written to stderr: `json` is for programs, `pretty` for people; `auto` is pretty on a terminal.',
    ...oneOf('auto', 'json', 'pretty'),
    fallback: 'auto',
  },
} as const satisfies Table;

export const clientSettings = {
  address: {
    about: 'Server that the commands talk to.',
    allowed: 'host:port',
    schema: text.regex(/^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9._-]+):\d{1,5}$/),
    fallback: '127.0.0.1:22866',
  },
  tenant: {
    about: 'Tenant that the commands act for; empty is the default tenant.',
    allowed: 'up to 60 letters, digits and . _ -',
    schema: z.string().regex(/^[a-zA-Z0-9._-]{0,60}$/),
    fallback: '',
  },
} as const satisfies Table;

export type ServerSettings = Values<typeof serverSettings>;
export type ClientSettings = Values<typeof clientSettings>;

export interface SettingProblem {
  readonly setting: string;
  readonly source: string;
  readonly message: string;
}

export type SettingsReading<T> =
  | { readonly settings: T; readonly unknownVariables: readonly string[] }
  | { readonly problems: readonly SettingProblem[] };

/** Where values come from. Flags by the name of their setting; `config` among them is the file. */
export interface Sources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** `dataFolder` is `--data-folder`. */
export function flagOf(name: string, setting?: Setting): string {
  return setting?.flag ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `listenPort` is `BATON_LISTEN_PORT`. (Kubernetes sets BATON_PORT where a service is called baton.) */
export function variableOf(name: string): string {
  return `BATON${name.replace(/^[a-z]|[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

export function readServerSettings(sources: Sources): SettingsReading<ServerSettings> {
  const found = new Finder(serverSettings, sources);
  const values = found.values({ serverId: ownName });
  const { resumeWindow, deadTime } = values;
  if (values.databaseUrl !== undefined && found.origin('dataFolder') !== undefined) {
    found.problem('dataFolder', 'is given beside databaseUrl; allowed: one of the two');
  }
  if (values.ephemeral === true) {
    for (const name of ['databaseUrl', 'dataFolder'] as const) {
      if (found.origin(name) !== undefined) found.problem(name, 'is given beside ephemeral; allowed: one of the two');
    }
  }
  if (isNumber(resumeWindow) && isNumber(deadTime) && deadTime < resumeWindow) {
    found.problem(
      'deadTime',
      `${found.written('deadTime')} is less than resumeWindow, ${found.written('resumeWindow')}; allowed: at least that`,
    );
  }
  return found.reading(values);
}

export function readClientSettings(sources: Sources): SettingsReading<ClientSettings> {
  const found = new Finder(clientSettings, sources);
  return found.reading(found.values({}));
}

/** One line for each problem. */
export function describeProblem({ setting, source, message }: SettingProblem): string {
  return `${setting} (from ${source}) ${message}`;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

function ownName(): string {
  const name = hostname()
    .replace(/[^a-zA-Z0-9._:-]/g, '-')
    .slice(0, 60);
  return `${name}-${process.pid}-${randomBytes(3).toString('hex')}`;
}

interface Found {
  readonly value: unknown;
  readonly source: string;
}

/** Finds the values of one table and gathers what is wrong with them. */
class Finder<T extends Table> {
  readonly #table: T;
  readonly #problems: SettingProblem[] = [];
  readonly #found = new Map<string, Found>();
  readonly #unknownVariables: readonly string[];

  constructor(table: T, { flags, environment = process.env }: Sources) {
    this.#table = table;
    const file = this.#readFile(flags.config, environment.BATON_CONFIG || undefined);
    for (const [name, setting] of Object.entries(table)) {
      const candidates: readonly Found[] = [
        { value: flags[name], source: flagOf(name, setting) },
        // An empty variable is how many tools write one that is not set.
        { value: environment[variableOf(name)] || undefined, source: variableOf(name) },
        { value: file.values[name], source: file.path },
      ];
      const first = candidates.find(({ value }) => value !== undefined);
      if (first !== undefined) this.#found.set(name, first);
    }
    const known = new Set(
      ['config', ...Object.keys(serverSettings), ...Object.keys(clientSettings)].map((name) => variableOf(name)),
    );
    this.#unknownVariables = Object.keys(environment).filter((name) => name.startsWith('BATON_') && !known.has(name));
  }

  /** Where the value came from; undefined for a default. */
  origin(name: keyof T & string): string | undefined {
    return this.#found.get(name)?.source;
  }

  written(name: keyof T & string): string {
    return JSON.stringify(this.#found.get(name)?.value ?? this.#table[name]?.fallback);
  }

  problem(setting: keyof T & string, message: string): void {
    this.#problems.push({ setting, source: this.origin(setting) ?? 'the default', message });
  }

  /** Values that are wrong are left out; then there is a problem. */
  values(made: { readonly [K in keyof T]?: () => string }): Partial<Values<T>> {
    const values: Record<string, unknown> = {};
    for (const [name, setting] of Object.entries(this.#table)) {
      const found = this.#found.get(name);
      const value = found === undefined ? (setting.fallback ?? made[name]?.()) : found.value;
      const checked = setting.schema.safeParse(value);
      if (checked.success) values[name] = checked.data;
      else this.problem(name, `${shown(setting, value)} is not allowed; allowed: ${setting.allowed}`);
    }
    return values as Partial<Values<T>>;
  }

  reading(values: Partial<Values<T>>): SettingsReading<Values<T>> {
    if (this.#problems.length > 0) return { problems: this.#problems };
    return { settings: values as Values<T>, unknownVariables: this.#unknownVariables };
  }

  #readFile(flag: string | undefined, variable: string | undefined) {
    const given = flag ?? variable;
    if (given === undefined) return { path: '', values: {} };
    const path = resolve(given);
    const values = this.#parseFile(path, flag === undefined ? variableOf('config') : flagOf('config'));
    for (const name of Object.keys(values)) {
      if (Object.hasOwn(serverSettings, name) || Object.hasOwn(clientSettings, name)) continue;
      const allowed = [...Object.keys(serverSettings), ...Object.keys(clientSettings)].join(', ');
      this.#problems.push({ setting: name, source: path, message: `is no setting; allowed: ${allowed}` });
    }
    return { path, values };
  }

  #parseFile(path: string, source: string): Readonly<Record<string, unknown>> {
    try {
      const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (parsed.success) return parsed.data;
      this.#problems.push({
        setting: 'config',
        source,
        message: `${path} does not hold what is allowed: one JSON object`,
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `"${path}" can not be read (${why}); allowed: a JSON file of settings`;
      this.#problems.push({ setting: 'config', source, message });
    }
    return {};
  }
}

function shown({ secret }: Setting, value: unknown): string {
  return secret ? 'the value (not shown: it can hold a password)' : JSON.stringify(value);
}
