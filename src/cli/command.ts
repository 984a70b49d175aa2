/**
 * What a command is: its words, arguments and options as data, from which the parser, the help and the types of its
 * handler are made. A command without a handler, or a handler that reads an option that is not declared, does not compile.
 */
import type { ClientContext, Context } from './context.js';

export interface Argument {
  readonly name: string;
  readonly about: string;
  readonly many?: true;
}

export type Option =
  | { readonly kind: 'switch'; readonly about: string }
  | { readonly kind: 'text'; readonly value: string; readonly about: string }
  | { readonly kind: 'list'; readonly value: string; readonly about: string }
  | {
      readonly kind: 'number';
      readonly value: string;
      readonly about: string;
      readonly least: number;
      readonly most: number;
    }
  | { readonly kind: 'choices'; readonly about: string; readonly choices: readonly string[] };

export type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends { kind: 'switch' }
  ? boolean
  : O extends { kind: 'list' }
    ? readonly string[]
    : O extends { kind: 'choices'; choices: readonly (infer Choice)[] }
      ? readonly Choice[]
      : O extends { kind: 'number' }
        ? number | undefined
        : string | undefined;

export type OptionValues<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> };

interface Words<A extends readonly Argument[], O extends Options> {
  readonly name: string;
  readonly about: string;
  readonly arguments: A;
  readonly options: O;
  readonly examples: readonly string[];
}

/** Arguments as they were written; the last one of a command can be many. */
type ArgumentValues = readonly [string, ...string[]] | readonly string[];

/** The exit code; nothing is 0. */
export type Ending = Promise<number | undefined> | Promise<void>;

/** One that works by itself. */
export interface LocalSpec<A extends readonly Argument[], O extends Options> extends Words<A, O> {
  /** Settings of the server are its options too. */
  readonly serverSettings?: true;
  run(context: Context, args: ArgumentValues, options: OptionValues<O>): Ending;
}

/** One that calls a server. */
export interface ClientSpec<A extends readonly Argument[], O extends Options> extends Words<A, O> {
  call(context: ClientContext, args: ArgumentValues, options: OptionValues<O>): Ending;
}

/** A command whose types are checked already. */
export type Command = Words<readonly Argument[], Options> &
  (
    | { readonly kind: 'local'; readonly serverSettings: boolean; readonly run: Run<Context> }
    | { readonly kind: 'client'; readonly run: Run<ClientContext> }
  );

type Run<C> = (context: C, args: ArgumentValues, options: OptionValues<Options>) => Ending;

export function localCommand<const A extends readonly Argument[], const O extends Options>(
  spec: LocalSpec<A, O>,
): Command {
  const run: Run<Context> = (context, args, options) => spec.run(context, args, options as OptionValues<O>);
  return { ...spec, kind: 'local', serverSettings: spec.serverSettings === true, run };
}

export function clientCommand<const A extends readonly Argument[], const O extends Options>(
  spec: ClientSpec<A, O>,
): Command {
  const run: Run<ClientContext> = (context, args, options) => spec.call(context, args, options as OptionValues<O>);
  return { ...spec, kind: 'client', run };
}
