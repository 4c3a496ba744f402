// Gentle on a cluster in trouble, fast on one that is well: the function's own pace and delays, in virtual time.
import { describe, expect, it } from 'vitest';
import { COVERING } from './cases.ts';
import { type Case, figuresOf, missed, nameOf, settingOf } from './settings.ts';
import { simulate } from './simulation.ts';

const SEED = 1;

const NAMED = COVERING.map((each): [string, Case] => [nameOf(each), each]);

describe('the queue drains soon, with few calls, and nobody starves', () => {
  it.each(NAMED)('%s', (_, given) => {
    const setting = settingOf(given);
    const figures = figuresOf(setting, simulate(setting, SEED));
    expect({ figures, missed: missed(figures, given.scenario) }).toEqual({ figures, missed: [] });
  });
});

describe('a key whose partition does not exist', () => {
  it('is called three times, however many others there are', () => {
    const setting = settingOf({
      scenario: 'poison first',
      kind: 'bucket',
      capacity: 500,
      environments: 10,
      latencyMs: 50,
      poisonPercent: 0,
    });
    expect(simulate(setting, SEED).mostPoisonCalls).toBe(3);
  });
});

describe('a task that is over, behind a gateway that replaces the bodies of errors', () => {
  it('is a dead letter with its second call, as if the gateway were not there', () => {
    const setting = settingOf({
      scenario: 'replaced bodies',
      kind: 'bucket',
      capacity: 500,
      environments: 2,
      latencyMs: 50,
      poisonPercent: 0,
    });
    const { mostOverCalls, notFound } = simulate(setting, SEED);
    expect({ mostOverCalls, notFound }).toEqual({ mostOverCalls: 2, notFound: setting.over });
  });
});

describe('a course', () => {
  const setting = settingOf({
    scenario: 'outage',
    kind: 'slots',
    capacity: 50,
    environments: 10,
    latencyMs: 50,
    poisonPercent: 5,
  });

  it('is the same for the same seed', () => {
    expect(simulate(setting, 7)).toEqual(simulate(setting, 7));
  });

  it('differs for another', () => {
    expect(simulate(setting, 7)).not.toEqual(simulate(setting, 8));
  });
});
