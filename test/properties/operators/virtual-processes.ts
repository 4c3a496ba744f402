// Virtual time in which several processes live, each with clocks of its own: one may stand still, or be killed, while the
// others and the world go on. A process is whatever runs in it: its timers, and what it awaits from the world.
import { AsyncLocalStorage } from 'node:async_hooks';
import { vi } from 'vitest';

/** Which of a process's clocks may go wrong. The other one is right: of two wrong clocks nobody could tell the time. */
export type WrongClock = 'wall' | 'monotonic' | 'neither';

/** Something that happens at its time: to a process, or to nobody's. */
interface Happening {
  at: number;
  readonly order: number;
  readonly process: Process | undefined;
  readonly isTimer: boolean;
  readonly run: () => void;
}

const running = new AsyncLocalStorage<Process>();
const real = { setTimeout, clearTimeout, setImmediate, performanceNow: performance.now.bind(performance) };

/** Where virtual time begins; epoch milliseconds. */
const START = Date.parse('2026-11-23T12:00:00Z');

/** A clock that leaps from one happening to the next. */
export class VirtualTime {
  now = START;
  #happenings: Happening[] = [];
  #order = 0;

  /** @returns what takes it back */
  after(milliseconds: number, run: () => void, process?: Process, isTimer = false): () => void {
    const happening = {
      at: this.now + Math.max(0, milliseconds),
      order: this.#next(),
      process,
      isTimer,
      run,
    };
    this.#happenings.push(happening);
    return () => {
      this.#happenings = this.#happenings.filter((one) => one !== happening);
    };
  }

  /** Lets everything go on that can without time going on. */
  settle(): Promise<void> {
    return new Promise((resolve) => void real.setImmediate(resolve));
  }

  /** @returns whether anything has happened, at that time or before */
  async happen(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    await this.settle();
    const next = this.#happenings.reduce<Happening | undefined>(
      (first, one) => (first === undefined || isBefore(one, first) ? one : first),
      undefined,
    );
    if (next === undefined || next.at > until) return false;
    this.#happenings = this.#happenings.filter((one) => one !== next);
    this.now = Math.max(this.now, next.at);
    if (next.process === undefined) next.run();
    else next.process.enter(next.run);
    await this.settle();
    return true;
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    while (await this.happen(end));
    this.now = end;
  }

  /** The timers of a process that sleep with the machine. */
  putOff(process: Process, milliseconds: number): void {
    for (const one of this.#happenings) if (one.process === process && one.isTimer) one.at += milliseconds;
  }

  #next(): number {
    this.#order += 1;
    return this.#order;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** A process of its own, as far as anybody can see. */
export class Process {
  readonly #time: VirtualTime;
  readonly #wrong: WrongClock;
  #state: 'running' | 'suspended' | 'killed' = 'running';
  #missed: (() => void)[] = [];
  #wallIsWrongBy = 0;
  #monotonicIsWrongBy = 0;
  /** It was never suspended, and its clocks never jumped. */
  isPunctual = true;

  constructor(time: VirtualTime, wrong: WrongClock) {
    this.#time = time;
    this.#wrong = wrong;
  }

  get isKilled(): boolean {
    return this.#state === 'killed';
  }

  readonly now = (): number => this.#time.now + this.#wallIsWrongBy;
  readonly monotonicNow = (): number => this.#time.now - START + this.#monotonicIsWrongBy;

  /** Runs something in it: later where it stands still, and never where it is killed. */
  enter(run: () => void): void {
    if (this.#state === 'suspended') this.#missed.push(run);
    else if (this.#state === 'running') running.run(this, run);
  }

  /** Stands still for so long. A monotonic clock that may go wrong stands still, too, as while a machine sleeps. */
  suspend(milliseconds: number, wallJumpsBy: number): void {
    if (this.#state !== 'running') return;
    this.#state = 'suspended';
    this.isPunctual = false;
    if (this.#wrong === 'monotonic') {
      this.#monotonicIsWrongBy -= milliseconds;
      this.#time.putOff(this, milliseconds);
    }
    this.setWallClock(wallJumpsBy);
    this.#time.after(milliseconds, () => this.#resume());
  }

  /** Somebody sets its wall clock, where that one may go wrong. */
  setWallClock(by: number): void {
    if (this.#wrong !== 'wall' || by === 0) return;
    this.#wallIsWrongBy += by;
    this.isPunctual = false;
  }

  kill(): void {
    this.#state = 'killed';
    this.#missed = [];
  }

  after(milliseconds: number, run: () => void): () => void {
    return this.#time.after(milliseconds, run, this, true);
  }

  #resume(): void {
    if (this.#state !== 'suspended') return;
    this.#state = 'running';
    for (const run of this.#missed.splice(0)) this.#time.after(0, run, this);
  }
}

/** Gives all that runs in a process its timers, and takes them away again. */
export async function withVirtualTimers<T>(work: () => Promise<T>): Promise<T> {
  vi.stubGlobal('setTimeout', (run: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) => {
    const process = running.getStore();
    if (process === undefined) return real.setTimeout(run, milliseconds, ...args);
    return { cancel: process.after(milliseconds, () => run(...args)), unref() {}, ref() {} };
  });
  vi.stubGlobal('clearTimeout', (timer?: { cancel?: () => void }) => {
    if (timer?.cancel === undefined) real.clearTimeout(timer as NodeJS.Timeout | undefined);
    else timer.cancel();
  });
  const spies = [
    vi
      .spyOn(performance, 'now')
      .mockImplementation(() => running.getStore()?.monotonicNow() ?? real.performanceNow()),
    // Pauses are jittered: the same examples have the same outcome.
    vi.spyOn(Math, 'random').mockReturnValue(0.5),
  ];
  try {
    return await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllGlobals();
  }
}

/** In the place of `node:timers/promises`, whose timers are not those of the global object. */
export const timersPromises = {
  setTimeout<T>(
    milliseconds: number,
    value?: T,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, milliseconds);
      signal?.addEventListener('abort', abort, { once: true });
    });
  },
};
