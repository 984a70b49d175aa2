/** Notices between servers: NOTIFY outside of all transactions; nothing depends on their arrival (I13). */
import { randomUUID } from 'node:crypto';
import type { Notice, Notices } from '../engine/ports/notices.js';
import { type Database, run } from './database.js';
import { call, prepared } from './statement.js';

const CHANNEL = 'baton';

/** PostgreSQL takes less than 8000 bytes. */
const PAYLOAD_BYTES = 7_900;

const notify = prepared('notify', `select pg_notify('${CHANNEL}', $1)`);

export class StoreNotices implements Notices {
  private readonly database: Database;
  /** A server hears its own notices too, and must not. */
  private readonly sender = randomUUID();

  constructor(database: Database) {
    this.database = database;
  }

  async listen(onNotice: (notice: Notice) => void): Promise<void> {
    await this.database.listen(CHANNEL, (payload) => {
      const notice = parse(payload, this.sender);
      if (notice !== null) onNotice(notice);
    });
  }

  async send(notice: Notice): Promise<void> {
    if (this.database.kind === 'pglite') return;
    const payloads = split(notice).map((part) => JSON.stringify({ sender: this.sender, notice: part }));
    await run(
      this.database,
      'keys',
      payloads.map((payload) => call(notify, payload)),
    );
  }
}

/** Null: our own, or of a version that speaks otherwise. */
function parse(payload: string, self: string): Notice | null {
  try {
    const { sender, notice } = JSON.parse(payload) as { readonly sender: string; readonly notice: Notice };
    return sender === self ? null : notice;
  } catch {
    return null;
  }
}

/** Halves a long list until each part fits. What does not fit alone is not sent. */
export function split(notice: Notice): readonly Notice[] {
  if (Buffer.byteLength(JSON.stringify(notice)) + 100 <= PAYLOAD_BYTES) return [notice];
  const parts = halves(notice);
  return parts === null ? [] : parts.flatMap(split);
}

function halves(notice: Notice): readonly Notice[] | null {
  switch (notice.type) {
    case 'joined':
    case 'resumed':
    case 'time':
    case 'userTasks':
      return null;
    case 'jobs':
      return half(notice.topics)?.map((topics) => ({ ...notice, topics })) ?? null;
    case 'ended':
      return half(notice.roots)?.map((roots) => ({ ...notice, roots })) ?? null;
    case 'canceled':
      return half(notice.jobs)?.map((jobs) => ({ ...notice, jobs })) ?? null;
  }
}

function half<T>(list: readonly T[]): readonly (readonly T[])[] | null {
  if (list.length < 2) return null;
  const middle = Math.ceil(list.length / 2);
  return [list.slice(0, middle), list.slice(middle)];
}
