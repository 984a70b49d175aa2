/** Engine time: read, and moved on for all servers at once. */
import type { ClockReading, ClockStore, Moved, MovedTime } from '../engine/ports/clock.js';
import type { RequestToKeep } from '../engine/ports/requests.js';
import { numberAt } from './cells.js';
import { type Database, repeating, run, type Statements, transact } from './database.js';
import { TIME } from './engine-row.js';
import { call, prepared, resultAt } from './statement.js';
import { storeAnswer, storedAnswer } from './stored-answers.js';

const move = prepared('move_time', 'update engine set time_offset_ms = $2::int8 where time_offset_ms = $1::int8');

export class Clock implements ClockStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async read(): Promise<ClockReading> {
    const cells = resultAt(await run(this.database, 'keys', [call(TIME)]), 0).rows[0] ?? [];
    const offset = numberAt(cells, 1);
    return { now: numberAt(cells, 0) + offset, offset };
  }

  answered(request: RequestToKeep): Promise<Moved | null> {
    const read = (statements: Statements) => storedAnswer<MovedTime>(statements, request);
    return transact(this.database, 'keys', read, () => false);
  }

  move(from: ClockReading, milliseconds: number, request: RequestToKeep | null): Promise<Moved | null> {
    return repeating(() =>
      transact(
        this.database,
        'keys',
        async (statements): Promise<Moved | null> => {
          const stored = await storedAnswer<MovedTime>(statements, request);
          if (stored !== null) return stored;
          const [moved] = await statements(call(move, from.offset, from.offset + milliseconds));
          if (moved?.count !== 1) return null;
          const answer = { oldTime: from.now, newTime: from.now + milliseconds };
          await storeAnswer(statements, request, answer, 0);
          return answer;
        },
        (answer) => answer !== null,
      ),
    );
  }
}
