/**
 * The history of a round: what each client called, was told and saw, and which faults there were. Each program appends to
 * a file of its own, a line for each entry, written before it goes on: what was written survives its writer.
 */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What happened. Instances and jobs are written `day/id`; `server` is the place of a server in the cluster. */
export type Event =
  /** One try of a start: its repetitions have the same request id. */
  | { readonly kind: 'call'; readonly requestId: string; readonly attempt: number; readonly server: number }
  | { readonly kind: 'ack'; readonly requestId: string; readonly attempt: number; readonly instance: string }
  /** The try ended without an answer; what it asked for may have happened. */
  | { readonly kind: 'unanswered'; readonly requestId: string; readonly attempt: number; readonly reason: string }
  /** One try of a message, likewise; its key is the request id of the instance that waits for it. */
  | { readonly kind: 'send'; readonly key: string; readonly attempt: number; readonly server: number }
  | { readonly kind: 'sent'; readonly key: string; readonly attempt: number }
  | { readonly kind: 'unsent'; readonly key: string; readonly attempt: number; readonly reason: string }
  /** A signal was sent to all who wait for it. */
  | { readonly kind: 'signalled'; readonly server: number }
  | { readonly kind: 'connected'; readonly worker: string; readonly stream: number; readonly server: number }
  | { readonly kind: 'disconnected'; readonly worker: string; readonly stream: number }
  /** A worker is killed: it can not say that its stream has ended. */
  | { readonly kind: 'killed'; readonly worker: string }
  | ({ readonly kind: 'delivered'; readonly stream: number; readonly instance: string } & HandOut)
  /** The worker's word on the job, from now on sent until it is answered. */
  | ({ readonly kind: 'outcome' } & HandOut)
  | ({ readonly kind: 'accepted'; readonly state: string } & HandOut)
  | ({ readonly kind: 'refused'; readonly reason: string } & HandOut)
  /** `asked`: when the read began; it was answered by the server at the entry's own time. */
  | {
      readonly kind: 'read';
      readonly after: 'start' | 'end';
      readonly instance: string;
      readonly server: number;
      readonly asked: number;
      /** `NOT_FOUND` when there is no such instance. */
      readonly state: string;
      readonly changeNumber: number;
    }
  /** `servers`: those that it hit. */
  | {
      readonly kind: 'fault';
      readonly fault: string;
      readonly servers: readonly number[];
      readonly between?: Between;
    }
  /** Servers that were stopped go on; the others have ended so many instances meanwhile. */
  | { readonly kind: 'woken'; readonly servers: readonly number[]; readonly endedMeanwhile: number };

export type Between = 'flush and COMMIT';

/** One lock of one job. */
interface HandOut {
  readonly worker: string;
  readonly job: string;
  readonly token: string;
}

/** `at`: milliseconds of the machine's monotonic clock, which all its processes share. */
export type Entry = Event & { readonly at: number };

export type EntryOf<K extends Event['kind']> = Extract<Entry, { readonly kind: K }>;

export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

export class Journal {
  private readonly file: number;

  constructor(folder: string, writer: string) {
    this.file = openSync(join(folder, `${writer}${SUFFIX}`), 'a');
  }

  /** Answers the time that was written. */
  write(event: Event, at = now()): number {
    writeSync(this.file, `${JSON.stringify({ at, ...event })}\n`);
    return at;
  }

  close(): void {
    closeSync(this.file);
  }
}

const SUFFIX = '.history';

/** In order of time. A last line that its writer could not finish says nothing. */
export function readHistory(folder: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith(SUFFIX))) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
    for (const line of lines) entries.push(JSON.parse(line) as Entry);
  }
  return entries.sort((one, other) => one.at - other.at);
}

export function ofKind<K extends Event['kind']>(history: readonly Entry[], kind: K): readonly EntryOf<K>[] {
  return history.filter((entry): entry is EntryOf<K> => entry.kind === kind);
}
