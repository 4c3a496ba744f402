import { describe, expect, it } from 'vitest';
import { secondsOf } from '../../../client/contract/duration.ts';

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['30m', 1_800],
    ['2h', 7_200],
    ['7d', 604_800],
    ['1h30m', 5_400],
  ])('%s is %i seconds', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each(['', '2', 'h', '2 h', '-1s', '1.5h', '2w', '2H', '2h ', '10000000000s'])('is not %j', (text) => {
    expect(secondsOf(text)).toBeUndefined();
  });
});
