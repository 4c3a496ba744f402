// Whether the function still lives. Whatever it does to the world outside passes here.

/** Lets a function's interactions pass until it is killed; from then on none has an effect or comes to an end. */
export interface Lifeline {
  /** Before an interaction takes effect, and again before the function hears of it. */
  pass(): Promise<void>;
  readonly killed: boolean;
}

/** @param interactions how many steps it makes before it dies; never, where this is not said */
export function createLifeline(interactions = Number.POSITIVE_INFINITY): Lifeline {
  let left = interactions;
  return {
    pass() {
      left -= 1;
      return left < 0 ? new Promise(() => {}) : Promise.resolve();
    },
    get killed() {
      return left < 0;
    },
  };
}
