// Where messages of a batch wait for their turn in virtual time, for so long and no longer, as hold.ts has it.
import type { Pace } from '../../functions/unassign/pacing/pace.ts';
import type { Timeline } from './timeline.ts';

/** A line of whatever waits. */
export interface Line<T> {
  /** Goes at the end of the line, and waits there until the line is looked at. */
  add(item: T): void;
  /** Lets everything go that may. */
  look(): void;
}

/** What a line is set into. */
export interface LineSurroundings<T> {
  readonly pace: Pace;
  readonly timeline: Timeline;
  /** How long items may wait, from the first that has to; milliseconds. */
  readonly holdMs: number;
  /** Whether nothing may go at the moment, whatever the pace says. */
  readonly isBlocked: () => boolean;
  /** Its turn has come. */
  readonly go: (item: T) => void;
  /** Its turn did not come in time. */
  readonly held: (item: T) => void;
}

export function createLine<T>({ pace, timeline, holdMs, isBlocked, go, held }: LineSurroundings<T>): Line<T> {
  const waiting: T[] = [];
  let holdsUntil: number | undefined;
  let isOver = false;
  let asksAt = Number.POSITIVE_INFINITY;

  function look(): void {
    for (;;) {
      const next = waiting[0];
      if (next === undefined || isBlocked()) return;
      const turn = pace.turn(timeline.now);
      if (turn.type === 'wait') {
        hold(turn.ms);
        return;
      }
      waiting.shift();
      go(next);
    }
  }

  function hold(ms: number): void {
    if (isOver) {
      holdOver();
      return;
    }
    if (holdsUntil === undefined) {
      holdsUntil = timeline.now + holdMs;
      timeline.after(holdMs, holdOver);
    }
    const at = timeline.now + ms;
    if (at >= Math.min(asksAt, holdsUntil)) return;
    asksAt = at;
    timeline.after(ms, () => {
      asksAt = Number.POSITIVE_INFINITY;
      look();
    });
  }

  function holdOver(): void {
    isOver = true;
    for (const item of waiting.splice(0)) held(item);
  }

  return {
    add: (item) => {
      waiting.push(item);
    },
    look,
  };
}
