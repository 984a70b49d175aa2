// Random choices that come back: each input of each kind has a generator of its own, so that one can be made alone.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The generator of one input. */
  static of(seed: number, kind: string, input: number): Random {
    let hash = 0x811c9dc5;
    for (const character of `${seed}/${kind}/${input}`) {
      hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    }
    return new Random(hash ^ (hash >>> 15));
  }

  /** An integer of 32 bits: mulberry32. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0, without the limit itself. */
  below(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  /** Both ends included. */
  between(least: number, greatest: number): number {
    return least + this.below(greatest - least + 1);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error('there is nothing to choose from');
    return choices[this.below(choices.length)] as T;
  }

  /** One of several ways, each as often as its weight says. */
  way<T>(ways: readonly (readonly [weight: number, make: () => T])[]): T {
    let left = this.below(ways.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of ways) {
      if (left < weight) return make();
      left -= weight;
    }
    throw new Error('there is no way');
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.between(0, most) }, make);
  }
}
