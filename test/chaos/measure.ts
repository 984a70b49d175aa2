/** Counts a history: what was in flight at each fault, how much was acknowledged, how soon things went on. Pure. */
import type { Entry, EntryOf } from './history.js';

export interface MeasuredFault {
  readonly fault: string;
  readonly between: boolean;
  /** Commands without an answer at the servers that it hit: what their clients had asked and were not told. */
  readonly inFlight: number;
  /** Milliseconds until the first job that one of those servers held was handed out again; null: none was. */
  handedOutAgainMs: number | null;
}

export interface Measures {
  readonly faults: readonly MeasuredFault[];
  readonly startsAcknowledged: number;
  readonly startsTriedAgain: number;
  readonly completionsAcknowledged: number;
  readonly failuresAcknowledged: number;
  readonly outcomesRefused: number;
  readonly messagesAcknowledged: number;
  readonly signalsAcknowledged: number;
  readonly handOuts: number;
  readonly reads: number;
}

export function measure(history: readonly Entry[]): Measures {
  const state = new Replay();
  for (const entry of history) state.next(entry);
  const counted = (kind: Entry['kind']) => history.filter((entry) => entry.kind === kind).length;
  const accepted = (wanted: string) =>
    history.filter((entry) => entry.kind === 'accepted' && entry.state === wanted).length;
  return {
    faults: state.faults,
    startsAcknowledged: counted('ack'),
    startsTriedAgain: history.filter((entry) => entry.kind === 'call' && entry.attempt > 1).length,
    completionsAcknowledged: accepted('DONE'),
    failuresAcknowledged: accepted('CAUSED_RETRY'),
    outcomesRefused: counted('refused'),
    messagesAcknowledged: counted('sent'),
    signalsAcknowledged: counted('signalled'),
    handOuts: counted('delivered'),
    reads: counted('read'),
  };
}

interface Holding {
  readonly worker: string;
  readonly server: number;
}

/** The clients' view at each moment of the history. */
class Replay {
  readonly faults: MeasuredFault[] = [];
  /** Tries of starts without an answer, and their server. */
  private readonly calls = new Map<string, number>();
  /** Outcomes without an answer, by token, and whose they are. */
  private readonly owed = new Map<string, string>();
  private readonly connectedTo = new Map<string, number>();
  /** Jobs in hand, and over which server they came. */
  private readonly held = new Map<string, Holding>();
  private waiting: { readonly fault: MeasuredFault; readonly at: number; readonly jobs: ReadonlySet<string> }[] = [];

  next(entry: Entry): void {
    switch (entry.kind) {
      case 'call':
        this.calls.set(`${entry.requestId} ${entry.attempt}`, entry.server);
        break;
      case 'send':
        this.calls.set(`message ${entry.key} ${entry.attempt}`, entry.server);
        break;
      case 'sent':
      case 'unsent':
        this.calls.delete(`message ${entry.key} ${entry.attempt}`);
        break;
      case 'ack':
      case 'unanswered':
        this.calls.delete(`${entry.requestId} ${entry.attempt}`);
        break;
      case 'connected':
        this.connectedTo.set(entry.worker, entry.server);
        break;
      case 'delivered':
        this.delivered(entry);
        break;
      case 'outcome':
        this.owed.set(entry.token, entry.worker);
        break;
      case 'accepted':
      case 'refused':
        this.owed.delete(entry.token);
        this.held.delete(entry.job);
        break;
      case 'fault':
        this.fault(entry);
        break;
    }
  }

  private delivered({ job, worker, at }: EntryOf<'delivered'>): void {
    for (const { fault, at: began, jobs } of this.waiting) {
      if (jobs.has(job)) fault.handedOutAgainMs ??= at - began;
    }
    this.waiting = this.waiting.filter(({ fault }) => fault.handedOutAgainMs === null);
    this.held.set(job, { worker, server: this.connectedTo.get(worker) ?? -1 });
  }

  private fault({ fault, servers, between, at }: EntryOf<'fault'>): void {
    let inFlight = 0;
    for (const server of this.calls.values()) if (servers.includes(server)) inFlight += 1;
    for (const worker of this.owed.values()) if (servers.includes(this.connectedTo.get(worker) ?? -1)) inFlight += 1;
    const measured = { fault, between: between !== undefined, inFlight, handedOutAgainMs: null };
    this.faults.push(measured);
    const jobs = [...this.held].flatMap(([job, { server }]) => (servers.includes(server) ? [job] : []));
    this.waiting.push({ fault: measured, at, jobs: new Set(jobs) });
  }
}
