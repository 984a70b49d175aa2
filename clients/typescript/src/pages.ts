// Owns lists that come in pages.

export interface Page<T> {
  readonly results: readonly T[];
  /** Where the next page begins; empty at the end. */
  readonly nextPageToken: string;
}

/** The results of a query. Nothing is fetched before it is asked for: `for await (const one of query) ...`. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #fetch: (pageToken: string | undefined) => Promise<Page<T>>;

  constructor(fetch: (pageToken: string | undefined) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  /** One page: the first, or the one that a token of an earlier page names. */
  page(pageToken?: string): Promise<Page<T>> {
    return this.#fetch(pageToken);
  }

  /** All of them. Mind how many there may be. */
  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const one of this) all.push(one);
    return all;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    let pageToken: string | undefined;
    do {
      const page = await this.#fetch(pageToken);
      yield* page.results;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }
}
