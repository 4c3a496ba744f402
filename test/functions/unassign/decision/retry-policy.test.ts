// How long a copy is delayed.
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  heldDelay,
  requeueDelay,
  retryAfterSeconds,
} from '../../../../functions/unassign/decision/retry-policy.ts';

describe('Retry-After', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  const at = Date.parse('2026-11-06T08:49:07.000Z');

  it.each([
    ['none', undefined, 0],
    ['empty', '', 0],
    ['seconds', '30', 30],
    ['zero seconds', '0', 0],
    ['seconds with blanks around', ' 30 ', 30],
    ['900 s', '900', 900],
    ['over 900 s', '901', 900],
    ['hours', '86400', 900],
    ['more digits than a number holds', '9'.repeat(400), 900],
    ['negative seconds', '-5', 0],
    ['a fraction', '1.5', 0],
    ['an exponent', '1e3', 0],
    ['hexadecimal', '0x10', 0],
    ['words', 'soon', 0],
    ['a year', '2030 AD', 0],
    ['a day that is none', 'Sunny 2099', 0],
    ['a weekday and a year', 'Monday or so in 2099', 0],
    ['an ISO date', '2099-01-01T00:00:00Z', 0],
    ['an HTTP date', 'Fri, 06 Nov 2026 08:49:37 GMT', 30],
    ['an HTTP date of RFC 850', 'Friday, 06-Nov-26 08:49:37 GMT', 30],
    ['an HTTP date of asctime', 'Fri Nov  6 08:49:37 2026', 30],
    ['an HTTP date of asctime with two digits', 'Mon Nov 16 08:49:37 2026', 900],
    ['an HTTP date far ahead', 'Thu, 31 Dec 2099 00:00:00 GMT', 900],
    ['an HTTP date in the past', 'Thu, 05 Nov 2026 08:49:37 GMT', 0],
    ['an HTTP date with an impossible hour', 'Fri, 06 Nov 2026 28:49:37 GMT', 0],
  ])('%s', (_, header, seconds) => {
    expect(retryAfterSeconds(header, at)).toBe(seconds);
  });

  it.each(['Asia/Tokyo', 'America/New_York', 'UTC'])(
    'is read as UTC where the machine is in %s',
    (machine) => {
      process.env['TZ'] = machine;
      expect(retryAfterSeconds('Fri Nov  6 08:49:37 2026', at)).toBe(30);
    },
  );

  it('never is less than what was asked for, and never an error', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const seconds = retryAfterSeconds(header, at);
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(900);
      }),
    );
  });
});

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
