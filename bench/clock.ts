/** A clock that all processes of one machine share, in milliseconds, and what is said of times. */

export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The time that this share of all (0.5, 0.99) stays at or below. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error('there are no times');
  return found;
}
