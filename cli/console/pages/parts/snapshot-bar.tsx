// The one look at the dead-letter queue: how old and how complete it is, and the way to look again.
import { useState } from 'preact/hooks';
import type { SnapshotAnswer } from '../../api.ts';
import { asConsoleError, useConsole } from '../console-state.tsx';
import { agoText, grouped } from '../words.ts';

/** How the look stands. */
export function SnapshotBar() {
  const { overview, now, lookAgain, announce } = useConsole();
  const [problem, setProblem] = useState<string | undefined>();
  if (overview === undefined) return <div class="snapshot-bar">The console is asked how things stand.</div>;
  const { snapshot } = overview;
  const look = async () => {
    setProblem(undefined);
    try {
      await lookAgain();
      announce('Looking at the dead-letter queue.');
    } catch (error) {
      setProblem(asConsoleError(error).message);
    }
  };
  const isLooking = snapshot.state === 'looking';
  return (
    <section class="snapshot-bar" aria-label="The look at the dead-letter queue">
      <div class="snapshot-words">
        {isLooking ? <Looking snapshot={snapshot} /> : <Looked snapshot={snapshot} now={now} />}
        {problem !== undefined && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
      </div>
      <button
        type="button"
        onClick={look}
        aria-disabled={isLooking}
        title="A look hides the messages for a moment and counts as a receive of each."
      >
        {snapshot.takenAt === null && !isLooking ? 'Look' : 'Look again'}
      </button>
    </section>
  );
}

function Looking({ snapshot: { seen, about } }: { snapshot: SnapshotAnswer }) {
  return (
    <>
      <p>
        Looking: <span class="figure">{grouped(seen)}</span> of about{' '}
        <span class="figure">{grouped(about)}</span> seen.
      </p>
      <progress max={Math.max(about, seen, 1)} value={seen} aria-label="Seen so far" />
    </>
  );
}

function Looked({ snapshot, now }: { snapshot: SnapshotAnswer; now: number }) {
  const { state, takenAt, coverage, coverageText, matched, goneSince, kept, error } = snapshot;
  return (
    <>
      <p>
        {takenAt === null ? (
          'Nothing was looked at yet.'
        ) : (
          <>
            Looked <strong>{agoText(takenAt, now)}</strong>.{' '}
            {coverage?.complete === false && <span class="tag tag-warn">not all</span>} {coverageText}
          </>
        )}
        {goneSince > 0 &&
          ` Since then ${grouped(goneSince)} were redriven or discarded here: ${grouped(matched)} are left.`}
        {kept.cut > 0 && ` Of ${grouped(kept.cut)} only the beginning is kept: there was no room for more.`}
      </p>
      {state === 'failed' && error !== null && (
        <p class="problem" role="alert">
          The last look failed. {error}
        </p>
      )}
    </>
  );
}
