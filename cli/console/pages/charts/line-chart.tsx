// Numbers over time as lines.
import { scaleLinear, scaleUtc } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import type { Line } from '../samples.ts';
import { clockText, grouped } from '../words.ts';
import { CountAxis, TimeAxis } from './axes.tsx';
import { Chart, EDGES } from './frame.tsx';

const HEIGHT = 150;

/** Less than this is drawn as this: a single sample would be a line without length. Milliseconds. */
const SHORTEST_MS = 60_000;

/** The chart. */
export function LineChart({
  title,
  lines,
  isCount = false,
}: {
  title: string;
  lines: readonly Line[];
  isCount?: boolean;
}) {
  const times = lines.flatMap(({ points }) => points.map(({ at }) => at));
  const last = Math.max(...times);
  const first = Math.min(Math.min(...times), last - SHORTEST_MS);
  // Counts are whole: half of a message would be no tick.
  const highest = Math.max(
    isCount ? 4 : 1,
    ...lines.flatMap(({ points }) => points.map(({ value }) => value)),
  );
  const draw = (width: number) => {
    const right = width - EDGES.right;
    const bottom = HEIGHT - EDGES.bottom;
    const x = scaleUtc([first, last], [EDGES.left, right]);
    const y = scaleLinear([0, highest], [bottom, EDGES.top]).nice(3);
    const path = line<Line['points'][number]>()
      .x(({ at }) => x(at))
      .y(({ value }) => y(value))
      .curve(curveStepAfter);
    return (
      <>
        <CountAxis scale={y} from={EDGES.left} to={right} ticks={3} />
        <TimeAxis scale={x} y={bottom} width={width} />
        {lines.map(({ label, className, points }) => (
          <g key={label} class={className}>
            <path class="line" d={path([...points]) ?? ''} />
            {points.slice(-1).map(({ at, value }) => (
              <circle key={at} cx={x(at)} cy={y(value)} r="2.5" />
            ))}
          </g>
        ))}
      </>
    );
  };
  return (
    <Chart
      title={title}
      height={HEIGHT}
      draw={draw}
      table={{
        columns: ['At (UTC)', ...lines.map(({ label }) => label)],
        rows: (lines[0]?.points ?? []).map(({ at }, index) => [
          clockText(at),
          ...lines.map(({ points }) => points[index]?.value ?? ''),
        ]),
      }}
    >
      <ul class="legend">
        {lines.map(({ label, className, points }) => (
          <li key={label}>
            <svg class={`swatch ${className}`} width="14" height="10" aria-hidden="true">
              <line class="line" x1="0" x2="14" y1="5" y2="5" />
            </svg>
            {label} <span class="figure">{valueText(points.at(-1)?.value)}</span>
          </li>
        ))}
      </ul>
    </Chart>
  );
}

function valueText(value: number | undefined): string {
  if (value === undefined) return '';
  return Number.isInteger(value) ? grouped(value) : value.toFixed(2);
}
