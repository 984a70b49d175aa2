/**
 * The variables of a working set, by scope and name. They are looked up more often than all other rows together, so no
 * key is made of the two: names are the model's own, whose hashes are known.
 */
import { type AnyTable, changesOf, type Entry } from './row-table.js';
import type { TableChanges, Variable } from './state.js';

type Scope = Map<string, Entry<Variable>>;

export class VariableTable implements AnyTable<Variable> {
  private readonly scopes = new Map<number, Scope>();

  get(scopeId: number, name: string): Variable | undefined {
    return this.scopes.get(scopeId)?.get(name)?.now;
  }

  /** Those of a scope. */
  of(scopeId: number): readonly Variable[] {
    const rows: Variable[] = [];
    for (const { now } of this.scopes.get(scopeId)?.values() ?? []) if (now !== undefined) rows.push(now);
    return rows;
  }

  load(row: Variable): void {
    const scope = this.scope(row);
    if (!scope.has(row.name)) scope.set(row.name, { stored: row, now: row });
  }

  put(row: Variable): Variable | undefined {
    const scope = this.scope(row);
    const entry = scope.get(row.name);
    const was = entry?.now;
    if (entry === undefined) scope.set(row.name, { stored: undefined, now: row });
    else entry.now = row;
    return was;
  }

  remove(row: Variable): Variable | undefined {
    const entry = this.entry(row);
    const was = entry.now;
    entry.now = undefined;
    return was;
  }

  restore(row: Variable, was: Variable | undefined): void {
    const entry = this.entry(row);
    entry.now = was;
    if (was === undefined && entry.stored === undefined) this.scope(row).delete(row.name);
  }

  changes(): TableChanges<Variable> {
    return changesOf(this.scopes.values());
  }

  each(visit: (row: Variable) => void): void {
    for (const scope of this.scopes.values()) for (const { now } of scope.values()) if (now !== undefined) visit(now);
  }

  private scope({ scopeId }: Variable): Scope {
    const known = this.scopes.get(scopeId);
    if (known !== undefined) return known;
    const scope: Scope = new Map();
    this.scopes.set(scopeId, scope);
    return scope;
  }

  private entry(row: Variable): Entry<Variable> {
    const entry = this.scope(row).get(row.name);
    if (entry === undefined) throw new Error(`variable ${row.name} of scope ${row.scopeId} is not loaded`);
    return entry;
  }
}
