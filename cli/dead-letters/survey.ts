// Looking at the dead-letter queue with its progress shown.
import {
  type Coverage,
  type LookOptions,
  look,
  type Onlooker,
  type PassProgress,
  type QueueAccess,
} from '../../client/dead-letters/index.ts';
import { grouped, startProgress } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { unknownKindNotes } from './selection.ts';

/** So many take long enough to release that one wonders. */
const MANY = 5_000;

/**
 * Looks, and shows how far the look has come where it takes long. Says before what may be a slip in the filter. Ctrl-C
 * ends it early.
 *
 * @param options which of them, and at most how many
 */
export async function survey(
  queue: QueueAccess,
  onlooker: Onlooker,
  surroundings: Surroundings,
  options: Pick<LookOptions, 'filter'> & { readonly limit?: number | undefined } = {},
): Promise<Coverage> {
  const { filter, limit } = options;
  for (const note of unknownKindNotes(filter ?? {})) say(surroundings, note);
  const progress = passProgress(surroundings, 'seen');
  try {
    return await look(queue, limit === undefined ? onlooker : atMost(limit, onlooker), {
      filter,
      signal: surroundings.signal,
      now: surroundings.now,
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
  }
}

/** Several may be looked at at once: those beyond the limit are passed over. */
function atMost(limit: number, onlooker: Onlooker): Onlooker {
  let shown = 0;
  return async (letter) => {
    if (shown >= limit) return 'enough';
    shown += 1;
    const isLast = shown === limit;
    return (await onlooker(letter)) ?? (isLast ? 'enough' : undefined);
  };
}

/**
 * The progress of a pass: begun when the pass knows how much there is.
 *
 * @param verb what is done to each, such as `seen`
 */
function passProgress(surroundings: Surroundings, verb: string) {
  let progress: ReturnType<typeof startProgress> | undefined;
  return {
    update({ phase, seen, about }: PassProgress) {
      if (phase === 'releasing') {
        progress?.stop();
        if (seen >= MANY) say(surroundings, `Releasing ${grouped(seen)} messages …`);
        return;
      }
      progress ??= startProgress(surroundings, verb, about);
      progress.update(seen);
    },
    stop() {
      progress?.stop();
    },
  };
}
