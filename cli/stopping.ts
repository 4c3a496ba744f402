// Stopping when somebody asks for it: in good order the first time, at once the next time.
import { EXIT } from './exit-codes.ts';

/** How a process is asked to stop. */
export interface StoppingOptions {
  /** The signals that ask. */
  readonly signals: readonly NodeJS.Signals[];
  /** What the process does about the first one, in a sentence. */
  readonly announcement: string;
  /** Tells the person at the keyboard. */
  readonly say: (text: string) => void;
}

/** A process that can be asked to stop. */
export interface Stopping {
  /** Aborted when the process is asked for the first time. */
  readonly signal: AbortSignal;
  /** Asks as a signal does. */
  readonly ask: () => void;
  /** Leaves the signals to Node.js again. */
  readonly forget: () => void;
}

/** npm and npx pass on what the terminal has sent to this process, too. What comes later was meant. */
const SAME_KEY_MS = 500;

/** Aborts when one of the signals comes for the first time; when one comes again the process ends at once. */
export function stopOn({ signals, announcement, say }: StoppingOptions): Stopping {
  const controller = new AbortController();
  let askedAt = 0;
  const ask = () => {
    if (controller.signal.aborted && Date.now() - askedAt < SAME_KEY_MS) return;
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    askedAt = Date.now();
    // Whoever draws takes it away first.
    controller.abort();
    say(`\n${announcement} Ctrl-C again stops at once.`);
  };
  for (const name of signals) process.on(name, ask);
  return {
    signal: controller.signal,
    ask,
    forget: () => {
      for (const name of signals) process.off(name, ask);
    },
  };
}
