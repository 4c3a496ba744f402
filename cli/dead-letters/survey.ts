// Looking at the dead-letter queue with its progress shown.
import {
  type Coverage,
  type DeadLetter,
  type HandOver,
  type LookOptions,
  look,
  lookAndHold,
  type Onlooker,
  type PassProgress,
  type QueueAccess,
} from '../../client/dead-letters/index.ts';
import { grouped, startProgress } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { unknownKindNotes } from './selection.ts';

/** So many take long enough to release that one wonders. */
const MANY = 5_000;

/** Which dead letters, and at most how many. */
type SurveyOptions = Pick<LookOptions, 'filter'> & { readonly limit?: number | undefined };

/**
 * Looks, and shows how far the look has come where it takes long. Says before what may be a slip in the filter. Ctrl-C
 * ends it early.
 */
export function survey(
  queue: QueueAccess,
  onlooker: Onlooker,
  surroundings: Surroundings,
  options: SurveyOptions = {},
): Promise<Coverage> {
  return withProgress(onlooker, surroundings, options, (limited, lookOptions) =>
    look(queue, limited, lookOptions),
  );
}

/** What an action does with what a look saw, and with what it still holds. */
type Follow<T> = (coverage: Coverage, handOver: HandOver | undefined) => Promise<T>;

/**
 * Looks as {@link survey} does, and goes on holding what is meant while `follow` lasts.
 *
 * @param isMeant undefined: everything is released before `follow`, which may wait for a person then
 */
export async function surveyAndFollow<T>(
  queue: QueueAccess,
  onlooker: Onlooker,
  surroundings: Surroundings,
  options: SurveyOptions & { readonly isMeant: ((letter: DeadLetter) => boolean) | undefined },
  follow: Follow<T>,
): Promise<T> {
  const { isMeant } = options;
  if (isMeant === undefined) return follow(await survey(queue, onlooker, surroundings, options), undefined);
  return withProgress(onlooker, surroundings, options, (limited, lookOptions, endProgress) =>
    lookAndHold(queue, limited, { ...lookOptions, isMeant }, (handOver) => {
      endProgress();
      return follow(handOver.coverage, handOver);
    }),
  );
}

async function withProgress<T>(
  onlooker: Onlooker,
  surroundings: Surroundings,
  { filter, limit }: SurveyOptions,
  lookWith: (onlooker: Onlooker, options: LookOptions, endProgress: () => void) => Promise<T>,
): Promise<T> {
  for (const note of unknownKindNotes(filter ?? {})) say(surroundings, note);
  const progress = passProgress(surroundings, 'seen');
  const limited = limit === undefined ? onlooker : atMost(limit, onlooker);
  const { signal, now } = surroundings;
  try {
    return await lookWith(limited, { filter, signal, now, onProgress: progress.update }, progress.stop);
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
    update({ phase, seen, about, toRelease }: PassProgress) {
      if (phase === 'releasing') {
        progress?.stop();
        if (toRelease >= MANY) say(surroundings, `Releasing ${grouped(toRelease)} messages …`);
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
