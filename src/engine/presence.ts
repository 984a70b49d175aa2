/**
 * This server among the servers of its database (I13, design section 6).
 *
 * Each server raises a counter every few seconds. Another is dead only to one that saw its counter stand still for the
 * dead time on its own monotonic clock, while its own beats committed; after any loss of the database the observation
 * starts again. Death is a write: the epoch rises, and then the dead server's jobs and tasks are free.
 */
import { BEAT_AGAIN_MS, BEAT_MS } from './limits.js';
import type { Log } from './log.js';
import type { Beat, ServerStore } from './ports.js';

export interface PresenceParts {
  readonly servers: ServerStore;
  readonly serverId: string;
  readonly deadTimeMs: number;
  readonly log: Log;
  /** After each beat that committed. */
  beaten(beat: Beat): void;
  /** Another epoch is stored: this server was declared dead, and is registered anew. */
  reborn(): void;
  /** Another server was declared dead; its jobs are free. */
  died(serverId: string): void;
}

interface Observed {
  readonly epoch: number;
  readonly beat: number;
  /** Monotonic milliseconds. */
  readonly since: number;
}

export class Presence {
  private readonly parts: PresenceParts;
  private observed = new Map<string, Observed>();
  private currentEpoch = 0;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private stopped = false;
  /** Servers other than this one, at the last beat. */
  others = 0;

  constructor(parts: PresenceParts) {
    this.parts = parts;
  }

  /** A notice came from another server, so there is one; the next beat counts them. */
  heardOfOther(): void {
    this.others = Math.max(this.others, 1);
  }

  get epoch(): number {
    return this.currentEpoch;
  }

  async start(): Promise<void> {
    this.currentEpoch = await this.parts.servers.register(this.parts.serverId);
    await this.beat();
    this.schedule();
  }

  async stop(resumeWindowMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.beating;
    await this.parts.servers.leave(this.parts.serverId, this.currentEpoch, resumeWindowMs);
  }

  private schedule(delayMs = BEAT_MS): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.beating = this.beatSafely().then((beaten) => {
        this.beating = undefined;
        this.schedule(beaten ? BEAT_MS : BEAT_AGAIN_MS);
      });
    }, delayMs);
  }

  private async beatSafely(): Promise<boolean> {
    try {
      await this.beat();
      return true;
    } catch (error) {
      this.observed.clear();
      this.parts.log.warn({ err: error }, 'a beat failed: the database can not be reached');
      return false;
    }
  }

  private async beat(): Promise<void> {
    const { servers, serverId } = this.parts;
    const beat = await servers.beat(serverId, this.currentEpoch);
    if (!beat.alive) return this.registerAnew();
    this.others = beat.others.length;
    await this.observe(beat);
    this.parts.beaten(beat);
  }

  private async registerAnew(): Promise<void> {
    this.observed.clear();
    this.parts.log.warn(
      { epoch: this.currentEpoch },
      'this server was declared dead; it drops its streams and begins anew',
    );
    this.currentEpoch = await this.parts.servers.register(this.parts.serverId);
    this.parts.reborn();
  }

  private async observe({ others }: Beat): Promise<void> {
    const now = performance.now();
    const observed = new Map<string, Observed>();
    for (const { id, epoch, beat } of others) {
      const before = this.observed.get(id);
      const stands = before !== undefined && before.epoch === epoch && before.beat === beat;
      if (stands && now - before.since >= this.parts.deadTimeMs) {
        if (await this.parts.servers.declareDead(id, epoch)) this.parts.died(id);
      } else {
        observed.set(id, stands ? before : { epoch, beat, since: now });
      }
    }
    this.observed = observed;
  }
}
