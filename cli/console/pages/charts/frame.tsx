// What every chart has: a caption, a drawing as wide as there is room, and the same as a table for who does not see it.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

/** A chart's contents as a table; the first column heads each row. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A chart. */
export function Chart({
  title,
  note,
  table,
  height,
  draw,
  children,
}: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly table: ChartTable;
  readonly height: number;
  readonly draw: (width: number) => ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  const id = useId();
  const [box, width] = useWidth();
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption>
        <h3 id={id}>{title}</h3>
        {note !== undefined && <p class="chart-note">{note}</p>}
      </figcaption>
      <div class="chart-box" ref={box}>
        {width > 0 && (
          <svg class="chart-svg" width={width} height={height} aria-hidden="true" focusable="false">
            {draw(width)}
          </svg>
        )}
      </div>
      {children}
      <HiddenTable caption={title} table={table} />
    </figure>
  );
}

/** Nobody listens to more rows; where there are more, a part of them stands for the rest. */
const MOST_ROWS = 60;

function HiddenTable({ caption, table: { columns, rows } }: { caption: string; table: ChartTable }) {
  const every = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
  const shown = rows.filter((_, index) => index % every === 0 || index === rows.length - 1);
  return (
    <div class="unseen-text">
      <table>
        <caption>{every === 1 ? caption : `${caption}: every ${every}th of ${rows.length} rows`}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, index) =>
                index === 0 ? (
                  <th key={columns[index]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={columns[index]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** An element and how wide it is. */
export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    setWidth(Math.floor(element.clientWidth));
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

/** The room of a drawing within its edges. */
export const EDGES = { top: 10, right: 12, bottom: 22, left: 44 } as const;
