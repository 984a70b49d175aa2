/**
 * Answers that do not come: are they still worked on, or were they lost on the way? A wire that fell silent looks like a
 * slow statement, and waiting as long as the slowest may take would freeze a lane. So the database is asked, over a
 * connection of its own.
 */
import type { SocketClient } from './socket-client.js';
import type { Wire } from './wire.js';

/** `since` stays the same while nothing new reaches the session. */
interface Session {
  readonly working: 't' | 'f';
  readonly since: string;
}

const SINCE = "concat_ws(' ', state, query_start, state_change)";

/** A session that waits for its client owes nothing. */
const LOOK =
  `select state = 'active' and wait_event_type is distinct from 'Client' as working, ${SINCE} as since ` +
  'from pg_stat_activity where pid = $1';

/** It would keep what it has locked, and can not hear of us any more. */
const END = `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and ${SINCE} = $2`;

export class LateAnswers {
  private readonly connect: () => Promise<SocketClient>;
  private readonly onLost: () => void;
  /** What the look before saw. */
  private readonly seen = new WeakMap<Wire, string>();

  constructor(connect: () => Promise<SocketClient>, onLost: () => void) {
    this.connect = connect;
    this.onLost = onLost;
  }

  /** For each wire time and again while its answer is late. What stands still from one look to the next is lost. */
  async look(wire: Wire): Promise<void> {
    const { batch } = wire;
    const client = await this.connect();
    try {
      const { rows } = await client.query<Session>(LOOK, [wire.processId]);
      if (wire.batch !== batch) return;
      const [session] = rows;
      if (session !== undefined && !this.standsStill(wire, session)) return;
      if (session !== undefined) await client.query(END, [wire.processId, session.since]);
      wire.destroy('The answer of the database was lost.');
      this.onLost();
    } finally {
      client.socket.destroy();
    }
  }

  private standsStill(wire: Wire, { working, since }: Session): boolean {
    const before = this.seen.get(wire);
    const now = `${wire.batch} ${wire.progress} ${since}`;
    this.seen.set(wire, now);
    return working === 'f' && before === now;
  }
}
