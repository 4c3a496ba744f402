// A clock that stands still while anything runs and leaps to the next timer when nothing does.
import { vi } from 'vitest';
import { SENT_AT } from '../support/messages.ts';

/** Where virtual time begins: a little after the messages were sent. */
export const START = SENT_AT + 1_000;

const immediate = setImmediate;

/** Runs the work with timers and dates that are virtual, and takes them away again. */
export async function inVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  try {
    return await work();
  } finally {
    vi.clearAllTimers();
    vi.useRealTimers();
  }
}

/** Resolves after so many milliseconds of virtual time, or rejects when the signal says so. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const onAbort = () => {
      clearTimeout(timer);
      reject(new Error('aborted'));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Leaps from timer to timer until the work has come to its end.
 *
 * @param abandoned whether nobody waits for it any more
 * @returns undefined where it was abandoned
 * @throws Error where it waits for something that no timer will bring
 */
export async function untilDone<T>(work: Promise<T>, abandoned = () => false): Promise<T | undefined> {
  let ended = false;
  work.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  for (;;) {
    // Everything that can go on without time going on has gone on when this comes back.
    await new Promise(immediate);
    if (ended) return work;
    if (abandoned()) return undefined;
    if (vi.getTimerCount() === 0) throw new Error('it waits for something that never comes');
    vi.advanceTimersToNextTimer();
  }
}

/** Lets so much time go by, with whatever falls due in it. */
export function pass(milliseconds: number): void {
  vi.advanceTimersByTime(milliseconds);
}
