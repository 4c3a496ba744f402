import { expect, it } from 'vitest';
import { KeySet } from '../../../cli/enqueue/key-set.ts';

it('knows the keys that it was given, and no others, also where a JSON number would not tell them apart', () => {
  const set = new KeySet();
  const keys = ['9007199254740992', '9007199254740993', '9223372036854775807', '1', '9007199254740993'];
  expect(keys.map((key) => set.add(key))).toEqual([false, false, false, false, true]);
});

// It takes a million keys.
it('takes no more memory than it may, and says so', { timeout: 240_000 }, () => {
  const set = new KeySet();
  const first = 2n ** 51n;
  let key = first;
  while (!set.isFull) {
    set.add(String(key));
    key += 1n;
  }
  expect(Number(key - first)).toBe(1_000_000);
  expect(set.add(String(key))).toBe(false);
  expect(set.add(String(key))).toBe(false);
  expect(set.add(String(first))).toBe(true);
});
