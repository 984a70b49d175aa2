/** What a command is given: where data goes, where words go, and, if it calls one, the server. */
import type { BatonClient } from '@baton/client';
import pc from 'picocolors';
import { toJson } from './json.js';

/** The world outside, so that tests can be it. */
export interface Terminal {
  /** Data. */
  out(text: string): void;
  /** Everything else. */
  error(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** The environment when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export type Colors = ReturnType<typeof pc.createColors>;

export class Context {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** Flags that name settings. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** For data; colours on a terminal only, and not where NO_COLOR is set. */
  readonly colors: Colors;

  constructor(terminal: Terminal, json: boolean, flags: Readonly<Record<string, string | undefined>>) {
    this.terminal = terminal;
    this.json = json;
    this.flags = flags;
    this.colors = pc.createColors(terminal.outIsTerminal && pc.isColorSupported);
  }

  /** Data: for programs with `--json`, else for people. */
  print(value: unknown, forPeople: string): void {
    this.terminal.out(this.json ? `${JSON.stringify(toJson(value), null, 2)}\n` : forPeople && `${forPeople}\n`);
  }

  /** What is no data. */
  say(line: string): void {
    this.terminal.error(`${line}\n`);
  }
}

export class ClientContext extends Context {
  readonly client: BatonClient;

  constructor(client: BatonClient, ...rest: ConstructorParameters<typeof Context>) {
    super(...rest);
    this.client = client;
  }

  /** For queries: those of the tenant that was named, else all that may be seen. */
  get tenantIds(): readonly string[] {
    return this.client.tenantId === '' ? [] : [this.client.tenantId];
  }
}
