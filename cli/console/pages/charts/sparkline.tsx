// When the dead letters of a group came, small enough for a row.
import { clockText, grouped, spanText } from '../words.ts';

const WIDTH = 132;
const HEIGHT = 28;

/** Bars; for who does not see them, a sentence about where most are. */
export function Sparkline({
  counts,
  from,
  binMs,
  className,
}: {
  counts: readonly number[];
  from: string;
  binMs: number;
  className: string;
}) {
  const highest = Math.max(1, ...counts);
  const step = WIDTH / Math.max(1, counts.length);
  const peak = counts.indexOf(Math.max(...counts));
  const words =
    counts.length === 0
      ? 'No timeline.'
      : `Most of them, ${grouped(counts[peak] ?? 0)}, within ${spanText(binMs)} from ${clockText(Date.parse(from) + peak * binMs)} on.`;
  return (
    <div class="sparkline">
      <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
        <title>{words}</title>
        <line class="axis-base" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        <g class={className}>
          {counts.map((count, bin) => {
            if (count === 0) return null;
            const height = Math.max(2, (count / highest) * (HEIGHT - 2));
            return (
              <rect
                key={bin}
                x={bin * step}
                width={Math.max(1, step - (step > 4 ? 1 : 0))}
                y={HEIGHT - 1 - height}
                height={height}
              />
            );
          })}
        </g>
      </svg>
    </div>
  );
}
