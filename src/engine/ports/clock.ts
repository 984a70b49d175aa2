/** Engine time: the database's time plus a stored offset, the same for all servers (design section 8). */
import type { RequestToKeep } from './requests.js';

export interface ClockReading {
  /** Engine time. */
  readonly now: number;
  /** How far it is ahead of the database's time. */
  readonly offset: number;
}

export interface MovedTime {
  readonly oldTime: number;
  readonly newTime: number;
}

export interface ClockStore {
  read(): Promise<ClockReading>;
  /** What a request was answered that was made before; null: it is new. */
  answered(request: RequestToKeep): Promise<Moved | null>;
  /**
   * Moves engine time on by so many milliseconds, with the request that asks for it. Null: it was moved since it was
   * read, so the way is to be measured again. A repeated request moves nothing and gets its answer.
   */
  move(from: ClockReading, milliseconds: number, request: RequestToKeep | null): Promise<Moved | null>;
}

export type Moved = MovedTime | 'REQUEST_ID_REUSED';
