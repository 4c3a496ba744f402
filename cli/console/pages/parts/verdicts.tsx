// What the cluster says of tasks, on request: counts of verdicts as a bar and in words.
import { useEffect, useState } from 'preact/hooks';
import type { Verdict } from '../../../../client/dead-letters/index.ts';
import type { VerdictsAnswer } from '../../api.ts';
import { asConsoleError, useConsole } from '../console-state.tsx';
import type { Choice } from '../intent.ts';
import { counted, grouped } from '../words.ts';

/** Every verdict in the order in which they matter, and what it says. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  theirs: 'somebody has the task',
  free: 'nobody has it',
  gone: 'completed, cancelled or unknown',
  busy: 'between two states',
  unknown: 'the cluster did not say',
};

const NAMES = Object.keys(VERDICTS) as readonly Verdict[];

const WIDTH = 240;

/** How many have which verdict. */
export function VerdictCounts({
  counts,
}: {
  counts: Readonly<Record<Verdict, number>> & { readonly unasked?: number };
}) {
  const { unasked = 0 } = counts;
  const total = NAMES.reduce((sum, name) => sum + counts[name], unasked);
  let x = 0;
  return (
    <div class="verdicts">
      <svg class="verdict-bar" width={WIDTH} height="8" viewBox={`0 0 ${WIDTH} 8`} aria-hidden="true">
        {NAMES.map((name) => {
          const width = total === 0 ? 0 : (counts[name] / total) * WIDTH;
          x += width;
          return <rect key={name} class={`bar-${name}`} x={x - width} width={width} height="8" />;
        })}
      </svg>
      <ul class="legend">
        {NAMES.filter((name) => counts[name] > 0).map((name) => (
          <li key={name}>
            <svg class="swatch" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={`bar-${name}`} />
            </svg>
            <span class="figure">{grouped(counts[name])}</span> {name}: {VERDICTS[name]}
          </li>
        ))}
        {unasked > 0 && <li class="muted">{grouped(unasked)} not asked about</li>}
      </ul>
    </div>
  );
}

const POLL_MS = 700;

/**
 * Asks the cluster about messages, and follows until it has answered.
 *
 * @param onNews told when there are more verdicts
 */
export function useVerdicts(onNews: () => void) {
  const { client, announce } = useConsole();
  const [state, setState] = useState<VerdictsAnswer | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const isAsking = state?.state === 'asking';
  useEffect(() => {
    if (!isAsking) return;
    const timer = setInterval(async () => {
      try {
        const now = await client.ask('GET /api/verdicts', {});
        setState(now);
        if (now.state !== 'asking') {
          onNews();
          announce(
            now.state === 'failed'
              ? `The cluster did not answer. ${now.error ?? ''}`
              : 'The cluster has answered.',
          );
        }
      } catch (error) {
        setProblem(asConsoleError(error).message);
      }
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isAsking, client, announce, onNews]);
  const ask = async (choice: Choice) => {
    setProblem(undefined);
    try {
      const begun = await client.ask('POST /api/verdicts', { body: choice });
      setState(begun);
      if (begun.state !== 'asking') onNews();
    } catch (error) {
      setProblem(asConsoleError(error).message);
    }
  };
  return { state, problem, isAsking, ask };
}

/** How the asking goes. */
export function VerdictProgress({
  state,
  problem,
}: Pick<ReturnType<typeof useVerdicts>, 'state' | 'problem'>) {
  return (
    <>
      {state?.state === 'asking' && (
        <p class="notice notice-info">
          The cluster is asked: {grouped(state.asked)} of {counted(state.total, 'task')}.{' '}
          <progress max={Math.max(1, state.total)} value={state.asked} aria-label="Tasks asked about" />
        </p>
      )}
      {state?.state === 'failed' && state.error !== null && (
        <p class="notice notice-bad" role="alert">
          {state.error}
        </p>
      )}
      {problem !== undefined && (
        <p class="notice notice-bad" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
