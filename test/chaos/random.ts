// Chance that a seed decides, so that a scenario can be played again.

/**
 * A number in [0, 1) for these parts, always the same one: their FNV-1a hash, stirred by the last steps of
 * MurmurHash3 since FNV-1a alone leaves its upper bits alike for short texts.
 */
export function roll(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(parts.join('\u0000'))) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** One of these, by chance. */
export function pick<T>(from: readonly [T, ...T[]], ...parts: readonly (string | number)[]): T {
  return from[Math.floor(roll(...parts) * from.length)] ?? from[0];
}

/** The same items in an order that chance decides. */
export function shuffled<T>(items: readonly T[], ...parts: readonly (string | number)[]): T[] {
  return items
    .map((item, index) => ({ item, place: roll(...parts, index) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
