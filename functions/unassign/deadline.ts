// When a batch must be over.

/**
 * The end of the time in which a batch may send. Its signal is made where it is first asked for: a batch of which
 * nothing is sent does without a timer.
 */
export class Deadline {
  readonly #remainingMs: () => number;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param remainingMs what is left until then, in milliseconds */
  constructor(remainingMs: () => number) {
    this.#remainingMs = remainingMs;
  }

  /** Is aborted when the time is up. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const leftMs = this.#remainingMs();
    if (leftMs <= 0) controller.abort();
    else this.#timer = setTimeout(() => controller.abort(), leftMs);
    return controller.signal;
  }

  /** Keeps nothing alive any more. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
