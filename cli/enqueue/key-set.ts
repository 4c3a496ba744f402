// Which keys were there before, in little memory: keys are 64-bit integers, so eight bytes hold one.

/** Open addressing works well up to this share of slots in use. */
const FULL = 0.7;

/** 32 MiB, for some 2.9 million keys; more are not looked at. */
const MOST_SLOTS = 2 ** 22;

/** A set of keys that grows with them, up to a bound. */
export class KeySet {
  #slots = new BigInt64Array(1024);
  #size = 0;

  /** Whether it holds so many that further ones are not added. */
  get isFull(): boolean {
    return this.#slots.length >= MOST_SLOTS && this.#size >= MOST_SLOTS * FULL;
  }

  /**
   * Adds a key, unless the set is full.
   *
   * @param key as the contract has it: digits, from 1 to 2^63-1
   * @returns whether it was there before
   */
  add(key: string): boolean {
    const number = BigInt(key);
    if (!this.isFull && this.#size >= this.#slots.length * FULL) this.#grow();
    const slot = slotOf(this.#slots, number);
    if (this.#slots[slot] === number) return true;
    if (!this.isFull) {
      this.#slots[slot] = number;
      this.#size += 1;
    }
    return false;
  }

  #grow(): void {
    const larger = new BigInt64Array(this.#slots.length * 2);
    for (const key of this.#slots) {
      if (key !== 0n) larger[slotOf(larger, key)] = key;
    }
    this.#slots = larger;
  }
}

/** Where a key stands, or the free slot where it belongs. Free is 0, which is no key. */
function slotOf(slots: BigInt64Array, key: bigint): number {
  const low = Number(BigInt.asIntN(32, key));
  const high = Number(BigInt.asIntN(32, key >> 32n));
  let hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  hash ^= hash >>> 15;
  let slot = hash & (slots.length - 1);
  while (slots[slot] !== 0n && slots[slot] !== key) slot = (slot + 1) & (slots.length - 1);
  return slot;
}
