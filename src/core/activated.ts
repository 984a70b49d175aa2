/** What a complex gateway that waits to be reset remembers; never due. */
export interface Activated {
  readonly type: 'ACTIVATED';
  /** The flows from which it has taken a token. */
  readonly flows: readonly number[];
  /** ACTIVATED: its tokens are to go out. WAITING: to be reset. RESET: what it lets go on late is to go out. */
  readonly step: 'ACTIVATED' | 'WAITING' | 'RESET';
}
