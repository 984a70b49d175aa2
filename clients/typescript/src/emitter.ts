// Owns events: a typed emitter whose listeners can not break what emits.

export type Listener<T> = (event: T) => void;

export class Emitter<Events extends object> {
  readonly #listeners: { [K in keyof Events]?: readonly Listener<Events[K]>[] } = {};
  readonly #onFault: (error: unknown, event: keyof Events) => void;

  constructor(onFault: (error: unknown, event: keyof Events) => void) {
    this.#onFault = onFault;
  }

  /** The answer takes the listener away again. */
  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): () => void {
    this.#listeners[name] = [...(this.#listeners[name] ?? []), listener];
    return () => {
      this.#listeners[name] = this.#listeners[name]?.filter((other) => other !== listener);
    };
  }

  /** Whether an event is worth building. */
  hears(name: keyof Events): boolean {
    return (this.#listeners[name]?.length ?? 0) > 0;
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(event);
      } catch (error) {
        this.#onFault(error, name);
      }
    }
  }
}
