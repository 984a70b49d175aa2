/** The engine: what the answering server is. */
import { isRefusal } from '../core/refusal.js';
import type { TimeTarget } from '../engine/face.js';
import { type EngineServiceService, SetTimeRequest } from '../gen/baton/v1/engine.js';
import type { Handlers } from './bind.js';
import { durationOf } from './convert.js';
import type { Edge } from './edge.js';
import * as limits from './limits.js';
import { repeatableCaller } from './requests.js';

export function engineInfo({ engine, startedAt }: Edge): Handlers<typeof EngineServiceService> {
  const { serverId, storage, version, heartbeatIntervalMs, resumeWindowMs } = engine.info;
  return {
    getEngineInfo: async () => ({
      version,
      serverId,
      storage,
      durable: engine.info.isDurable,
      setTimeAllowed: engine.info.setTimeAllowed,
      startedAt,
      limits: [
        limit('max_message_bytes', limits.MESSAGE_BYTES, 'bytes'),
        limit('max_credit', limits.STREAM_CREDIT, 'jobs'),
        limit('default_max_hold', limits.DEFAULT_HOLD_MS, 'milliseconds'),
        limit('heartbeat_interval', heartbeatIntervalMs, 'milliseconds'),
        limit('resume_window', resumeWindowMs, 'milliseconds'),
      ],
      servers: [{ id: serverId, epoch: 0, version, startedAt, draining: false, dead: false }],
    }),
    async getTime() {
      const { now, offset } = await engine.clock.read();
      return { time: new Date(now), offset: durationOf(offset) };
    },
    async setTime(request, context) {
      const moved = await engine.clock.set(targetOf(request), repeatableCaller(context, SetTimeRequest, request));
      return isRefusal(moved) ? moved : { newTime: new Date(moved.newTime), oldTime: new Date(moved.oldTime) };
    },
  };
}

/** The rules of the contract see to it that there is one. */
function targetOf({ target }: SetTimeRequest): TimeTarget {
  switch (target?.$case) {
    case 'timeCycle':
      return { cycle: target.value };
    case 'timeDuration':
      return { duration: target.value };
    default:
      return { at: target?.value.getTime() ?? 0 };
  }
}

const limit = (name: string, value: number, unit: string) => ({ name, value, unit });
