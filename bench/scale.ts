/** How much each part does. The full form is what the report is made of; a shorter one only tries whether it works. */

export interface Scale {
  /** Of each timed window. */
  readonly seconds: number;
  /** Under load, before a timed window. */
  readonly warmUpSeconds: number;
  /** Of each idle minute. */
  readonly idleSeconds: number;
  readonly idleWorkers: number;
  /** Instances that have not ended, at any time of a load. */
  readonly inFlight: number;
  readonly memoryInstances: number;
  readonly backlogJobs: number;
  readonly backlogDays: number;
  /** Hand out all of the backlog, and not only its first and last tenth. */
  readonly wholeBacklog: boolean;
  /** Instances that are in the database already. */
  readonly growth: readonly number[];
  /** Servers of one database. */
  readonly servers: readonly number[];
  /** Longer, and the part has failed. */
  readonly partMinutes: number;
}

const FULL_SECONDS = 10;

const full: Scale = {
  seconds: FULL_SECONDS,
  warmUpSeconds: 3,
  idleSeconds: 60,
  idleWorkers: 1_000,
  inFlight: 1_000,
  memoryInstances: 300_000,
  backlogJobs: 1_000_000,
  backlogDays: 400,
  wholeBacklog: false,
  growth: [10_000, 1_000_000],
  servers: [1, 2, 3],
  partMinutes: 6,
};

const long: Scale = {
  ...full,
  idleSeconds: 300,
  wholeBacklog: true,
  growth: [...full.growth, 10_000_000],
  partMinutes: 40,
};

/** With fewer seconds, all else shrinks in proportion. */
export function scaleOf(options: { readonly long: boolean; readonly seconds: number | undefined }): Scale {
  const whole = options.long ? long : full;
  if (options.seconds === undefined) return whole;
  const part = Math.min(1, options.seconds / FULL_SECONDS);
  const shrunk = (count: number) => Math.max(1, Math.round(count * part));
  return {
    seconds: options.seconds,
    warmUpSeconds: whole.warmUpSeconds * part,
    idleSeconds: whole.idleSeconds * part,
    idleWorkers: shrunk(whole.idleWorkers),
    inFlight: whole.inFlight,
    memoryInstances: shrunk(whole.memoryInstances),
    backlogJobs: shrunk(whole.backlogJobs),
    backlogDays: shrunk(whole.backlogDays),
    wholeBacklog: whole.wholeBacklog,
    growth: whole.growth.map(shrunk),
    servers: whole.servers,
    partMinutes: whole.partMinutes,
  };
}
