/** What commands about messages and signals need: they belong to no tree, and find the trees that they change. */
import type { Command, DeliverSignal, FindMessages, MatchMessages, StartByTimer } from '../core/command.js';
import type { Ref } from '../core/state.js';
import type {
  FoundAudience,
  FoundMatch,
  FoundSubscription,
  Located,
  MessageKey,
  WantedAudience,
  WantedMatch,
  WantedSearch,
} from './ports/lane.js';
import type { Submission } from './submission.js';

/** Where the answers of commands stand. */
export type Places = ReadonlyMap<Submission, number>;

export class MessageQuestions {
  readonly placeOf = new Map<Submission, number>();
  private readonly matches: WantedMatch[] = [];
  private readonly searches: WantedSearch[] = [];
  private readonly messageKeys: MessageKey[] = [];
  private readonly audiences: WantedAudience[] = [];

  /** Left out of the question where nobody asks. */
  get asked() {
    const { matches, searches, messageKeys, audiences, placeOf } = this;
    return placeOf.size === 0 ? {} : { matches, searches, messageKeys, audiences };
  }

  add(submission: Submission): void {
    const { command } = submission;
    if (command.type === 'matchMessages') this.place(submission, this.matches, command);
    else if (command.type === 'findMessages') this.place(submission, this.searches, command);
    else if (command.type === 'deliverSignal') this.place(submission, this.audiences, command);
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

export function foundAudience(submission: Submission, located: Located, places: Places): FoundAudience | undefined {
  if (submission.command.type !== 'deliverSignal') return undefined;
  return located.audiences?.[places.get(submission) ?? -1];
}

/** What the command would change in trees: each of these must be locked. Who is passed by is left as it is. */
export function foundSubscriptions(
  submission: Submission,
  located: Located,
  places: Places,
): readonly FoundSubscription[] {
  const { command } = submission;
  if (command.type === 'deliverSignal' && command.failure !== null) return [];
  const audience = foundAudience(submission, located, places);
  if (audience !== undefined) return audience.targets.flatMap(({ subscription }) => subscription ?? []);
  return foundMatch(submission, located, places)?.subscriptions ?? [];
}

export class MessageLoads {
  readonly tasks: Ref[] = [];
  readonly ids = new Set<number>();
  readonly subscriptions: Ref[] = [];
  readonly signalSubscriptions: Ref[] = [];

  /** The trees that the command may change. */
  add(submission: Submission, located: Located, places: Places): readonly FoundSubscription[] {
    const { command } = submission;
    if (isTreeless(command)) this.tasks.push(command.task);
    if (command.type === 'expireMessage') this.ids.add(command.id);
    for (const id of foundMatch(submission, located, places)?.messages ?? []) this.ids.add(id);
    const found = foundSubscriptions(submission, located, places);
    const loads = command.type === 'deliverSignal' ? this.signalSubscriptions : this.subscriptions;
    for (const { subscription } of found) loads.push(subscription);
    return found;
  }
}

/** It carries out a task of no tree. */
function isTreeless(command: Command): command is MatchMessages | FindMessages | StartByTimer | DeliverSignal {
  return 'task' in command && command.type !== 'executeTask';
}
