// Many environments at one cluster: what the figures of docs/scale.md rest on, with few messages.
import { describe, expect, it } from 'vitest';
import { type Fleet, fallsShort, fleetSetting, mostEnvironments, simulateFleet } from './scale.ts';
import { simulate } from './simulation.ts';

const FLEET: Fleet = { environments: 50, capacity: 50, refusalCost: 0, holdMs: 20_000 };
const MESSAGES = 2_000;
const SEED = 1;

/** When each environment first served a message, in seconds from the beginning. */
function firstServed(fleet: Fleet): number[] {
  const first = new Map<number, number>();
  simulate(fleetSetting(fleet, MESSAGES), SEED, {
    called: () => {},
    served: (environment, at) => {
      if (!first.has(environment)) first.set(environment, at / 1_000);
    },
  });
  return Array.from({ length: fleet.environments }, (_, environment) => first.get(environment) ?? Infinity);
}

describe('environments that come as the event source scales up', () => {
  const first = firstServed({ ...FLEET, capacity: 1_000, environments: 8 });

  it('are five at first', () => {
    expect(Math.max(...first.slice(0, 5))).toBeLessThan(0.2);
  });

  it('are one more every fifth of a second', () => {
    expect(first.slice(5).map((seconds, index) => seconds >= 0.2 * (index + 1))).toEqual([true, true, true]);
  });

  it('are all there at once where they are warm', () => {
    const warm = firstServed({ ...FLEET, capacity: 1_000, environments: 8, isWarm: true });
    expect(Math.max(...warm)).toBeLessThan(0.2);
  });
});

describe('a refusal that costs the cluster something', () => {
  it('makes the drain longer', () => {
    const free = simulateFleet({ ...FLEET, environments: 200 }, SEED, MESSAGES);
    const dear = simulateFleet({ ...FLEET, environments: 200, refusalCost: 0.5 }, SEED, MESSAGES);
    expect(dear.drain).toBeGreaterThan(free.drain);
  });
});

describe('the load of an outage', () => {
  it.each([
    ['refuses', 12, 18],
    ['silent', 32, 38],
  ] as const)('is a probe of each environment in its interval: %s', (outage, least, most) => {
    const { outageLoad } = simulateFleet({ ...FLEET, outage }, SEED, MESSAGES);
    expect(FLEET.environments / outageLoad).toBeGreaterThan(least);
    expect(FLEET.environments / outageLoad).toBeLessThan(most);
  });
});

describe('the figures', () => {
  const figures = simulateFleet(FLEET, SEED, MESSAGES);

  it('rank the environments by what they served', () => {
    const [tenth, half, nineTenths] = figures.servedByOne;
    expect(tenth).toBeLessThanOrEqual(half);
    expect(half).toBeLessThanOrEqual(nineTenths);
    expect(nineTenths).toBeLessThanOrEqual(MESSAGES);
  });

  it('are the same for the same seed', () => {
    expect(simulateFleet(FLEET, SEED, MESSAGES)).toEqual(figures);
  });

  it('count the calls of the busiest second', () => {
    expect(figures.busiest).toBeGreaterThanOrEqual(FLEET.capacity);
  });
});

describe('a cluster', () => {
  const within = { ...FLEET, environments: mostEnvironments(FLEET.capacity) };
  const sound = { ...simulateFleet(FLEET, SEED, MESSAGES), drain: 1.3, calls: 1.5 };

  it('is good for two environments for each call a second', () => {
    expect(mostEnvironments(50)).toBe(100);
  });

  it('does not fall short where the pace reaches what it is to reach', () => {
    expect(fallsShort(within, sound)).toBe(false);
  });

  it.each([
    ['drain', { drain: 1.31 }],
    ['calls', { calls: 1.51 }],
    ['messages that are not served', { drain: Number.POSITIVE_INFINITY }],
  ])('falls short by its %s', (_, worse) => {
    expect(fallsShort(within, { ...sound, ...worse })).toBe(true);
  });

  it('is expected to serve every message, and no more, where there are more environments', () => {
    const more = { ...FLEET, environments: within.environments + 1 };
    expect(fallsShort(more, { ...sound, drain: 3, calls: 7 })).toBe(false);
    expect(fallsShort(more, { ...sound, drain: Number.POSITIVE_INFINITY })).toBe(true);
  });
});
