/**
 * This server among the servers of its database (I13, design section 6).
 *
 * Each server raises a counter every few seconds. Another is dead only to one that saw its counter stand still for the
 * dead time on its own monotonic clock, while its own beats committed; after any loss of the database the observation
 * starts again, and a pause of its own, or of the machine, counts as little more than a beat: others may have been paused
 * too. Death is a write: the epoch rises, and then the dead server's jobs and tasks are free.
 */
import { BEAT_AGAIN_MS, BEAT_MS, BEATS_IN_DEAD_TIME } from './limits.js';
import { isAway, type Log, logFailure } from './log.js';
import type { StoreError } from './ports/lane.js';
import type { Beat, ServerStore } from './ports/servers.js';

export interface PresenceParts {
  readonly servers: ServerStore;
  readonly serverId: string;
  readonly deadTimeMs: number;
  readonly log: Log;
  /** After each beat that committed. `hadOthers`: other servers were there at some time since the beat before. */
  beaten(beat: Beat, hadOthers: boolean): void;
  /** After each beat that did not, since the database can not be used. */
  missed(error: StoreError): void;
  /** Another epoch is stored: this server was declared dead, and is registered anew. */
  reborn(): void;
  /** Another server was declared dead; its jobs are free. */
  died(serverId: string): void;
}

interface Observed {
  readonly epoch: number;
  readonly beat: number;
  /** Milliseconds for which the counter was seen to stand still. */
  readonly stoodMs: number;
}

export class Presence {
  private readonly parts: PresenceParts;
  private observed = new Map<string, Observed>();
  private currentEpoch = 0;
  /** The latest that any server was given, at the last beat. */
  private latestEpoch = 0;
  private readonly beatMs: number;
  /** Of its own last beat that committed: monotonic milliseconds. */
  private beatAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private stopped = false;
  /** Servers other than this one, at the last beat. */
  others = 0;

  constructor(parts: PresenceParts) {
    this.parts = parts;
    this.beatMs = Math.min(BEAT_MS, parts.deadTimeMs / BEATS_IN_DEAD_TIME);
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
    try {
      await this.parts.servers.leave(this.parts.serverId, this.currentEpoch, resumeWindowMs);
    } catch (error) {
      logFailure(this.parts.log, error, 'this server could not say that it leaves: others will declare it dead');
    }
  }

  private schedule(delayMs = this.beatMs): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.beating = this.beatSafely().then((beaten) => {
        this.beating = undefined;
        this.schedule(beaten ? this.beatMs : Math.min(this.beatMs, BEAT_AGAIN_MS));
      });
    }, delayMs);
  }

  private async beatSafely(): Promise<boolean> {
    try {
      await this.beat();
      return true;
    } catch (error) {
      this.observed.clear();
      if (isAway(error)) this.parts.missed(error);
      else this.parts.log.warn({ err: error }, 'a beat failed; the next one tries again');
      return false;
    }
  }

  private async beat(): Promise<void> {
    const { servers, serverId } = this.parts;
    const beat = await servers.beat(serverId, this.currentEpoch);
    if (!beat.alive) return this.registerAnew();
    // One may have come and gone since the last beat: its epoch stays.
    const hadOthers = this.others > 0 || beat.others.length > 0 || beat.latestEpoch > this.latestEpoch;
    this.others = beat.others.length;
    this.latestEpoch = beat.latestEpoch;
    await this.observe(beat);
    this.parts.beaten(beat, hadOthers);
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
    const watchedMs = Math.min(now - this.beatAt, 1.5 * this.beatMs);
    this.beatAt = now;
    const observed = new Map<string, Observed>();
    for (const { id, epoch, beat } of others) {
      const before = this.observed.get(id);
      const stands = before !== undefined && before.epoch === epoch && before.beat === beat;
      const stoodMs = stands ? before.stoodMs + watchedMs : 0;
      if (stoodMs >= this.parts.deadTimeMs) {
        if (await this.parts.servers.declareDead(id, epoch)) this.parts.died(id);
      } else {
        observed.set(id, { epoch, beat, stoodMs });
      }
    }
    this.observed = observed;
  }
}
