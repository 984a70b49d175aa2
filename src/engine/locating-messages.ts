/** What commands about messages need: they belong to no tree, and find the trees that they change (design section 6). */
import type { Ref } from '../core/state.js';
import type { FoundMatch, FoundSubscription, Located, MessageKey, WantedMatch, WantedSearch } from './ports/lane.js';
import type { Submission } from './submission.js';

/** Where the answers of commands stand. */
export type Places = ReadonlyMap<Submission, number>;

export class MessageQuestions {
  readonly placeOf = new Map<Submission, number>();
  private readonly matches: WantedMatch[] = [];
  private readonly searches: WantedSearch[] = [];
  private readonly messageKeys: MessageKey[] = [];

  /** Left out of the question where nobody asks. */
  get asked() {
    const { matches, searches, messageKeys, placeOf } = this;
    return placeOf.size === 0 ? {} : { matches, searches, messageKeys };
  }

  add(submission: Submission): void {
    const { command } = submission;
    if (command.type === 'matchMessages') this.place(submission, this.matches, command);
    else if (command.type === 'findMessages') this.place(submission, this.searches, command);
    else if (command.type === 'sendMessage' && command.uniqueKey !== '') {
      this.place(submission, this.messageKeys, command);
    }
  }

  private place<T>(submission: Submission, list: T[], wanted: T): void {
    this.placeOf.set(submission, list.push(wanted) - 1);
  }
}

export function foundMatch(submission: Submission, located: Located, places: Places): FoundMatch | undefined {
  if (submission.command.type !== 'matchMessages') return undefined;
  return located.matches?.[places.get(submission) ?? -1];
}

export class MessageLoads {
  readonly tasks: Ref[] = [];
  readonly ids = new Set<number>();
  readonly subscriptions: Ref[] = [];

  /** The trees that the command may change. */
  add(submission: Submission, located: Located, places: Places): readonly FoundSubscription[] {
    const { command } = submission;
    const { type } = command;
    if (type === 'matchMessages' || type === 'findMessages' || type === 'startByTimer') this.tasks.push(command.task);
    if (command.type === 'expireMessage') this.ids.add(command.id);
    const found = foundMatch(submission, located, places);
    if (found === undefined) return [];
    for (const id of found.messages) this.ids.add(id);
    for (const { subscription } of found.subscriptions) this.subscriptions.push(subscription);
    return found.subscriptions;
  }
}
