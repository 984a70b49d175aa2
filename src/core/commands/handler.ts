/** What a command's handler is: it looks, refuses or changes, and answers. */
import type { Command, Replies } from '../command.js';
import type { Facts } from '../facts.js';
import type { Refusal } from '../refusal.js';
import type { ProcessInstance } from '../state.js';
import type { WorkingSet } from '../working-set.js';

export interface Context {
  readonly set: WorkingSet;
  readonly facts: Facts;
  /** Tenants that the caller may see; null is the engine itself. */
  readonly tenantIds: readonly string[] | null;
}

export type Handler<C extends Command> = (context: Context, command: C) => Replies[C['type']] | Refusal;

/** The instance that a row belongs to; undefined also when it is another tenant's: then the row does not exist for the caller. */
export function visibleInstance(context: Context, processInstanceId: number): ProcessInstance | undefined {
  const instance = context.set.get('processInstance', processInstanceId);
  if (instance === undefined || context.tenantIds === null) return instance;
  return context.tenantIds.includes(instance.tenantId) ? instance : undefined;
}

/** How a run-time row is written for people: `2026-11-21/17`. */
export function written(ref: { readonly partition: string; readonly id: number }): string {
  return `${ref.partition}/${ref.id}`;
}
