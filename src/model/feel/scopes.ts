/**
 * Names. Which frame holds a local name is known when an expression is compiled; only inside a filter the entries of an
 * item come first, and which it has is known when it runs. What is no local name is a variable, in the order met.
 */
import { isContext } from '../values.js';
import { type Code, FeelProblem, type Frame } from './run.js';

export interface Scope {
  /** 'item' for the item of a filter. */
  readonly name: string;
  /** A filter that may turn out to be a position has an item only while it is read as a condition. */
  readonly kind: 'local' | 'item' | 'item or none' | 'partial';
  readonly parent: Scope | undefined;
}

/** The value of an item's frame where there is no item: names mean what they mean outside of the filter. */
export const NO_ITEM = Symbol('no item');

/** The variables that an expression reads, by slot. */
export class Reads {
  readonly names: string[] = [];
  readonly #slots = new Map<string, number>();

  slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) {
      return known;
    }
    this.#slots.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

export function isLocal(name: string, scope: Scope | undefined): boolean {
  for (let each = scope; each !== undefined; each = each.parent) {
    if (each.name === name) {
      return true;
    }
  }
  return false;
}

export function readName(name: string, scope: Scope | undefined, reads: Reads): Code {
  const items: number[] = [];
  let depth = 0;
  for (let each = scope; each !== undefined; each = each.parent) {
    if (each.name === name) {
      const code = readLocal(name, each, depth, reads);
      return items.length === 0 ? code : readItems(name, items, code);
    }
    if (each.kind === 'item' || each.kind === 'item or none') {
      items.push(depth);
    }
    depth += 1;
  }
  const slot = reads.slot(name);
  const variable: Code = (run) => run.read(slot);
  return items.length === 0 ? variable : readItems(name, items, variable);
}

function readLocal(name: string, scope: Scope, depth: number, reads: Reads): Code {
  switch (scope.kind) {
    case 'partial':
      return readPartial(depth);
    case 'item or none':
      return readItem(depth, readName(name, scope.parent, reads));
    default:
      return readFrame(depth);
  }
}

function readItem(depth: number, outside: Code): Code {
  return (run, frame) => {
    const item = frameAt(frame, depth);
    return item?.value === NO_ITEM ? outside(run, item.parent) : item?.value;
  };
}

function readFrame(depth: number): Code {
  return depth === 0 ? (_run, frame) => frame?.value : (_run, frame) => frameAt(frame, depth)?.value;
}

/** The results so far of a loop: a copy, since the loop goes on adding to its own. */
function readPartial(depth: number): Code {
  return (run, frame) => {
    const results = frameAt(frame, depth)?.value as readonly unknown[];
    run.spend(results.length);
    return [...results];
  };
}

function frameAt(frame: Frame | undefined, depth: number): Frame | undefined {
  let found = frame;
  for (let step = 0; step < depth; step += 1) {
    found = found?.parent;
  }
  return found;
}

/** An entry of the innermost item that has it, else what the name means outside. */
function readItems(name: string, items: readonly number[], outside: Code): Code {
  return (run, frame) => {
    for (const depth of items) {
      const item = frameAt(frame, depth)?.value;
      if (isContext(item) && Object.hasOwn(item, name)) {
        return item[name];
      }
    }
    try {
      return outside(run, frame);
    } catch (problem) {
      if (problem instanceof FeelProblem && problem.reason === 'VARIABLE_MISSING') {
        const message = `there is no variable "${name}", and an item of the list has no entry of that name`;
        throw new FeelProblem(message, problem.reason, true, true);
      }
      throw problem;
    }
  };
}
