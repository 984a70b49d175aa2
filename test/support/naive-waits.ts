/** What the naive interpreter waits for: one list of all that waits, one of messages, and one of what comes due. */
import type { Text } from '../../src/model/events.js';
import type { Element } from '../../src/model/process.js';
import { holds, processOf, Runaway, resultOf, type Values, type Visit } from './naive-visits.js';

export type Catching = Extract<Element, { readonly event: unknown }>;

const MINUTE = 60_000;

/** Messages that make messages may go on for ever. */
const MOST_AT_ONCE = 40;

/** Waits for it, on behalf of what it hangs on. */
interface Wait {
  readonly owner: Visit;
  readonly catching: Catching;
  /** Of a message. */
  readonly address: string;
  isOpen: boolean;
  /** Of a condition: what it was when it was last asked. */
  held: boolean;
}

interface Message {
  readonly address: string;
  readonly values: Values;
  /** It is offered to those who wait, and does not wait itself. */
  readonly once: boolean;
  isThere: boolean;
}

interface Due {
  readonly at: number;
  readonly run: () => void;
}

export class NaiveWaits {
  private now = 0;
  private waits: Wait[] = [];
  private dues: Due[] = [];
  private readonly messages: Message[] = [];
  /** Something happened: all that follows from it is to be done at once. */
  private readonly happen: (owner: Visit, catching: Catching, values: Values) => void;

  constructor(happen: (owner: Visit, catching: Catching, values: Values) => void) {
    this.happen = happen;
  }

  open(owner: Visit, catching: Catching): void {
    const { event } = catching;
    const address = event?.kind === 'MESSAGE' ? addressOf(owner, event) : '';
    const wait: Wait = { owner, catching, address, isOpen: true, held: false };
    this.waits.push(wait);
    if (event?.kind === 'TIMER') this.ring(wait, String(event.timer.text), this.now, 1);
    if (event?.kind === 'MESSAGE') this.offer(address, undefined);
  }

  close(owner: Visit, isKept: (catching: Catching) => boolean = () => false): void {
    for (const wait of this.waits) if (wait.owner === owner && !isKept(wait.catching)) wait.isOpen = false;
  }

  /** All that waits at this moment, the oldest first. */
  all(): readonly Wait[] {
    this.waits = this.waits.filter(isOpen);
    return this.waits;
  }

  // --- Time ----------------------------------------------------------------------------------------------------------

  /** Minute by minute: no time is missed. */
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
      const [first] = this.dues.filter(({ at }) => at <= this.now).sort((one, other) => one.at - other.at);
      if (first === undefined) return;
      this.dues = this.dues.filter((due) => due !== first);
      first.run();
    }
  }

  /** `PT2M`, or again and again `R3/PT2M`; what interrupts does so once. */
  private ring(wait: Wait, text: string, since: number, round: number): void {
    const [, times = '1', minutes] = /^(?:R(\d+)\/)?PT(\d+)M$/.exec(text) ?? [];
    const run = () => {
      if (!isOpen(wait)) return;
      if (staysOpen(wait) && round < Number(times)) this.ring(wait, text, since, round + 1);
      else wait.isOpen = false;
      this.happen(wait.owner, wait.catching, {});
    };
    this.dues.push({ at: since + round * Number(minutes) * MINUTE, run });
  }

  // --- Messages ------------------------------------------------------------------------------------------------------

  send(address: string, values: Values, once: boolean): void {
    const message = { address, values, once, isThere: true };
    this.messages.push(message);
    this.offer(address, message);
  }

  private offer(address: string, own: Message | undefined): void {
    this.dues.push({ at: this.now, run: () => this.match(address, own) });
  }

  /** Each message goes to the oldest that waits; when those who waited at the beginning have gone, it is offered again. */
  private match(address: string, own: Message | undefined): void {
    const waiting = this.all().filter((wait) => wait.address === address);
    let again = false;
    for (const message of this.messages.filter((each) => each.address === address && each.isThere)) {
      if (message.once && message !== own) continue;
      const receiver = waiting.find(isOpen);
      if (receiver !== undefined) {
        message.isThere = false;
        if (!staysOpen(receiver)) receiver.isOpen = false;
        this.happen(receiver.owner, receiver.catching, message.values);
      } else if (waiting.length > 0) again = true;
      else if (message.once) message.isThere = false;
    }
    if (again) this.offer(address, own);
  }

  // --- Conditions ----------------------------------------------------------------------------------------------------

  /** The first that has become true since it was last asked. */
  nextCondition(): Wait | undefined {
    const waiting = this.all().filter(({ catching }) => catching.event?.kind === 'CONDITIONAL');
    const byProcess = waiting.toSorted((one, other) => processOf(one.owner).born - processOf(other.owner).born);
    for (const wait of byProcess) {
      const { event } = wait.catching;
      const before = wait.held;
      wait.held = event?.kind === 'CONDITIONAL' && holds(wait.owner, event.condition);
      if (wait.held && !before) return wait;
    }
    return undefined;
  }
}

function isOpen({ isOpen: open, owner }: Wait): boolean {
  return open && owner.lives;
}

function staysOpen({ catching }: Wait): boolean {
  return 'interrupting' in catching && !catching.interrupting;
}

/** Name and key in one. */
export function addressOf(
  visit: Visit,
  { name, correlationKey }: { readonly name: unknown; readonly correlationKey: Text | undefined },
): string {
  return `${name} ${typeof correlationKey === 'object' ? resultOf(visit, correlationKey) : correlationKey}`;
}
