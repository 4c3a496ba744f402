// How often a property is tried, and from which seed.
//
// PROPERTY_RUNS=20 tries each property twenty times as often. PROPERTY_SEED=<number> starts from that seed instead
// of a random one; a property that fails prints its seed, the path to its smallest counterexample, and that itself.

/** How many times as often as usual, and how many times as long a property may take. */
export const FACTOR = Number(process.env['PROPERTY_RUNS'] ?? 1);

/** The parameters of `fc.assert` for a property that is usually tried so often. */
export function runs(usually: number): { numRuns: number; seed?: number } {
  const seed = process.env['PROPERTY_SEED'];
  return {
    numRuns: Math.max(1, Math.round(usually * FACTOR)),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}
