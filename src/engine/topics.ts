/**
 * Topics as one server knows them: which sessions want them, and how many older jobs wait.
 *
 * A new job is leased at birth only from credit that is left when each older one has its own, so that push, poll and birth
 * see one order. To wait until there is no older one would not do: while one lease is under way others become older, and
 * a busy topic would never be handed out at birth again.
 */
import { Backlog } from './backlog.js';
import type { TopicKey } from './ports/leases.js';
import type { Session } from './session.js';

export interface Topic extends TopicKey {
  readonly sessions: Session[];
  readonly backlog: Backlog;
  /** Where the round of sessions goes on. */
  turn: number;
}

export class Topics {
  private readonly topics = new Map<string, Topic>();

  get({ tenantId, topic }: TopicKey): Topic | undefined {
    return this.topics.get(keyOf(tenantId, topic));
  }

  all(): Iterable<Topic> {
    return this.topics.values();
  }

  join(session: Session): void {
    for (const key of keysOf(session)) {
      const topic = this.get(key);
      if (topic === undefined) {
        this.topics.set(keyOf(key.tenantId, key.topic), {
          ...key,
          sessions: [session],
          backlog: new Backlog(),
          turn: 0,
        });
      } else {
        topic.sessions.push(session);
      }
    }
  }

  leave(session: Session): void {
    for (const key of keysOf(session)) {
      const topic = this.get(key);
      const index = topic?.sessions.indexOf(session) ?? -1;
      if (topic === undefined || index < 0) continue;
      topic.sessions.splice(index, 1);
      if (topic.sessions.length === 0) this.topics.delete(keyOf(key.tenantId, key.topic));
    }
  }
}

/** Round robin over the sessions that have credit. */
export function nextWithCredit(topic: Topic): Session | undefined {
  const { sessions } = topic;
  for (let i = 0; i < sessions.length; i++) {
    topic.turn = (topic.turn + 1) % sessions.length;
    const session = sessions[topic.turn];
    if (session !== undefined && session.credit > 0) return session;
  }
  return undefined;
}

/** The session that may have a job at its birth. */
export function takerAtBirth(topic: Topic): Session | undefined {
  let ahead = topic.backlog.most;
  for (const { credit } of topic.sessions) {
    if (ahead < credit) return nextWithCredit(topic);
    ahead -= credit;
  }
  return undefined;
}

function* keysOf(session: Session): Iterable<TopicKey> {
  for (const tenantId of session.tenantIds) {
    for (const topic of session.topics.keys()) yield { tenantId, topic };
  }
}

function keyOf(tenantId: string, topic: string): string {
  return `${tenantId}\n${topic}`;
}
