/** The states of a worker stream, and what becomes of each frame of the worker in each of them. */
import type { WorkRequest } from '../gen/baton/v1/jobs.js';

export type State = 'awaiting-hello' | 'open' | 'draining' | 'closed';
export type Frame = NonNullable<WorkRequest['frame']>;
type Treatment = 'take' | 'skip' | 'refuse';

/** What becomes of each frame in each state. */
export const frameTable: Readonly<Record<State, Readonly<Record<Frame['$case'], Treatment>>>> = {
  'awaiting-hello': {
    hello: 'take',
    credit: 'refuse',
    heartbeat: 'refuse',
    outcomes: 'refuse',
    giveBack: 'refuse',
    goodbye: 'refuse',
  },
  open: { hello: 'refuse', credit: 'take', heartbeat: 'take', outcomes: 'take', giveBack: 'take', goodbye: 'take' },
  draining: { hello: 'refuse', credit: 'skip', heartbeat: 'take', outcomes: 'take', giveBack: 'take', goodbye: 'take' },
  closed: { hello: 'skip', credit: 'skip', heartbeat: 'skip', outcomes: 'skip', giveBack: 'skip', goodbye: 'skip' },
};
