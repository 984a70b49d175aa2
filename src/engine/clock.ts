/** Moving engine time, for tests: forward only, for all servers, and only where it is allowed. */
import { isRefusal, type Refusal, refuse, requestReused } from '../core/refusal.js';
import { dueTime } from '../model/timers.js';
import type { Caller, Clock, TimeTarget } from './face.js';
import { PARTITION_DAYS_AHEAD } from './limits.js';
import type { ClockReading, Moved, MovedTime } from './ports/clock.js';
import type { RequestToKeep } from './ports/requests.js';
import type { Store } from './ports/store.js';

export class EngineClock implements Clock {
  private readonly store: Store;
  private readonly isAllowed: boolean;
  /** Told when it was moved here. */
  private readonly moved: () => void;

  constructor(store: Store, isAllowed: boolean, moved: () => void) {
    this.store = store;
    this.isAllowed = isAllowed;
    this.moved = moved;
  }

  read(): Promise<ClockReading> {
    return this.store.clock.read();
  }

  async set(target: TimeTarget, caller: Caller): Promise<MovedTime | Refusal> {
    if (!this.isAllowed) return refuse('SET_TIME_OFF', 'the server was started without --allow-set-time');
    const moved = await setTime(this.store, target, caller);
    if (!isRefusal(moved)) this.moved();
    return moved;
  }
}

async function setTime(store: Store, target: TimeTarget, caller: Caller): Promise<MovedTime | Refusal> {
  const { principal, request: asked } = caller;
  const request = asked === undefined ? null : { ...asked, principal, tenantId: caller.tenantIds[0] ?? '' };
  for (;;) {
    const reading = await store.clock.read();
    const to = timeOf(target, reading);
    const moved = typeof to === 'number' ? await move(store, reading, to, request) : await repeated(store, request, to);
    if (moved === 'REQUEST_ID_REUSED') return requestReused(asked);
    if (moved !== null) return moved;
  }
}

/** The tables of the new day are there before it begins: no command meets a day without any. */
async function move(
  store: Store,
  from: ClockReading,
  to: number,
  request: RequestToKeep | null,
): Promise<Moved | null> {
  await store.preparePartitions(PARTITION_DAYS_AHEAD, to);
  return store.clock.move(from, to - from.now, request);
}

/** A time that has passed was asked for before, perhaps, and was set then. */
async function repeated(store: Store, request: RequestToKeep | null, refusal: Refusal): Promise<Moved | Refusal> {
  return (request && (await store.clock.answered(request))) ?? refusal;
}

function timeOf(target: TimeTarget, { now }: ClockReading): number | Refusal {
  if ('at' in target) return target.at < now ? inPast(target.at, now) : target.at;
  const [type, text] =
    'cycle' in target ? (['CYCLE', target.cycle] as const) : (['DURATION', target.duration] as const);
  const due = dueTime(type, text, now);
  if ('problem' in due) {
    return type === 'CYCLE'
      ? refuse('TIMER_INVALID', due.problem, { timeCycle: text }, 'time_cycle')
      : refuse('DURATION_INVALID', due.problem, { timeDuration: text }, 'time_duration');
  }
  return due.dueAt < now ? inPast(due.dueAt, now) : due.dueAt;
}

function inPast(at: number, now: number): Refusal {
  const metadata = { time: new Date(at).toISOString(), engineTime: new Date(now).toISOString() };
  return refuse('TIME_IN_PAST', `the engine's time is ${metadata.engineTime}, and goes forward only`, metadata);
}
