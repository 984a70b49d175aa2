/** Requests that can be repeated: their rows are written first, so that a repetition meets the first one's row. */

export interface RequestKey {
  readonly tenantId: string;
  readonly principal: string;
  readonly rpc: string;
  readonly requestId: string;
}

/** A request that can be repeated. */
export interface RequestToKeep extends RequestKey {
  /** Over the canonical form of the request. */
  readonly hash: string;
}
