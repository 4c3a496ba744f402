import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { retryAfterSeconds } from '../../../client/cluster/retry-after.ts';

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
