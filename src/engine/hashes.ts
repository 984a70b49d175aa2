/** What is not known by its id yet gets its shard by a hash. */
import type { SendMessage } from '../core/command.js';
import { SHARDS } from './ids.js';

/** Messages of one name and key meet in one lane. */
export function shardOfMessage({ tenantId, name, correlationKey }: SendMessage): number {
  return hashOf(`${tenantId}\n${name}\n${correlationKey}`) % SHARDS;
}

/** FNV-1a: spreads request ids over shards. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
