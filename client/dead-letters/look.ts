// Looking at a dead-letter queue without side effects.
import type { QueueAccess } from './batches.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { type DeadLetterFilter, matches } from './filter.ts';
import type { HandOver } from './hand-over.ts';
import { isBefore, later } from './hold.ts';
import {
  type Coverage,
  clockOf,
  type PassOptions,
  passOver,
  passOverAndAct,
  type Received,
  type Visitor,
} from './pass.ts';
import { createPortion, type HeldLetter } from './portion.ts';

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
  return passOver(queue, visitorOf(onlooker, options), options);
}

/** Which dead letters to look at, and which of them to hold. */
export interface HoldOptions extends LookOptions {
  /** Whether a dead letter is held when the look is over. Asked when the onlooker has seen it. */
  readonly isMeant: (letter: DeadLetter) => boolean;
}

/**
 * For so long others wait at most for what was handed over, in milliseconds: an action may be slow, and must not hide a whole queue
 * for hours.
 */
const HAND_OVER_MS = 600_000;

/**
 * Looks, and goes on holding what an action is to follow for: that is kept hidden, and in memory, while `follow` lasts; everything
 * else can be received by others before. When this returns or throws, everything can be that was not deleted.
 *
 * @param follow makes the plan, and acts by it with what it is handed (`handOver` of `redrive` and `discard`); it must not wait for
 * a person
 * @returns what `follow` returned
 * @throws what SQS, the onlooker or `follow` threw
 */
export async function lookAndHold<T>(
  queue: QueueAccess,
  onlooker: Onlooker,
  options: HoldOptions,
  follow: (handOver: HandOver) => Promise<T>,
): Promise<T> {
  const clock = clockOf(options);
  const portion = createPortion(Number.POSITIVE_INFINITY);
  const visitor = visitorOf(onlooker, options, (held) => options.isMeant(held.letter) && portion.add(held));
  const { result } = await passOverAndAct(queue, visitor, options, (kept, coverage) => {
    const end = later(clock(), HAND_OVER_MS);
    return follow({ coverage, portion, kept, isOver: () => !isBefore(clock(), end) });
  });
  return result;
}

function visitorOf(
  onlooker: Onlooker,
  { filter = {}, now = Date.now }: LookOptions,
  isToKeep: (held: HeldLetter) => boolean = () => false,
): Visitor {
  return async (received) => {
    const kept: Received[] = [];
    for (const one of received) {
      const letter = readDeadLetter(one.message, now());
      if (!matches(letter, filter)) continue;
      const isEnough = (await onlooker(letter)) === 'enough';
      if (isToKeep({ letter, receipt: one.receipt })) kept.push(one);
      if (isEnough) return { kept, enough: true };
    }
    return { kept };
  };
}
