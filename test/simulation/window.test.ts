// What expectedAssignee is good for and what it leaves, as docs/contract.md tells it: held by test/docs/window.test.ts.
import { describe, expect, it } from 'vitest';
import { isUnjust, MEAN_HOLDING_MS, nameOfStorage, STORAGE_LAGS, simulateWindow } from './window.ts';

const REQUESTS = 1_000;
const SEED = 1;

const unguarded = simulateWindow({ storage: 0, isGuarded: false }, SEED, REQUESTS);

const WINDOWS = STORAGE_LAGS.map((storage) => {
  const given = { storage, isGuarded: true };
  return { name: nameOfStorage(storage), storage, given, counts: simulateWindow(given, SEED, REQUESTS) };
});

describe('requests whose tasks change hands', () => {
  it('strip many newer assignees without a guard', () => {
    expect(unguarded.stripped).toBeGreaterThan(REQUESTS / 4);
  });

  it.each(WINDOWS)('are all accounted for: $name', ({ counts }) => {
    const { stripped, served, superseded, dropped } = counts;
    expect(stripped + served + superseded + dropped).toBe(REQUESTS);
  });

  it.each(WINDOWS)('strip fewer with a guard: $name', ({ counts }) => {
    expect(counts.stripped).toBeLessThan(unguarded.stripped);
  });

  const LAGGING = WINDOWS.flatMap(({ name, storage, counts }) =>
    storage === 'stands still' ? [] : [{ name, counts, seconds: storage }],
  );

  it.each(LAGGING)('strip no more than change hands within the lag: $name', ({ counts, seconds }) => {
    // A second besides for the way from the reading to the call.
    const changes = (REQUESTS * (seconds + 1) * 1_000) / MEAN_HOLDING_MS;
    expect(counts.stripped).toBeLessThanOrEqual(Math.ceil(changes));
  });

  it.each(WINDOWS)(
    'are served where they are right, if the storage is not too far behind: $name',
    (window) => {
      expect(isUnjust(window.given, window.counts)).toBe(false);
    },
  );

  it('are dropped although they are right where the storage stands still', () => {
    expect(WINDOWS.at(-1)?.counts.dropped).toBeGreaterThan(0);
  });
});
