/** What the naive interpreter waits for: one list of all that waits, one of messages, and one of what comes due. */
import type { EventDefinition, Text } from '../../src/model/events.js';
import type { Element } from '../../src/model/process.js';
import { holds, isHalted, processOf, Runaway, resultOf, rootOf, type Values, type Visit } from './naive-visits.js';

export type Catching = Extract<Element, { readonly event: unknown }>;

const MINUTE = 60_000;

/** Messages that make messages may go on for ever. */
const MOST_AT_ONCE = 40;

/** Waits for one event, on behalf of what it hangs on. */
interface Wait {
  readonly owner: Visit;
  readonly catching: Catching;
  readonly event: EventDefinition;
  /** Of a message or a signal. */
  readonly address: string;
  readonly number: number;
  isOpen: boolean;
  /** Of a condition: what it was when it was last asked. */
  held: boolean;
}

interface Message {
  readonly name: string;
  readonly address: string;
  readonly values: Values;
  /** It is offered to those who wait, and does not wait itself. */
  readonly once: boolean;
  isThere: boolean;
}

interface Due {
  readonly at: number;
  readonly run: () => void;
  /** While this one is suspended, it must wait. */
  readonly owner?: Visit;
  isAside: boolean;
}

/** One of several events that are all needed. */
interface Happened {
  readonly owner: Visit;
  readonly catching: Catching;
  readonly values: Values;
}

/** What follows from all this. */
export interface Follows {
  /** Something happened: all that follows from it is to be done at once. */
  happen(owner: Visit, catching: Catching, values: Values): void;
  /** A process begins; false when none begins so. */
  begin(kind: 'MESSAGE' | 'SIGNAL', name: string, values: Values): boolean;
}

export class NaiveWaits {
  private now = 0;
  private waits: Wait[] = [];
  private dues: Due[] = [];
  private happened: Happened[] = [];
  private readonly messages: Message[] = [];
  private readonly follows: Follows;
  private opened = 0;

  constructor(follows: Follows) {
    this.follows = follows;
  }

  open(owner: Visit, catching: Catching, held = false): void {
    for (const event of definitionsOf(catching)) this.openOne(owner, catching, event, held);
  }

  private openOne(owner: Visit, catching: Catching, event: EventDefinition, held: boolean): void {
    const { kind } = event;
    if (kind !== 'TIMER' && kind !== 'MESSAGE' && kind !== 'SIGNAL' && kind !== 'CONDITIONAL') return;
    const address = kind === 'MESSAGE' ? addressOf(owner, event) : kind === 'SIGNAL' ? `signal ${event.name}` : '';
    const wait = this.add(owner, catching, event, address, held);
    if (kind === 'TIMER') this.ring(wait, String(event.timer.text), this.now, 1);
    if (kind === 'MESSAGE') this.offer(address, undefined);
  }

  private add(owner: Visit, catching: Catching, event: EventDefinition, address: string, held: boolean): Wait {
    this.opened += 1;
    const wait: Wait = { owner, catching, event, address, number: this.opened, isOpen: true, held };
    this.waits.push(wait);
    return wait;
  }

  close(owner: Visit, isKept: (catching: Catching) => boolean = () => false): void {
    const isOver = (each: Happened | Wait) => each.owner === owner && !isKept(each.catching);
    for (const wait of this.waits) if (isOver(wait)) wait.isOpen = false;
    this.happened = this.happened.filter((each) => !isOver(each));
  }

  /** All that waits at this moment, the oldest first. */
  all(): readonly Wait[] {
    this.waits = this.waits.filter(isOpen);
    return this.waits;
  }

  /** What has happened of events that wait for more. */
  partly(): readonly Happened[] {
    this.happened = this.happened.filter(({ owner }) => owner.lives);
    return this.happened;
  }

  /** All the values, once this was the last one that was needed. */
  gather(owner: Visit, catching: Catching, values: Values): Values | undefined {
    const isSame = (each: Happened) => each.owner === owner && each.catching === catching;
    const before = this.happened.filter(isSame);
    if (before.length + 1 < definitionsOf(catching).length) {
      this.happened.push({ owner, catching, values });
      return undefined;
    }
    this.happened = this.happened.filter((each) => !isSame(each));
    return Object.assign({}, ...before.map((each) => each.values), values);
  }

  // --- Time ----------------------------------------------------------------------------------------------------------

  /** Minute by minute: only what is suspended misses a time. */
  later(minutes: number): void {
    for (let minute = 0; minute < minutes; minute++) {
      this.now += MINUTE;
      this.settle();
    }
  }

  /** Does what is due, the earliest first; of the same time what was written first. */
  settle(): void {
    for (let count = 0; ; count++) {
      if (count > MOST_AT_ONCE) throw new Runaway();
      const [first] = this.dues
        .filter(({ at, isAside }) => at <= this.now && !isAside)
        .sort((one, other) => one.at - other.at);
      if (first === undefined) return;
      first.isAside = first.owner?.lives === true && isHalted(first.owner);
      if (first.isAside) continue;
      this.dues = this.dues.filter((due) => due !== first);
      first.run();
    }
  }

  after(minutes: number, run: () => void): void {
    this.dues.push({ at: this.now + minutes * MINUTE, run, isAside: false });
  }

  /** What was put aside is due again. */
  resume(process: Visit): void {
    for (const due of this.dues) if (due.owner && processOf(due.owner) === process) due.isAside = false;
  }

  /** `PT2M`, or again and again `R3/PT2M`; what interrupts does so once. Of missed times the last alone happens. */
  private ring(wait: Wait, text: string, since: number, round: number): void {
    const [, times = '1', minutes] = /^(?:R(\d+)\/)?PT(\d+)M$/.exec(text) ?? [];
    const timeOf = (each: number) => since + each * Number(minutes) * MINUTE;
    const run = () => {
      if (!isOpen(wait)) return;
      let next = round + 1;
      while (next <= Number(times) && timeOf(next) <= this.now) next += 1;
      if (staysOpen(wait) && next <= Number(times)) this.ring(wait, text, since, next);
      else wait.isOpen = false;
      this.follows.happen(wait.owner, wait.catching, {});
    };
    this.dues.push({ at: timeOf(round), run, owner: wait.owner, isAside: false });
  }

  // --- Messages ------------------------------------------------------------------------------------------------------

  send(name: string, key: string, values: Values, once: boolean): void {
    this.sendTo(name, `${name} ${key}`, values, once);
  }

  sendTo(name: string, address: string, values: Values, once: boolean): void {
    const message = { name, address, values, once, isThere: true };
    this.messages.push(message);
    this.offer(address, message);
  }

  /** For what waits of a process that was suspended. */
  offerAgain(owner: Visit): void {
    for (const { address, event } of this.all().filter((each) => each.owner === owner)) {
      if (event.kind === 'MESSAGE') this.offer(address, undefined);
    }
  }

  private offer(address: string, own: Message | undefined): void {
    this.dues.push({ at: this.now, run: () => this.match(address, own), isAside: false });
  }

  /** Each message goes to the oldest that waits; when those who waited at the beginning have gone, it is offered again. */
  private match(address: string, own: Message | undefined): void {
    const waiting = this.all().filter((wait) => wait.address === address && !isHalted(wait.owner));
    let again = false;
    for (const message of this.messages.filter((each) => each.address === address && each.isThere)) {
      if (message.once && message !== own) continue;
      const receiver = waiting.find(isOpen);
      if (receiver !== undefined) {
        message.isThere = false;
        if (!staysOpen(receiver)) receiver.isOpen = false;
        this.follows.happen(receiver.owner, receiver.catching, message.values);
      } else if (waiting.length > 0) again = true;
      else message.isThere = !this.follows.begin('MESSAGE', message.name, message.values) && !message.once;
    }
    if (again) this.offer(address, own);
  }

  // --- Signals -------------------------------------------------------------------------------------------------------

  /** To all who wait now. */
  signal(name: string, values: Values): void {
    this.reach(this.receivers(name), name, values);
  }

  /** To all who wait a moment later; of what threw it only to what has waited before. */
  throwSignal(from: Visit, name: string, values: Values): void {
    const { opened } = this;
    const isLater = ({ number, owner }: Wait) => number > opened && rootOf(owner) === rootOf(from);
    this.after(0, () => {
      const receivers = this.receivers(name).filter((wait) => !isLater(wait));
      this.reach(receivers, name, values);
    });
  }

  private receivers(name: string): readonly Wait[] {
    return this.all().filter(({ address }) => address === `signal ${name}`);
  }

  private reach(receivers: readonly Wait[], name: string, values: Values): void {
    this.after(0, () => {
      for (const wait of receivers) this.give(wait, values);
      this.follows.begin('SIGNAL', name, values);
    });
  }

  private give(wait: Wait, values: Values): void {
    const { owner, catching, event } = wait;
    if (!isOpen(wait)) return;
    if (!staysOpen(wait)) wait.isOpen = false;
    if (!isHalted(owner)) {
      this.follows.happen(owner, catching, values);
      return;
    }
    const later = this.add(owner, catching, event, '', false);
    const run = () => {
      if (!isOpen(later)) return;
      later.isOpen = false;
      this.follows.happen(owner, catching, values);
    };
    this.dues.push({ at: this.now, run, owner, isAside: true });
  }

  // --- Conditions ----------------------------------------------------------------------------------------------------

  /** The first that has become true since it was last asked; what is suspended is asked when it goes on. */
  nextCondition(): Wait | undefined {
    const waiting = this.all().filter(({ event, owner }) => event.kind === 'CONDITIONAL' && !isHalted(owner));
    const byProcess = waiting.toSorted((one, other) => processOf(one.owner).born - processOf(other.owner).born);
    for (const wait of byProcess) {
      const { event, owner, catching } = wait;
      const before = wait.held;
      wait.held = event.kind === 'CONDITIONAL' && holds(owner, event.condition);
      if (!wait.held || before) continue;
      if (needsAll(catching)) wait.isOpen = false;
      return wait;
    }
    return undefined;
  }
}

export function definitionsOf({ event }: { readonly event?: EventDefinition | undefined }): readonly EventDefinition[] {
  if (event === undefined) return [];
  return event.kind === 'MULTIPLE' ? event.definitions : [event];
}

export function needsAll({ event }: Catching): boolean {
  return event?.kind === 'MULTIPLE' && event.parallel;
}

function isOpen({ isOpen: open, owner }: Wait): boolean {
  return open && owner.lives;
}

function staysOpen({ catching }: Wait): boolean {
  return 'interrupting' in catching && !catching.interrupting && !needsAll(catching);
}

/** Name and key in one. */
export function addressOf(
  visit: Visit,
  { name, correlationKey }: { readonly name: unknown; readonly correlationKey: Text | undefined },
): string {
  return `${name} ${typeof correlationKey === 'object' ? resultOf(visit, correlationKey) : correlationKey}`;
}
