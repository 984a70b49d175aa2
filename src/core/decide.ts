/** The one door into the core: a command and a working set go in; a reply, a refusal or a need comes out (I2, I4, I6). */
import type { Command, Replies } from './command.js';
import type { Context } from './commands/handler.js';
import { handlerOf } from './commands/index.js';
import type { CalledProcess } from './facts.js';
import { NeedsOwner, NeedsProcesses, NeedsTree } from './needs.js';
import type { Owner } from './refs.js';
import { isRefusal, type Refusal } from './refusal.js';

export type Decision<C extends Command = Command> = Replies[C['type']] | Refusal | Needs;

/**
 * The decision needs all that lives in the command's tree, or all that hangs on one element instance of it, or to know
 * what calls name; nothing has been changed.
 */
export type Needs =
  | { readonly needs: 'tree' }
  | { readonly needs: 'owner'; readonly owner: Owner }
  | { readonly needs: 'processes'; readonly processes: readonly CalledProcess[] };

/**
 * Decides one command. Only a reply leaves changes in the set; a refusal, a need and an exception (a bug, I6) leave
 * none.
 */
export function decide<C extends Command>(context: Context, command: C): Decision<C> {
  try {
    const answer = handlerOf(command)(context, command);
    if (isRefusal(answer)) context.set.undo();
    else context.set.accept();
    return answer;
  } catch (error) {
    context.set.undo();
    if (error instanceof NeedsTree) return { needs: 'tree' };
    if (error instanceof NeedsOwner) return { needs: 'owner', owner: error.owner };
    if (error instanceof NeedsProcesses) return { needs: 'processes', processes: error.processes };
    throw error;
  }
}
