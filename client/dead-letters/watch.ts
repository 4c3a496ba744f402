// What becomes of redriven messages, as far as the dead-letter queue alone can say: which of them have come back to it,
// and why.
import type { QueueAccess } from './batches.ts';
import type { DeadLetter, LetterKind } from './dead-letter.ts';
import { look } from './look.ts';
import type { Coverage, PassOptions } from './pass.ts';
import type { RedrivenCopy } from './redrive-message.ts';

/** A message that was redriven: what `redrive` reports of it. */
export interface Redriven extends RedrivenCopy {
  /** Its id while it was a dead letter. */
  readonly messageId: string;
}

/** A redriven message as it is on the dead-letter queue again. The names are stable. */
export interface CameBack {
  /** Its new id there. */
  readonly messageId: string;
  readonly kind: LetterKind;
  /** The HTTP status of the cluster's last answer; null where there is none. */
  readonly status: number | null;
  /** Why, in one line for people. */
  readonly reason: string;
}

/** Redriven messages that have not been seen again. */
export interface Watchlist {
  add(redriven: Redriven): void;
  /**
   * Takes the message that this dead letter is off the list; undefined where it is none of them. One that was dead-lettered
   * twice is recognised once.
   */
  recognise(letter: DeadLetter): Redriven | undefined;
  /** How many are on the list. */
  readonly size: number;
}

/**
 * An empty list. A message is recognised by the message id of its copy, which SQS keeps when it moves a message, and by what
 * the function keeps on every copy: the id under which the request was first sent, and how often it was redriven. Pure.
 *
 * @param since before the first of them is redriven; epoch milliseconds. What was sent before is none of them
 */
export function createWatchlist(since: number): Watchlist {
  const byNewId = new Map<string, Redriven>();
  const byFirstId = new Map<string, Redriven[]>();
  const recognised = new Set<string>();

  function find({ messageId, journey, redriven, sentAt }: DeadLetter): Redriven | undefined {
    const firstId = journey?.firstMessageId ?? '';
    // The function begins a journey with the copy's own id where the copy had no room for one.
    const byId = byNewId.get(messageId) ?? byNewId.get(firstId);
    if (byId !== undefined) return byId;
    if (sentAt < since - CLOCKS_APART_MS) return undefined;
    // Of duplicates the one that was redriven as often, or the nearest below: somebody else may have redriven it since.
    const candidates = (byFirstId.get(firstId) ?? []).filter(
      ({ timesRedriven }) => timesRedriven <= redriven,
    );
    return candidates.sort((a, b) => b.timesRedriven - a.timesRedriven)[0];
  }

  function remove(found: Redriven): void {
    byNewId.delete(found.newMessageId);
    const others = byFirstId.get(found.firstMessageId)?.filter((one) => one !== found) ?? [];
    if (others.length > 0) byFirstId.set(found.firstMessageId, others);
    else byFirstId.delete(found.firstMessageId);
  }

  return {
    add(redriven) {
      byNewId.set(redriven.newMessageId, redriven);
      byFirstId.set(redriven.firstMessageId, [...(byFirstId.get(redriven.firstMessageId) ?? []), redriven]);
    },
    recognise(letter) {
      if (recognised.has(letter.messageId)) return undefined;
      const found = find(letter);
      if (found === undefined) return undefined;
      recognised.add(letter.messageId);
      remove(found);
      return found;
    },
    get size() {
      return byNewId.size;
    },
  };
}

/** What a dead letter says of a message that came back. */
export function cameBackAs({ messageId, kind, status, failure }: DeadLetter): CameBack {
  return { messageId, kind, status: status ?? null, reason: failure };
}

/** So far our clock may be ahead of SQS's, by which a message was sent: from there on the SDK corrects it. */
const CLOCKS_APART_MS = 300_000;

/**
 * When to look, in milliseconds from the beginning, the end included. What comes straight back does so within seconds. Every
 * look is a receive of each dead letter and hides it for a moment, so they become rare: each after twice the time. Pure.
 */
export function lookTimes(watchForMs: number): number[] {
  const times: number[] = [];
  for (let time = 60_000 * 2; time < watchForMs; time *= 2) times.push(time);
  return [...[...FIRST_LOOKS_MS, ...times].filter((time) => time < watchForMs * LAST_SHARE), watchForMs];
}

const FIRST_LOOKS_MS = [5_000, 15_000, 30_000, 60_000] as const;

/** A look that is so near to the end is left to the one at the end. */
const LAST_SHARE = 0.75;

/** How to watch; what is not given is the default. */
export interface WatchOptions extends Omit<PassOptions, 'onProgress'> {
  /** For so long from now on; milliseconds. */
  readonly watchForMs: number;
  /** Resolves after so many milliseconds, or ends in any way when the signal aborts. */
  readonly pause: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Told of each that has come back, once; awaited. */
  readonly onCameBack?: ((redriven: Redriven, as: CameBack) => Promise<void> | void) | undefined;
  /** Told after each look how long the watching has lasted, in milliseconds. */
  readonly onLook?: ((elapsedMs: number) => void) | undefined;
}

/** How a watch ended. */
export interface WatchSummary {
  /** All have come back, the time was over, or the signal. */
  readonly ended: 'all-came-back' | 'time-over' | 'aborted';
  readonly looks: number;
  /** Of the last look; undefined where there was none. */
  readonly coverage: Coverage | undefined;
}

/**
 * Looks at the dead-letter queue now and then until all that is on the list has come back, or the time is over. What has
 * not come back by then may have been carried out, or may still be on the queue.
 *
 * @param watchlist what comes back is taken off it
 * @throws what SQS answered where the dead-letter queue cannot be read, or what `onCameBack` threw
 */
export async function watch(
  deadLetterQueue: QueueAccess,
  watchlist: Watchlist,
  options: WatchOptions,
): Promise<WatchSummary> {
  const { watchForMs, signal, monotonicNow = () => performance.now() } = options;
  const startedAt = monotonicNow();
  let looks = 0;
  let coverage: Coverage | undefined;
  for (const time of lookTimes(watchForMs)) {
    const left = startedAt + time - monotonicNow();
    // A look at a large queue may last beyond the time of the next one.
    if (left < 0 && time < watchForMs) continue;
    if (left > 0) await options.pause(left, signal).catch(() => undefined);
    if (signal?.aborted) return { ended: 'aborted', looks, coverage };
    coverage = await lookOnce(deadLetterQueue, watchlist, options);
    looks += 1;
    options.onLook?.(monotonicNow() - startedAt);
    if (watchlist.size === 0) return { ended: 'all-came-back', looks, coverage };
  }
  return { ended: signal?.aborted ? 'aborted' : 'time-over', looks, coverage };
}

function lookOnce(
  deadLetterQueue: QueueAccess,
  watchlist: Watchlist,
  { onCameBack, ...options }: WatchOptions,
): Promise<Coverage> {
  return look(
    deadLetterQueue,
    async (letter) => {
      const redriven = watchlist.recognise(letter);
      if (redriven !== undefined) await onCameBack?.(redriven, cameBackAs(letter));
      return watchlist.size === 0 ? 'enough' : undefined;
    },
    options,
  );
}
