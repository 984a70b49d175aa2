// Owns how callers write requests: fields that have a default may be left out.
import type { VariablesInput } from './variables.js';

/** A message as callers write it. */
export type Loose<T> = T extends Date | Uint8Array | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Loose<Item>[]
    : T extends { readonly $case: string; readonly value: unknown }
      ? { readonly $case: T['$case']; readonly value: Loose<T['value']> }
      : { readonly [Name in keyof T]?: Loose<T[Name]> | undefined };

/** A request as callers write it, with the fields that it makes no sense without. */
export type Input<T, Required extends keyof T = never> = Omit<Loose<T>, Required> & {
  readonly [Name in Required]: Loose<T[Name]>;
};

/** A request whose variables callers write as a plain object. */
export type WithVariables<T> = Omit<T, 'variables' | 'variablesJson'> & { readonly variables?: VariablesInput };

/** What runs: the day of its root process instance, and its id. */
export interface Key {
  readonly partition: string;
  readonly id: number;
}

/** A message type of the generated code. */
interface MessageType<T> {
  fromPartial(parts: never): T;
}

/** The message with all its fields. The generated function takes left out and undefined alike, but its type does not. */
export function make<T>(type: MessageType<T>, input: Loose<NoInfer<T>>): T {
  return type.fromPartial(input as never);
}
