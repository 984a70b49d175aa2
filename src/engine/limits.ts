/** Limits of the engine: each with its unit and its reason (I8). */

/** Commands in one commit group: larger groups gain little and make every caller in them wait longer. */
export const GROUP_COMMANDS = 250;

/** Commands of one group that are starts at least, while starts wait: work that exists never keeps them out for good. */
export const GROUP_STARTS = 50;

/** Characters of variables that one group's commands bring, for each room of the queue: a flush is one text for each table. */
export const GROUP_CHARACTERS = 8 * 1024 * 1024;

/** Starts that may wait in one lane's queue; more are refused with ENGINE_BUSY. */
export const LANE_QUEUE_STARTS = 5_000;

/** Characters of variables that the starts of one lane's queue hold in memory; more are refused with ENGINE_BUSY. */
export const LANE_QUEUE_CHARACTERS = 32 * 1024 * 1024;

/** Times that a command finds its root locked elsewhere before it waits for the lock by itself. */
export const MISSES_BEFORE_WAITING = 3;

/** Element instances that one decision may ask for with all that hangs on them, before it is given its whole tree. */
export const OWNERS_ASKED_FOR = 3;

/** Times that a group is repeated after serialization trouble before its commands run one by one. */
export const GROUP_REPEATS = 5;

/** Milliseconds that a group's decisions may take before an expression is suspected. */
export const DECIDE_MS = 1_000;

/** Milliseconds of CPU that an expression may take in commands that were stopped, before it becomes EXPRESSION_LIMIT. */
export const EXPRESSION_CPU_MS = 2_000;

/** Times that a command alone may exceed the time limit before its caller gets INTERNAL: pauses of the machine end. */
export const STOPS_ALONE = 20;

/** Jobs that one lease statement takes: bounds a short transaction. */
export const LEASE_JOBS = 200;

/** Jobs that the first lease for a stream takes, before it is known what its jobs weigh. */
export const FIRST_LEASE_JOBS = 20;

/** Tasks that one claim takes. */
export const CLAIM_TASKS = 100;

/** Claimed tasks under way at once, two groups: what falls due together waits in the database, where it costs nothing. */
export const TASKS_UNDER_WAY = 500;

/** Milliseconds for which claimed tasks are left alone by other servers. */
export const CLAIM_MS = 30_000;

/** Milliseconds between beats of a server, at most. */
export const BEAT_MS = 5_000;

/** Milliseconds after a beat that failed: one lost connection must not make this server look dead. */
export const BEAT_AGAIN_MS = 1_000;

/** Beats in the dead time, at least: one that is late is no sign of death. */
export const BEATS_IN_DEAD_TIME = 3;

/** Days for which partitions are made ahead. */
export const PARTITION_DAYS_AHEAD = 3;

/** Those of them without which a server does not begin: the embedded database takes some 150 ms for each. */
export const PARTITION_DAYS_AT_START = 1;

/** Ids kept in reserve before a group begins; a group that needs more is repeated with more. */
export const IDS_IN_RESERVE = 20_000;

/** Living trees that a lane remembers, the last used ones: some kilobytes each. */
export const TREES_REMEMBERED = 5_000;

/** Rows of a remembered tree: a larger one costs more to bring into a group than the rows on a path cost to read. */
export const TREE_ROWS_REMEMBERED = 64;

/** Characters of all variables of a remembered tree. */
export const TREE_CHARACTERS_REMEMBERED = 16_384;

/** Kinds of trees whose calls are remembered, and calls of each: some hundred bytes each. */
export const CALLERS_REMEMBERED = 1_000;
export const CALLS_REMEMBERED = 20;

/** Deployed graphs kept in memory: each is as large as its model. */
export const GRAPHS_IN_MEMORY = 500;

/** Milliseconds between tries while the database can not be reached: first and last. */
export const RECONNECT_MS = { first: 100, last: 5_000 } as const;

/** Milliseconds that a database may be away before new work is told so: a restart or a failover hides below it. */
export const DATABASE_PATIENCE_MS = 10_000;

/** Milliseconds between lines of the log about a database that is away: first, growing with its absence, and at most. */
export const DATABASE_AWAY_SAID_MS = { first: 10_000, last: 600_000 } as const;

/** Changes of user tasks that are read at once for all who watch. */
export const WATCH_PAGE = 500;

/** Changes that wait for one slow watcher; with more it reads them again when it comes. */
export const WATCH_QUEUE = 1_000;
