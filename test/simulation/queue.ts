// A queue with delays in virtual time, as far as a consumer notices: messages come in the order in which they become
// visible, and nothing is received twice.
import type { Timeline } from './timeline.ts';

/** A queue of whatever is sent. */
export interface SimulatedQueue<T> {
  /** @param at epoch milliseconds from which on it can be received */
  send(item: T, at: number): void;
  receive(most: number): T[];
  /** Tells once that there may be something to receive, now or as soon as there is. */
  whenVisible(told: () => void): void;
}

export function createSimulatedQueue<T>(timeline: Timeline): SimulatedQueue<T> {
  let visible: T[] = [];
  let taken = 0;
  const consumers: (() => void)[] = [];

  function show(item: T): void {
    visible.push(item);
    consumers.shift()?.();
  }

  return {
    send(item, at) {
      if (at <= timeline.now) show(item);
      else timeline.after(at - timeline.now, () => show(item));
    },
    receive(most) {
      const batch = visible.slice(taken, taken + most);
      taken += batch.length;
      if (taken === visible.length) {
        visible = [];
        taken = 0;
      }
      return batch;
    },
    whenVisible(told) {
      if (taken < visible.length) told();
      else consumers.push(told);
    },
  };
}
