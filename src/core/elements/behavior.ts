/**
 * What an element may do. One table (`elements/index.ts`) gives each element type its behaviour.
 *
 * arrive: a token has come; it enters, or waits (a join lives in its gateway's own file).
 * enter: the element instance is there and starts its work. It may be called again when an incident of phase ENTER is
 *   resolved, so it must not rely on being the first.
 * leave: the work is done; results are mapped, tokens go out. May be called again likewise (phase LEAVE).
 * emptied: only of scopes and of call activities: nothing lives in it any more, because of `by`.
 *
 * There is no `cancel`: what waits hangs on the element instance as rows, and `Execution.endChildren` ends all of them.
 */
import type { Element } from '../../model/process.js';
import type { Execution } from '../execution.js';
import type { Arrival, ElementInstance } from '../state.js';

export interface Behavior<E extends Element> {
  arrive(x: Execution, element: E, scope: ElementInstance, arrival: Arrival): void;
  enter(x: Execution, element: E, ei: ElementInstance): void;
  leave(x: Execution, element: E, ei: ElementInstance): void;
  readonly emptied?: (x: Execution, element: E, ei: ElementInstance, by: ElementInstance) => void;
}

/** The element of a type, also where one interface serves several types. */
export type ElementOf<T extends Element['type']> =
  Extract<Element, { readonly type: string }> extends infer E
    ? E extends { readonly type: infer U }
      ? T extends U
        ? E
        : never
      : never
    : never;
