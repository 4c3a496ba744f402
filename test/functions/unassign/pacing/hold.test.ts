import { describe, expect, it } from 'vitest';
import { createHold } from '../../../../functions/unassign/pacing/hold.ts';
import type { Pace, Turn } from '../../../../functions/unassign/pacing/pace.ts';

/** A hold whose turns and time a test decides. */
class Stage {
  now = 1_000_000;
  turnIs: Turn = { type: 'go' };
  started = 0;
  pauses: { milliseconds: number; end: () => void }[] = [];
  readonly #pace: Pace = {
    turn: () => this.turnIs,
    started: () => {
      this.started += 1;
      return this.started;
    },
    ended: () => {},
    quietMs: () => 0,
    state: () => ({ type: 'free' }),
  };
  readonly hold = createHold({
    pace: this.#pace,
    holdMs: 1_000,
    remainingMs: () => 60_000,
    now: () => this.now,
    pause: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        this.pauses.push({
          milliseconds,
          end: () => {
            this.now += milliseconds;
            resolve(undefined);
          },
        });
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      }),
  });

  /** Lets everything go on that can. */
  async settle(): Promise<void> {
    await new Promise(setImmediate);
  }
}

describe('a turn', () => {
  it('comes without a pause where nothing is held back', async () => {
    const stage = new Stage();
    expect([await stage.hold.turn(), stage.pauses]).toEqual([1, []]);
  });

  it('comes in the order in which it was asked for, however the pace changes in between', async () => {
    const stage = new Stage();
    stage.turnIs = { type: 'wait', ms: 100 };
    const order: string[] = [];
    const ask = async (name: string) => {
      await stage.hold.turn();
      order.push(name);
    };
    const first = ask('first');
    const second = ask('second');
    await stage.settle();
    stage.turnIs = { type: 'go' };
    const third = ask('third');
    stage.pauses[0]?.end();
    await Promise.all([first, second, third]);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('is waited for by one at a time', async () => {
    const stage = new Stage();
    stage.turnIs = { type: 'wait', ms: 100 };
    void stage.hold.turn();
    void stage.hold.turn();
    await stage.settle();
    expect(stage.pauses.map(({ milliseconds }) => milliseconds)).toEqual([100]);
  });

  it('is for nobody where a call ends and nobody waits', () => {
    expect(() => new Stage().hold.callEnded()).not.toThrow();
  });

  it('is looked for again as soon as a call has ended', async () => {
    const stage = new Stage();
    stage.turnIs = { type: 'wait', ms: Number.POSITIVE_INFINITY };
    const waiting = stage.hold.turn();
    await stage.settle();
    stage.turnIs = { type: 'go' };
    stage.hold.callEnded();
    expect([await waiting, stage.now]).toEqual([1, 1_000_000]);
  });

  it('that does not come in time is nobody’s, for all that wait', async () => {
    const stage = new Stage();
    stage.turnIs = { type: 'wait', ms: Number.POSITIVE_INFINITY };
    const waiting = [stage.hold.turn(), stage.hold.turn()];
    await stage.settle();
    stage.pauses[0]?.end();
    expect([await Promise.all(waiting), stage.pauses.length, stage.started]).toEqual([
      [undefined, undefined],
      1,
      0,
    ]);
  });

  it('is not waited for any longer where the clock is set back', async () => {
    const stage = new Stage();
    stage.turnIs = { type: 'wait', ms: 100 };
    const waiting = stage.hold.turn();
    await stage.settle();
    stage.now -= 3_600_000;
    stage.pauses[0]?.end();
    expect(await waiting).toBeUndefined();
  });
});
