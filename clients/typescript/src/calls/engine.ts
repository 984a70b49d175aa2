// Owns the calls about the engine itself.
import type { Caller, CallOptions } from '../caller.js';
import { toMilliseconds } from '../durations.js';
import {
  GetEngineInfoRequest,
  type GetEngineInfoResponse,
  GetTimeRequest,
  EngineServiceService as methods,
  SetTimeRequest,
} from '../gen/baton/v1/engine.js';
import { make } from '../input.js';
import { promised } from './support.js';

export interface SetTimeOptions extends CallOptions {
  /** The same id again moves nothing again. */
  readonly requestId?: string | undefined;
}

export class Engine {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  getInfo(options?: CallOptions): Promise<GetEngineInfoResponse> {
    return this.#caller.call(methods.getEngineInfo, make(GetEngineInfoRequest, {}), options);
  }

  /** The engine's time, and how far it was moved ahead. */
  async getTime(options?: CallOptions): Promise<{ readonly time: Date; readonly offsetMs: number }> {
    const { time, offset } = await this.#caller.call(methods.getTime, make(GetTimeRequest, {}), options);
    return { time: promised(time, 'time'), offsetMs: toMilliseconds(offset) ?? 0 };
  }

  /**
   * Moves the engine's time forward: to a point, by ISO 8601 text such as `PT1H`, or to the next time of a CRON expression.
   * For tests only.
   */
  async setTime(to: Date | string | { readonly cycle: string }, options: SetTimeOptions = {}): Promise<Date> {
    const request = make(SetTimeRequest, { target: targetOf(to), requestId: options.requestId });
    const { newTime } = await this.#caller.call(methods.setTime, request, options);
    return promised(newTime, 'new_time');
  }
}

function targetOf(to: Date | string | { readonly cycle: string }): SetTimeRequest['target'] {
  if (typeof to === 'string') return { $case: 'timeDuration', value: to };
  return to instanceof Date ? { $case: 'time', value: to } : { $case: 'timeCycle', value: to.cycle };
}
