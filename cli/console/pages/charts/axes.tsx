// The axes of a chart.
import type { ScaleLinear, ScaleTime } from 'd3-scale';
import { grouped, tickText } from '../words.ts';

/** Lines and labels for a count, from bottom to top. */
export function CountAxis({
  scale,
  from,
  to,
  ticks = 4,
}: {
  scale: ScaleLinear<number, number>;
  from: number;
  to: number;
  ticks?: number;
}) {
  const values = scale.ticks(ticks);
  return (
    <g class="axis">
      {values.map((value) => (
        <g key={value} transform={`translate(0,${Math.round(scale(value)) + 0.5})`}>
          <line x1={from} x2={to} class={value === 0 ? 'axis-base' : 'axis-grid'} />
          <text x={from - 6} dy="0.32em" text-anchor="end">
            {shortCount(value)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** The time from left to right. */
export function TimeAxis({
  scale,
  y,
  width,
}: {
  scale: ScaleTime<number, number>;
  y: number;
  width: number;
}) {
  const [from = new Date(0), to = new Date(0)] = scale.domain();
  const span = to.getTime() - from.getTime();
  const [left = 0, right = 0] = scale.range();
  const ticks = scale
    .ticks(Math.max(2, Math.floor(width / 110)))
    .filter((time) => scale(time) > left + 12 && scale(time) < right - 12);
  return (
    <g class="axis">
      {ticks.map((time) => (
        <g key={time.getTime()} transform={`translate(${Math.round(scale(time)) + 0.5},${y})`}>
          <line y2="4" class="axis-base" />
          <text y="16" text-anchor="middle">
            {tickText(time.getTime(), span)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** `12k` where a number would be too long for the edge. */
export function shortCount(value: number): string {
  if (Math.abs(value) >= 1_000_000) return `${value / 1_000_000}M`;
  return Math.abs(value) >= 10_000 ? `${value / 1_000}k` : grouped(value);
}
