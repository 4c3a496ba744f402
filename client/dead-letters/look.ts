// Looking at a dead-letter queue without side effects.
import type { QueueAccess } from './batches.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { type DeadLetterFilter, matches } from './filter.ts';
import { type Coverage, type PassOptions, passOver } from './pass.ts';

/** Which dead letters to look at, and how. */
export interface LookOptions extends PassOptions {
  /** All of them unless given. */
  readonly filter?: DeadLetterFilter | undefined;
}

/** Called with one dead letter at a time, in no order; `'enough'` ends the look. */
export type Onlooker = (letter: DeadLetter) => Promise<'enough' | undefined> | 'enough' | undefined;

/**
 * Shows every dead letter that is visible, once, and leaves the queue as it was: when this returns or throws,
 * whatever the reason, all of them can be received by others. Keeps the ids in memory, and nothing else.
 *
 * @throws what SQS or the onlooker threw
 */
export function look(queue: QueueAccess, onlooker: Onlooker, options: LookOptions = {}): Promise<Coverage> {
  const { filter = {}, now = Date.now } = options;
  return passOver(
    queue,
    async (received) => {
      for (const { message } of received) {
        const letter = readDeadLetter(message, now());
        if (matches(letter, filter) && (await onlooker(letter)) === 'enough') return { enough: true };
      }
      return {};
    },
    options,
  );
}
