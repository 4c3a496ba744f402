// How long a copy is delayed.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldDelay, requeueDelay } from '../../../../functions/unassign/decision/retry-policy.ts';

describe('the delay of a requeued copy', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const given = fc.record({
    ageSeconds: fc.oneof(
      fc.double({ min: 0, max: 20_000, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
    ),
    leastSeconds: fc.double({ min: 0, max: 900, noNaN: true }),
    secondsUntilExpiry: fc.oneof(
      fc.constant(Number.POSITIVE_INFINITY),
      fc.double({ min: 1, max: 2_000, noNaN: true }),
    ),
    random: random.map((value) => () => value),
  });

  function never(check: (delay: number, from: Parameters<typeof requeueDelay>[0]) => void): void {
    fc.assert(
      fc.property(given, (from) => check(requeueDelay(from), from)),
      { numRuns: 1_000 },
    );
  }

  it('is a number of whole seconds', () => {
    never((delay) => {
      expect(Number.isInteger(delay)).toBe(true);
    });
  });

  it('is from 1 to 900 s', () => {
    never((delay) => {
      expect(delay).toBeGreaterThanOrEqual(1);
      expect(delay).toBeLessThanOrEqual(900);
    });
  });

  it('never passes the expiry', () => {
    never((delay, { secondsUntilExpiry }) => {
      expect(delay).toBeLessThanOrEqual(secondsUntilExpiry);
    });
  });

  it('is at least what was asked for, as far as the expiry allows', () => {
    never((delay, { leastSeconds, secondsUntilExpiry }) => {
      expect(delay).toBeGreaterThanOrEqual(Math.min(leastSeconds, Math.floor(secondsUntilExpiry)));
    });
  });

  it('is between half and whole of a tenth of the age, where nothing else bounds it', () => {
    fc.assert(
      fc.property(fc.double({ min: 20, max: 9_000, noNaN: true }), random, (ageSeconds, value) => {
        const delay = requeueDelay({
          ageSeconds,
          leastSeconds: 0,
          secondsUntilExpiry: Number.POSITIVE_INFINITY,
          random: () => value,
        });
        expect(delay).toBeGreaterThanOrEqual(ageSeconds / 20);
        expect(delay).toBeLessThanOrEqual(Math.ceil(ageSeconds / 10));
      }),
    );
  });

  it.each([
    ['never called', 0, 0, 0.9, 1],
    ['called 10 min ago, the least', 600, 0, 0, 30],
    ['called 10 min ago, in the middle', 600, 0, 0.5, 45],
    ['called 10 min ago, almost the most', 600, 0, 0.999, 60],
    ['rounded up', 601, 0, 0, 31],
    ['called a day ago', 86_400, 0, 0, 900],
    ['asked for more than it would be', 600, 100, 0, 100],
    ['asked for less than it would be', 600, 10, 0, 30],
    ['asked for a fraction', 0, 2.1, 0, 3],
  ])('%s', (_, ageSeconds, leastSeconds, value, expected) => {
    const secondsUntilExpiry = Number.POSITIVE_INFINITY;
    expect(requeueDelay({ ageSeconds, leastSeconds, secondsUntilExpiry, random: () => value })).toBe(
      expected,
    );
  });
});

describe('the delay of a message that was held and never attempted', () => {
  it.each([
    ['just served', 0, 0.5, 1],
    ['4 s without a success, the least', 4, 0, 2],
    ['4 s without a success, the most', 4, 0.999, 4],
    ['a minute', 60, 0.999, 10],
    ['a minute, the least', 60, 0, 5],
    ['an hour, almost the most', 3_600, 0.999, 36],
    ['a day', 86_400, 0, 432],
    ['a week', 604_800, 0.5, 900],
  ])('waits by the time without a success: %s', (_, quietSeconds, value, expected) => {
    const secondsUntilExpiry = Number.POSITIVE_INFINITY;
    expect(heldDelay({ quietSeconds, secondsUntilExpiry, random: () => value })).toBe(expected);
  });

  it('waits for whole seconds from 1 to 900, and never past its expiry', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.double({ min: 1, max: 2_000, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (quietSeconds, secondsUntilExpiry, value) => {
          const delay = heldDelay({ quietSeconds, secondsUntilExpiry, random: () => value });
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(1);
          expect(delay).toBeLessThanOrEqual(Math.min(900, secondsUntilExpiry));
        },
      ),
    );
  });
});
