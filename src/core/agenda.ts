/** What a command still has to do on its tree, in order: `advance.ts` does it. */
import type { ElementInstance } from './state.js';

export type AgendaItem =
  | { readonly type: 'arrive'; readonly arrivalId: number }
  /** An event has happened: its element instance begins, or the one that waited for it goes on. */
  | { readonly type: 'enter' | 'leave'; readonly elementInstanceId: number }
  /** What waits in the scope of a process begins to wait: an event has started it, and what came with it is there. */
  | { readonly type: 'openWaits'; readonly elementInstanceId: number }
  /** The body of a loop opens its next instance; `first` is the number of the instance that `items` begins with. */
  | {
      readonly type: 'openInstance';
      readonly bodyId: number;
      readonly items: readonly (string | null)[];
      readonly first: number;
    }
  | { readonly type: 'scopeEmptied'; readonly scopeId: number; readonly by: ElementInstance };
