/** Limits of the gRPC ring: each with its unit and its reason (I8). */

/** Bytes of the largest message that the server accepts: the largest BPMN document, and room for the rest of its request. */
export const MESSAGE_BYTES = 20 * 1024 * 1024;

/** Bytes of the largest message that a worker accepts when it does not say: what gRPC libraries accept. */
export const WORKER_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Jobs of credit that one stream can have: bounds what waits for a slow reader. */
export const STREAM_CREDIT = 10_000;

/** Outcomes of one stream that are being applied at once; while there are more, the stream is not read. */
export const STREAM_OUTCOMES = 2_000;

/** Bytes that wait for a slow reader before its stream is no longer read. */
export const STREAM_BACKLOG_BYTES = 16 * 1024 * 1024;

/** Requests of one stream without an answer that has left: several commit groups, and what waits for a slow reader. */
export const STREAM_REQUESTS = 2_000;

/** Bytes of answers in one message of such a stream, at most: below what gRPC libraries accept, with room for the rest. */
export const ANSWERS_BYTES = 2 * 1024 * 1024;

/** Bytes of one answer, at most, without its tags: its other texts are bounded by the contract, its error by a trailer. */
export const ANSWER_BYTES = 8 * 1024;

/** Milliseconds between signs of life on streams of requests, as the contract has it; worker streams have a setting. */
export const REQUEST_STREAM_BEAT_MS = 5_000;

/** Items of one frame: a frame of many jobs costs less than many frames, and a handler still starts at once. */
export const FRAME_ITEMS = 100;

/** Heartbeat intervals without a sign of life, after which a stream is dead. */
export const SILENT_INTERVALS = 3;

/** Milliseconds that a worker may hold a job when its topic does not say: ends hung handlers, and is longer than work is. */
export const DEFAULT_HOLD_MS = 6 * 60 * 60 * 1000;

/** Milliseconds that LockJobs locks a job when the request does not say. */
export const DEFAULT_LOCK_MS = 5 * 60 * 1000;

/** Characters of an error message that are kept: it is for people. */
export const ERROR_MESSAGE_CHARACTERS = 10_000;

/** Connections at once, each about 50 KiB of memory and a file: more are told so, and closed. */
export const CONNECTIONS = 20_000;

/** Connections that are being told that there is no room; beyond them nothing is said. */
export const REFUSED_CONNECTIONS = 100;

/** Streams of one connection: each worker process needs one, and calls beside it. A proxy sends all through few. */
export const STREAMS_PER_CONNECTION = 10_000;

/** Megabytes that one connection may hold of answers that its client does not read; beyond that it gets no new stream. */
export const CONNECTION_MEGABYTES = 256;

/**
 * Single calls under way, by kind. Those that finish work are bounded by connections and their streams alone. Reads are
 * few, for each may have a large answer; starts wait in the lanes, which have bounds of their own.
 */
export const CALLS = { finished: Number.POSITIVE_INFINITY, reading: 1_000, waiting: 10_000, changing: 10_000 } as const;

/** Bytes of the requests of calls under way; what finishes work is let in beyond it. */
export const CALLS_BYTES = 256 * 1024 * 1024;

/** Milliseconds between pings of the transport that find connections whose peer has gone, and the wait for their answer. */
export const KEEPALIVE_MS = { time: 30_000, timeout: 10_000 } as const;

/** Milliseconds after which a connection without calls is closed. */
export const IDLE_CONNECTION_MS = 10 * 60 * 1000;

/** Milliseconds between answers of a watch that has nothing to say: less than half of what the contract calls dead. */
export const WATCH_HEARTBEAT_MS = 10_000;

/** Members of one JSON object of variables; as many as a list of variables may have. */
export const VARIABLES_PER_OBJECT = 100;

/** Bytes of the value of one variable, as the contract has it for lists: a job with one fits into what workers accept. */
export const VARIABLE_BYTES = 2 * 1024 * 1024;

/** Characters of the name of a variable, as the contract has it for lists. */
export const VARIABLE_NAME_CHARACTERS = 200;

/** Results of one page when the request does not say. */
export const PAGE_SIZE = 50;

/** Bytes of jobs in one answer of LockJobs: what gRPC libraries accept, with room for the rest of the message. */
export const LOCKED_BYTES = WORKER_MESSAGE_BYTES - 64 * 1024;

/** Milliseconds before the deadline of a call at which a wait ends: the answer has to arrive in time. */
export const ANSWER_MS = 100;
