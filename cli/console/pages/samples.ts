// Answers about the overview bring only what is new; here they become one. Pure.
import type { OverviewAnswer, QueueSample, Signal } from '../api.ts';

/** From so many samples on, every second one of the older half goes: a chart does not have more pixels. */
const MOST_SAMPLES = 2_000;

/** What is known by an answer and those before it. */
export function mergeOverview(before: OverviewAnswer | undefined, answer: OverviewAnswer): OverviewAnswer {
  if (before === undefined) return answer;
  const { pace, breaker, requeueRate } = answer.signals;
  return {
    ...answer,
    samples: joined(before.samples, answer.samples),
    signals: {
      pace: joinedSignal(before.signals.pace, pace),
      breaker: joinedSignal(before.signals.breaker, breaker),
      requeueRate: joinedSignal(before.signals.requeueRate, requeueRate),
    },
  };
}

function joined<At extends { readonly at: string }>(
  before: readonly At[],
  more: readonly At[],
): readonly At[] {
  const last = before.at(-1)?.at ?? '';
  const newer = more.filter(({ at }) => at > last);
  return newer.length === 0 ? before : thinned([...before, ...newer]);
}

function thinned<T>(samples: readonly T[]): readonly T[] {
  if (samples.length < MOST_SAMPLES) return samples;
  return samples.filter((_, index) => index % 2 === 0 || index >= MOST_SAMPLES / 2);
}

function joinedSignal(before: Signal, now: Signal): Signal {
  if ('noData' in now || 'noData' in before) return now;
  return { ...now, points: joined(before.points, now.points) };
}

/** A line of a chart: one value at a time. */
export interface Line {
  readonly label: string;
  readonly className: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

const COUNTS = [
  ['visible', 'visible', 'line-1'],
  ['inFlight', 'in flight', 'line-2'],
  ['delayed', 'delayed', 'line-3'],
] as const;

/** A queue's three counts as lines; none where it was never counted. */
export function countLines(
  samples: readonly QueueSample[],
  queue: 'queue' | 'deadLetterQueue',
): readonly Line[] {
  const known = samples.flatMap(({ at, [queue]: counts }) => (counts === null ? [] : [{ at, counts }]));
  if (known.length === 0) return [];
  return COUNTS.map(([name, label, className]) => ({
    label,
    className,
    points: known.map(({ at, counts }) => ({ at: Date.parse(at), value: counts[name] })),
  }));
}
