/** What "can be handed out" means, in one place. */
import { ENGINE_NOW } from './engine-row.js';

/** Word for word the predicate of the index `open_job_ready`. */
export const READY = 'o.lock_token is null and not o.suspended';

export const DUE = `o.due_at <= ${ENGINE_NOW}`;

/** The order in which jobs are handed out, which is the index's. */
export const HAND_OUT_ORDER = 'o.priority desc, o.due_at, o.id';
