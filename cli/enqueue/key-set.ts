// Which keys were there before, in bounded memory.

/** Some 100 MB; more are not looked at. */
const MOST_KEYS = 1_000_000;

/** A set of keys that grows with them, up to a bound. */
export class KeySet {
  readonly #keys = new Set<bigint>();

  /** Whether it holds so many that further ones are not added. */
  get isFull(): boolean {
    return this.#keys.size >= MOST_KEYS;
  }

  /**
   * Adds a key, unless the set is full.
   *
   * @param text the key as the contract has it: digits
   * @returns whether it was there before
   */
  add(text: string): boolean {
    // As text it would take more memory, and keep the part of the file that it was cut from.
    const key = BigInt(text);
    if (this.#keys.has(key)) return true;
    if (!this.isFull) this.#keys.add(key);
    return false;
  }
}
