import { describe, expect, it } from 'vitest';
import { roll } from './random.ts';
import { Chance, planScenario } from './scenario.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('a scenario', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(planScenario(1, 300, NOW)).toEqual(planScenario(1, 300, NOW));
    expect(planScenario(2, 300, NOW).phases).not.toEqual(planScenario(1, 300, NOW).phases);
  });

  it('sends every message once, and no two with the same body', () => {
    const { messages, phases } = planScenario(3, 1_000, NOW);
    const sent = phases.flatMap((phase) => phase.messages);
    expect(new Set(sent)).toEqual(new Set(messages));
    expect(sent).toHaveLength(messages.length);
    expect(new Set(messages.map(({ body }) => body)).size).toBe(messages.length);
  });
});

describe('chance', () => {
  const weather = { name: 'some', share: 0, plays: [{ name: 'a' }, { name: 'b' }] };

  it('plays everything once before it leaves it to the share', () => {
    const chance = new Chance(weather, 1, 'seed');
    expect([chance.next(), chance.next(), chance.next()]).toEqual([{ name: 'a' }, { name: 'b' }, undefined]);
    expect(chance.done).toBe(true);
  });

  it('plays as many rounds as asked for', () => {
    const chance = new Chance(weather, 2, 'seed');
    expect([1, 2, 3, 4, 5].map(() => chance.next()?.name)).toEqual(['a', 'b', 'a', 'b', undefined]);
  });

  it('keeps a play that does not fit for a later occasion', () => {
    const chance = new Chance(weather, 1, 'seed');
    expect(chance.next(() => false)).toBeUndefined();
    expect(chance.done).toBe(false);
    expect(chance.next()).toEqual({ name: 'a' });
  });

  it('is spread evenly', () => {
    const rolls = Array.from({ length: 10_000 }, (_, index) => roll('seed', index));
    const shares = [0, 1, 2, 3].map((part) => rolls.filter((value) => Math.floor(value * 4) === part).length);
    expect(Math.min(...shares)).toBeGreaterThan(2_300);
  });
});
