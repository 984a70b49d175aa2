/** Limits of the core and the engine: each with its unit and its reason (I8). */

/** Steps (arrivals and entries) that one command runs before the rest becomes a CONTINUE task: bounds one transaction. */
export const STEPS_PER_COMMAND = 1_000;

/** Milliseconds after which a timer start event whose time came while its process was disabled looks again. */
export const DISABLED_TIMER_MS = 600_000;

/** How deep calls may be nested: a process that calls itself for ever never ends by itself. */
export const CALL_DEPTH = 100;

/** Steps without a wait state before the instance gets incident STEP_LIMIT: a loop without a wait never ends by itself. */
export const STEPS_WITHOUT_WAIT = 100_000;

/** Elements of an ad-hoc sub-process that one list begins: each is a row of the same transaction. */
export const ELEMENTS_CHOSEN_AT_ONCE = 1_000;

/** Tags of one user task: each list of user tasks carries them all. */
export const TAGS_PER_USER_TASK = 100;
