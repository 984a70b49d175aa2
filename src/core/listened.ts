/** What goes on behind its execution listeners in this command, so that neither they nor mappings are done again. */
import type { ElementInstance, Job } from './state.js';

/** The job of the listener behind which the element instance is entered or left. */
export function listenerBefore(
  { listened }: { readonly listened: ReadonlyMap<number, Job> },
  { id }: ElementInstance,
  phase: 'ENTER' | 'LEAVE',
): Job | undefined {
  const job = listened.get(id);
  return job?.type === (phase === 'ENTER' ? 'START_LISTENER' : 'END_LISTENER') ? job : undefined;
}
