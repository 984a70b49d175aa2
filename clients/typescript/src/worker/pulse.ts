// Owns the signs of life of one stream. It counts ticks and not time, so that a process that was paused, or a handler
// that kept the event loop, does not take the other side for dead before it has looked at what came meanwhile.
import type { Clock } from '../clock.js';

export interface PulseSettings {
  /** Send something at least this often. */
  readonly heartbeatMs: number;
  /** After this long without anything, the other side is dead. */
  readonly silenceMs: number;
}

export interface PulseActions {
  beat(): void;
  silent(forMs: number): void;
}

export class Pulse {
  readonly #clock: Clock;
  readonly #actions: PulseActions;
  #cancel: () => void = () => undefined;
  #sent = false;
  #silentTicks = 0;

  constructor(clock: Clock, actions: PulseActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  start(settings: PulseSettings): void {
    this.#cancel();
    this.#sent = true;
    this.#silentTicks = 0;
    this.#arm(settings);
  }

  stop(): void {
    this.#cancel();
  }

  /** Something was sent: no beat is needed. */
  sent(): void {
    this.#sent = true;
  }

  /** Anything that comes is a sign of life. */
  received(): void {
    this.#silentTicks = 0;
  }

  /** Two ticks in each interval: a beat is never later than the interval after what was sent last. */
  #arm(settings: PulseSettings): void {
    const tickMs = settings.heartbeatMs / 2;
    this.#cancel = this.#clock.after(tickMs, () => {
      this.#silentTicks += 1;
      const silentMs = this.#silentTicks * tickMs;
      this.#arm(settings);
      if (silentMs >= settings.silenceMs + tickMs) {
        this.#actions.silent(silentMs);
        return;
      }
      // A beat counts as what was sent: the next one is due two ticks later.
      const quiet = !this.#sent;
      this.#sent = quiet;
      if (quiet) this.#actions.beat();
    });
  }
}
