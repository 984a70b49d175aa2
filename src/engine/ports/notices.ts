/** Hints between servers; nothing depends on their arrival (I13). */
import type { Ref } from '../../core/state.js';
import type { TopicKey } from './leases.js';

export interface Notices {
  /** Calls back for each notice of another server, from now on. */
  listen(onNotice: (notice: Notice) => void): Promise<void>;
  /** Sends outside any lane's transaction. */
  send(notice: Notice): Promise<void>;
}

export type Notice =
  /** A server begins: others need not wait for their next beat to know that somebody listens. */
  | { readonly type: 'joined'; readonly from: string }
  | { readonly type: 'jobs'; readonly from: string; readonly topics: readonly TopicKey[] }
  /** Engine time was moved. */
  | { readonly type: 'time'; readonly from: string }
  /** User tasks were changed. */
  | { readonly type: 'userTasks'; readonly from: string }
  | { readonly type: 'ended'; readonly from: string; readonly roots: readonly Ref[] }
  /** A worker came back elsewhere: its older streams are over. */
  | { readonly type: 'resumed'; readonly from: string; readonly sessionId: string; readonly generation: number }
  | {
      readonly type: 'canceled';
      readonly from: string;
      readonly jobs: readonly (Ref & { readonly sessionId: string })[];
    };
