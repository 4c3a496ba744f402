// How old they are, with lines where people should have looked by now, and where SQS deletes them.
import { scaleLinear } from 'd3-scale';
import type { TimelineAnswer } from '../../api.ts';
import { spanText } from '../words.ts';
import { CountAxis } from './axes.tsx';
import { Chart, EDGES } from './frame.tsx';

const HEIGHT = 180;
const DAY_MS = 86_400_000;

/** The chart. */
export function AgesChart({ ages: { binMs, counts, retentionSeconds } }: { ages: TimelineAnswer['ages'] }) {
  const retentionMs = retentionSeconds === null ? undefined : retentionSeconds * 1000;
  const longest = Math.max(DAY_MS * 1.15, (retentionMs ?? 0) * 1.03, counts.length * binMs);
  const marks = [
    { at: DAY_MS, label: '24 h', className: 'mark' },
    ...(retentionMs === undefined
      ? []
      : [{ at: retentionMs, label: `deleted at ${spanText(retentionMs)}`, className: 'mark mark-end' }]),
  ];
  const draw = (width: number) => {
    const right = width - EDGES.right;
    const bottom = HEIGHT - EDGES.bottom;
    const top = 22;
    const x = scaleLinear([0, longest], [EDGES.left, right]);
    const y = scaleLinear([0, Math.max(1, ...counts)], [bottom, top]).nice(4);
    return (
      <>
        <CountAxis scale={y} from={EDGES.left} to={right} />
        {counts.map((count, bin) => {
          if (count === 0) return null;
          const from = bin * binMs;
          const isSoon = retentionMs !== undefined && from + binMs > retentionMs - DAY_MS;
          return (
            <rect
              key={from}
              class={isSoon ? 'bar bar-soon' : 'bar'}
              x={x(from)}
              width={Math.max(1.5, x(from + binMs) - x(from) - 1)}
              y={y(count)}
              height={Math.max(1, bottom - y(count))}
            />
          );
        })}
        {marks.map(({ at, label, className }) => (
          <g key={label} class={className} transform={`translate(${Math.round(x(at)) + 0.5},0)`}>
            <line y1={12} y2={bottom} />
            <text y={9} text-anchor={x(at) > width * 0.6 ? 'end' : 'start'}>
              {label}
            </text>
          </g>
        ))}
        <g class="axis">
          {ageTicks(longest, width).map((age) => (
            <text key={age} x={x(age)} y={bottom + 16} text-anchor="middle">
              {age === 0 ? 'now' : spanText(age)}
            </text>
          ))}
        </g>
      </>
    );
  };
  return (
    <Chart
      title="How long they have been here"
      note={
        retentionMs === undefined
          ? 'SQS did not say for how long the queue keeps them.'
          : `SQS deletes each ${spanText(retentionMs)} after it was sent here.`
      }
      height={HEIGHT}
      draw={draw}
      table={{
        columns: ['Age from', 'Dead letters'],
        rows: counts.flatMap((count, bin) =>
          count === 0 ? [] : [[bin === 0 ? 'now' : spanText(bin * binMs), count]],
        ),
      }}
    />
  );
}

const AGE_STEPS = [1, 2, 3, 6, 12, 24, 48, 72, 96, 168].map((hours) => hours * 3_600_000);

/** Round ages that do not stand in each other's way. */
function ageTicks(longest: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 90));
  const step = AGE_STEPS.find((one) => longest / one <= most) ?? longest / most;
  return Array.from({ length: Math.floor(longest / step) + 1 }, (_, index) => index * step);
}
