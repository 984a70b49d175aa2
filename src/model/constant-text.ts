/** Texts of a model that must be known when it is deployed: as they stand, or by an expression without variables. */
import type { Text } from './events.js';

export function constantText(source: Text | undefined): string | undefined {
  if (typeof source !== 'object') return source || undefined;
  if (source.reads.length > 0) return undefined;
  const evaluation = source.evaluate({ now: 0, variable: () => undefined });
  return evaluation.ok && typeof evaluation.value === 'string' ? evaluation.value || undefined : undefined;
}
