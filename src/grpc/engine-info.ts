/** The engine: what the answering server is. */
import type { EngineServiceService } from '../gen/baton/v1/engine.js';
import type { Handlers } from './bind.js';
import type { Edge } from './edge.js';
import * as limits from './limits.js';

export function engineInfo({ engine, startedAt }: Edge): Handlers<typeof EngineServiceService> {
  const { serverId, storage, version, heartbeatIntervalMs, resumeWindowMs } = engine.info;
  return {
    getEngineInfo: async () => ({
      version,
      serverId,
      storage,
      durable: true,
      setTimeAllowed: false,
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
    getTime: { notBuilt: "the engine's time is the database's time; moving it comes in a later version" },
    setTime: { notBuilt: "moving the engine's time comes in a later version" },
  };
}

const limit = (name: string, value: number, unit: string) => ({ name, value, unit });
