import { vi } from 'vitest';

/** Waits until the check passes, however slow the machine; fails with the check's own error after half a minute. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}
