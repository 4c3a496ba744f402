// The one look that the console keeps: taken when it begins, and again when somebody asks.
import { look, type QueueAccess } from '../../../client/dead-letters/index.ts';
import { coverageJson, coverageText } from '../../dead-letters/coverage.ts';
import type { SnapshotAnswer } from '../api.ts';
import { buildSnapshot, type Snapshot } from './snapshot.ts';

/** The last look, and the one that goes on. */
export interface Looking {
  /** The last look that came to its end. */
  readonly snapshot: Snapshot | undefined;
  state(): SnapshotAnswer;
  /** Begins a look, unless one goes on. */
  lookAgain(): void;
  /** Resolves when no look goes on. */
  ended(): Promise<void>;
}

/** What a look needs. */
export interface LookingOptions {
  readonly deadLetterQueue: QueueAccess;
  readonly now: () => number;
  /** Aborted: a look that goes on ends early, and none begins. */
  readonly signal: AbortSignal;
  /** Why a look failed, and what to do. */
  readonly adviceOn: (error: unknown) => string;
}

/** There is no room for two so large ones: the one before goes when the next look begins. */
const LARGE_BYTES = 40_000_000;

/** Nothing is looked at before {@link Looking.lookAgain}. */
export function createLooking({ deadLetterQueue, now, signal, adviceOn }: LookingOptions): Looking {
  let snapshot: Snapshot | undefined;
  let progress: { readonly seen: number; readonly about: number } | undefined;
  let error: string | null = null;
  let going: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    if (snapshot !== undefined && snapshot.packedBytes > LARGE_BYTES) snapshot = undefined;
    const builder = buildSnapshot(now());
    progress = { seen: 0, about: 0 };
    error = null;
    try {
      const coverage = await look(deadLetterQueue, (letter) => void builder.add(letter), {
        signal,
        now,
        onProgress: ({ seen, about }) => {
          progress = { seen, about };
        },
      });
      snapshot = builder.build(coverage);
    } catch (fault) {
      error = adviceOn(fault);
    } finally {
      progress = undefined;
      going = undefined;
    }
  }

  return {
    get snapshot() {
      return snapshot;
    },
    lookAgain() {
      if (!signal.aborted) going ??= lookOnce();
    },
    async ended() {
      await going;
    },
    state: () => ({
      state: stateOf({ progress, error, snapshot }),
      seen: progress?.seen ?? snapshot?.coverage.seen ?? 0,
      about: progress?.about ?? snapshot?.coverage.about ?? 0,
      ...(snapshot === undefined ? NOTHING_SEEN : sightOf(snapshot, now())),
      error,
    }),
  };
}

function stateOf({
  progress,
  error,
  snapshot,
}: {
  readonly progress: object | undefined;
  readonly error: string | null;
  readonly snapshot: Snapshot | undefined;
}): SnapshotAnswer['state'] {
  if (progress !== undefined) return 'looking';
  if (error !== null) return 'failed';
  return snapshot === undefined ? 'none' : 'ready';
}

type Sight = Omit<SnapshotAnswer, 'state' | 'seen' | 'about' | 'error'>;

const NOTHING_SEEN: Sight = {
  takenAt: null,
  matched: 0,
  goneSince: 0,
  coverage: null,
  coverageText: null,
  expiringSoon: 0,
  kept: { whole: 0, cut: 0 },
};

function sightOf(snapshot: Snapshot, now: number): Sight {
  return {
    takenAt: new Date(snapshot.takenAt).toISOString(),
    matched: snapshot.size,
    goneSince: snapshot.forgotten,
    coverage: coverageJson(snapshot.coverage),
    coverageText: coverageText(snapshot.coverage),
    expiringSoon: snapshot.expiringSoon(now),
    kept: snapshot.kept,
  };
}
