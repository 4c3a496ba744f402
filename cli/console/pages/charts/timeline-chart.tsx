// Dead letters over time by kind, stacked. To drag over it, or to move the two handles below it, sets since and until.
import { scaleLinear, scaleUtc } from 'd3-scale';
import { stack } from 'd3-shape';
import { useId, useState } from 'preact/hooks';
import type { TimelineAnswer } from '../../api.ts';
import { kindClass } from '../kinds.ts';
import { clockText, counted, grouped, messages, spanText, tickText } from '../words.ts';
import { CountAxis, TimeAxis } from './axes.tsx';
import { Chart, EDGES } from './frame.tsx';

const HEIGHT = 280;

/** From one bin to another, both included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** The chart. */
export function TimelineChart({
  timeline,
  onSelect,
}: {
  timeline: TimelineAnswer;
  /** Epoch milliseconds. */
  onSelect: (since: number, until: number) => void;
}) {
  const [range, setRange] = useState<Range | undefined>();
  const { binMs, kinds, matched } = timeline;
  const start = Date.parse(timeline.from);
  const bins = kinds[0]?.counts.length ?? 0;
  const choose = (chosen: Range | undefined) => {
    setRange(undefined);
    if (chosen !== undefined) onSelect(start + chosen.first * binMs, start + (chosen.last + 1) * binMs - 1);
  };
  const table = {
    columns: ['From (UTC)', ...kinds.map(({ kind }) => kind)],
    rows: Array.from({ length: bins }, (_, bin) => [
      clockText(start + bin * binMs),
      ...kinds.map(({ counts }) => counts[bin] ?? 0),
    ]),
  };
  return (
    <Chart
      title="When they became dead letters"
      note={
        bins > 0 &&
        `${messages(matched)}, in steps of ${spanText(binMs)}. Drag over the chart to narrow it down.`
      }
      table={table}
      height={HEIGHT}
      draw={(width) => <Drawing {...{ timeline, bins, width, range, setRange, choose }} />}
    >
      {bins > 1 && <RangeHandles {...{ start, binMs, bins, range, setRange, choose }} />}
      <ul class="legend">
        {kinds.map(({ kind, counts }) => (
          <li key={kind}>
            <svg class="swatch" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={kindClass(kind)} />
            </svg>
            {kind} <span class="figure">{grouped(sum(counts))}</span>
          </li>
        ))}
      </ul>
    </Chart>
  );
}

interface Choosing {
  readonly bins: number;
  readonly range: Range | undefined;
  setRange(range: Range | undefined): void;
  choose(range: Range | undefined): void;
}

function Drawing({
  timeline,
  bins,
  width,
  range,
  setRange,
  choose,
}: Choosing & { timeline: TimelineAnswer; width: number }) {
  const { kinds, binMs } = timeline;
  const start = Date.parse(timeline.from);
  const totals = Array.from({ length: bins }, (_, bin) => sum(kinds.map(({ counts }) => counts[bin] ?? 0)));
  const right = width - EDGES.right;
  const bottom = HEIGHT - EDGES.bottom;
  const x = scaleUtc([start, start + bins * binMs], [EDGES.left, right]);
  const y = scaleLinear([0, Math.max(1, ...totals)], [bottom, EDGES.top]).nice(4);
  const step = (right - EDGES.left) / Math.max(1, bins);
  const gap = step > 4 ? 1 : 0;
  const series = stack<number, string>()
    .keys(kinds.map(({ kind }) => kind))
    .value((bin, key) => kinds.find(({ kind }) => kind === key)?.counts[bin] ?? 0)(
    Array.from({ length: bins }, (_, bin) => bin),
  );
  const binAt = (event: PointerEvent & { currentTarget: Element }) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.min(bins - 1, Math.max(0, Math.floor(at / step)));
  };
  const [anchor, setAnchor] = useState<number | undefined>();
  const band = (bin: number): Range => ({
    first: Math.min(bin, anchor ?? bin),
    last: Math.max(bin, anchor ?? bin),
  });
  return (
    <>
      <CountAxis scale={y} from={EDGES.left} to={right} />
      <TimeAxis scale={x} y={bottom} width={width} />
      {series.map((layer) => (
        <g key={layer.key} class={kindClass(layer.key)}>
          {layer.map(([from, to], bin) =>
            to > from ? (
              <rect
                key={bin}
                x={EDGES.left + bin * step}
                width={Math.max(1, step - gap)}
                y={y(to)}
                height={Math.max(0.5, y(from) - y(to))}
              />
            ) : null,
          )}
        </g>
      ))}
      {range !== undefined && (
        <rect
          class="range"
          x={EDGES.left + range.first * step}
          width={(range.last - range.first + 1) * step}
          y={EDGES.top}
          height={bottom - EDGES.top}
        />
      )}
      {bins > 0 && (
        <rect
          class="drag-area"
          x={EDGES.left}
          y={0}
          width={right - EDGES.left}
          height={bottom}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            const bin = binAt(event);
            setAnchor(bin);
            setRange({ first: bin, last: bin });
          }}
          onPointerMove={(event) => {
            if (anchor !== undefined) setRange(band(binAt(event)));
          }}
          onPointerUp={(event) => {
            const chosen = band(binAt(event));
            setAnchor(undefined);
            choose(chosen);
          }}
          onPointerCancel={() => {
            setAnchor(undefined);
            setRange(undefined);
          }}
        />
      )}
    </>
  );
}

/** The same without a pointer: two handles and a button. */
function RangeHandles({
  start,
  binMs,
  bins,
  range,
  setRange,
  choose,
}: Choosing & { start: number; binMs: number }) {
  const id = useId();
  const { first, last } = range ?? { first: 0, last: bins - 1 };
  const span = bins * binMs;
  const fromText = tickText(start + first * binMs, span);
  const toText = tickText(start + (last + 1) * binMs, span);
  return (
    <div class="range-handles">
      <label for={`${id}-from`}>
        From <output class="figure">{fromText}</output>
      </label>
      <input
        id={`${id}-from`}
        type="range"
        min={0}
        max={bins - 1}
        value={first}
        aria-valuetext={`${fromText} UTC`}
        onInput={({ currentTarget }) => {
          const bin = Number(currentTarget.value);
          setRange({ first: bin, last: Math.max(bin, last) });
        }}
      />
      <label for={`${id}-to`}>
        until <output class="figure">{toText}</output>
      </label>
      <input
        id={`${id}-to`}
        type="range"
        min={0}
        max={bins - 1}
        value={last}
        aria-valuetext={`${toText} UTC`}
        onInput={({ currentTarget }) => {
          const bin = Number(currentTarget.value);
          setRange({ first: Math.min(bin, first), last: bin });
        }}
      />
      <button type="button" aria-disabled={range === undefined} onClick={() => choose(range)}>
        Only {range === undefined ? 'this time' : counted(last - first + 1, 'step')}
      </button>
    </div>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
