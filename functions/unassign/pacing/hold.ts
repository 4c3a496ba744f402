// Where messages of a batch wait until their turn to call the cluster comes, for so long and no longer.
import type { Pace, Ticket } from './pace.ts';

/** The waiting of one batch. */
export interface Hold {
  /**
   * The ticket of a call that may start and counts as started; undefined where the turn did not come in time. Turns come in the order in which they were asked for.
   */
  turn(): Promise<Ticket | undefined>;
  /** Has whoever waits look again, since a call has ended. */
  callEnded(): void;
}

/** What a hold needs from outside. Times in milliseconds. */
export interface HoldDependencies {
  readonly pace: Pace;
  /** How long messages may wait, from the first that has to. */
  readonly holdMs: number;
  /** How much time is left in which a wait may end. */
  readonly remainingMs: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after so long, or rejects when the signal says so. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export function createHold({ pace, holdMs, remainingMs, now, pause }: HoldDependencies): Hold {
  let lastInLine: Promise<unknown> = Promise.resolve();
  let endsAt: number | undefined;
  let waking: AbortController | undefined;

  async function wait(): Promise<Ticket | undefined> {
    for (;;) {
      const turn = pace.turn(now());
      if (turn.type === 'go') return pace.started(now());
      endsAt ??= now() + Math.min(holdMs, remainingMs());
      const leftMs = endsAt - now();
      // More than all of it is left where the clock was set back.
      if (leftMs <= 0 || leftMs > holdMs) return undefined;
      waking = new AbortController();
      await pause(Math.ceil(Math.min(turn.ms, leftMs)), waking.signal).catch(() => {});
    }
  }

  return {
    turn() {
      const mine = lastInLine.then(wait);
      lastInLine = mine.catch(() => {});
      return mine;
    },
    callEnded: () => waking?.abort(),
  };
}
