/** Structured processes as the property tests make them: blocks in blocks. `scenario-random.ts` writes them as models. */

/** What is done in one place; all but `sub` are leaves when they stand alone. */
export type Activity =
  | {
      readonly type: 'service';
      readonly task: 'service' | 'send' | 'businessRule';
      readonly mapped: boolean;
      readonly listens: Listens;
    }
  | { readonly type: 'user' }
  | { readonly type: 'receive'; readonly message: MessageName; readonly listens: Listens }
  | { readonly type: 'pass'; readonly task: 'task' | 'manual' }
  | { readonly type: 'script'; readonly target: Name; readonly left: Name; readonly right: Name }
  | { readonly type: 'sub'; readonly local: Name | null; readonly body: Block }
  | { readonly type: 'call'; readonly own: boolean; readonly body: Block }
  | {
      readonly type: 'each';
      readonly items: readonly number[];
      readonly item: Name;
      readonly sequential: boolean;
      readonly enough: number | null;
      readonly body: Block;
    }
  | { readonly type: 'again'; readonly rounds: number; readonly testBefore: boolean; readonly body: Block };

export type Block =
  | Activity
  | { readonly type: 'sequence'; readonly blocks: readonly Block[] }
  | { readonly type: 'exclusive'; readonly condition: string; readonly taken: Block; readonly otherwise: Block }
  | { readonly type: 'parallel'; readonly branches: readonly Block[] }
  | { readonly type: 'loop'; readonly rounds: number; readonly body: Block }
  | { readonly type: 'inclusive'; readonly left: string; readonly right: string; readonly a: Block; readonly b: Block }
  | { readonly type: 'several'; readonly left: string; readonly right: string; readonly branches: readonly Block[] }
  /** A complex gateway that so many flows are enough for, and what its reset begins. */
  | {
      readonly type: 'enough';
      readonly needed: number;
      readonly branches: readonly Block[];
      readonly late: Block | null;
    }
  /** An activity, events attached to it, and what undoes it. */
  | {
      readonly type: 'guarded';
      readonly body: Activity;
      readonly catchers: readonly Catcher[];
      readonly undo: Activity | null;
    }
  /** A scope, event sub-processes in it, and one that undoes it. */
  | {
      readonly type: 'watched';
      readonly body: Block;
      readonly catchers: readonly Catcher[];
      readonly undo: Block | null;
    }
  /** What is done in it, events attached to it, what follows when it is cancelled, and what undoes it. */
  | {
      readonly type: 'transaction';
      readonly body: Block;
      readonly catchers: readonly Catcher[];
      readonly cancelled: Block;
      readonly undo: Activity | null;
    }
  /** An ad-hoc sub-process. */
  | {
      readonly type: 'chosen';
      readonly choices: readonly { readonly first: Block; readonly next: Block | null }[];
      /** Which of them begin; without it a worker says so. */
      readonly active: readonly number[] | null;
      readonly sequential: boolean;
      readonly until: string | null;
      readonly cancelsRemaining: boolean;
      readonly catchers: readonly Catcher[];
    }
  /** The end of a transaction; elsewhere there is none to cancel, and it is an error. */
  | { readonly type: 'cancel'; readonly code: Code }
  /** Of one activity beside it if there is any, or of all. */
  | {
      readonly type: 'compensate';
      readonly named: number | null;
      readonly waits: boolean;
      readonly ends: boolean;
    }
  | { readonly type: 'wait'; readonly event: Awaited }
  /** An event-based gateway. */
  | { readonly type: 'race'; readonly paths: readonly { readonly event: Awaited; readonly body: Block }[] }
  | { readonly type: 'tell'; readonly message: MessageName; readonly ends: boolean }
  | { readonly type: 'call out'; readonly signal: SignalName; readonly ends: boolean }
  /** A message and a signal together, and at last what may end it. */
  | {
      readonly type: 'announce';
      readonly message: MessageName;
      readonly signal: SignalName;
      readonly last: 'nothing' | 'error' | 'escalation' | 'terminate';
      readonly code: Code;
      readonly ends: boolean;
    }
  | { readonly type: 'link' }
  /** An event that only marks a place. */
  | { readonly type: 'mark' }
  | { readonly type: 'error'; readonly code: Code }
  | { readonly type: 'escalate'; readonly code: Code; readonly ends: boolean }
  | { readonly type: 'terminate' };

/** Execution listeners. */
export type Listens = readonly string[];

export type Name = 'x' | 'y' | 'z';
export type MessageName = 'paid' | 'sent';
export type SignalName = 'red' | 'green';
export type Code = 'A' | 'B';

/** What comes from outside, from the clock or from data. */
export type Simple =
  | { readonly kind: 'timer'; readonly text: string }
  | { readonly kind: 'message'; readonly message: MessageName }
  | { readonly kind: 'signal'; readonly signal: SignalName }
  | { readonly kind: 'condition'; readonly text: string };

/** One event, or several of which any is enough or all are needed. */
export type Awaited =
  | Simple
  | { readonly kind: 'several'; readonly events: readonly (Simple | Thrown)[]; readonly all: boolean };

/** With an empty code all. */
export type Thrown = { readonly kind: 'error' | 'escalation'; readonly code: Code | '' };

export interface Catcher {
  readonly event: Awaited | Thrown;
  readonly interrupting: boolean;
  readonly body: Block;
}
