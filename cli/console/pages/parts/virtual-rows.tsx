// A list as long as one likes of which only those rows are in the document that can be seen, and some around them.
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Window, windowOf } from '../row-window.ts';

/** Until a row was measured; pixels. */
const FIRST_GUESS = 36;

/** What a list's rows get. */
export interface RowProps {
  readonly index: number;
  /** The row that the keyboard is on; the others are reached from it. */
  readonly tabIndex: 0 | -1;
}

/** The rows, which scroll by themselves. Arrow keys, Page up and down, Home and End go from row to row. */
export function VirtualRows({
  total,
  label,
  head,
  row,
  onWindow,
}: {
  readonly total: number;
  readonly label: string;
  readonly head: ComponentChildren;
  readonly row: (props: RowProps) => ComponentChildren;
  /** Told which rows can be seen. */
  readonly onWindow: (shown: Window) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(0);
  const [rowHeight, setRowHeight] = useState(FIRST_GUESS);
  const [active, setActive] = useState(0);
  const isMoving = useRef(false);
  const lastTop = useRef(0);
  const shown = windowOf(scrollTop, height, rowHeight, total);
  const reachable = active >= shown.first && active < shown.end ? active : shown.first;

  const measure = useCallback(() => {
    const element = box.current;
    if (element === null || element.clientHeight === 0) return;
    setHeight(element.clientHeight);
    // A browser may forget it of what was hidden for a while.
    if (element.scrollTop === 0) element.scrollTop = lastTop.current;
    const first = element.querySelector<HTMLElement>('[data-row]');
    if (first !== null && first.offsetHeight > 0) setRowHeight(first.offsetHeight);
  }, []);
  useLayoutEffect(measure);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [measure]);
  useEffect(() => onWindow(shown), [shown.first, shown.end, onWindow]);

  const moveTo = (index: number) => {
    const element = box.current;
    if (element === null || total === 0) return;
    const target = Math.min(total - 1, Math.max(0, index));
    const headHeight = element.querySelector<HTMLElement>('[data-head]')?.offsetHeight ?? 0;
    const top = target * rowHeight;
    const room = element.clientHeight - headHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
    lastTop.current = element.scrollTop;
    setScrollTop(element.scrollTop);
    isMoving.current = true;
    setActive(target);
  };
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    const element = box.current?.querySelector<HTMLElement>(`[data-row="${active}"]`);
    if (element === null || element === undefined) return;
    isMoving.current = false;
    element.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(height / rowHeight) - 2);
    const target = new Map([
      ['ArrowDown', active + 1],
      ['ArrowUp', active - 1],
      ['PageDown', active + page],
      ['PageUp', active - page],
      ['Home', 0],
      ['End', total - 1],
    ]).get(event.key);
    if (target === undefined) return;
    event.preventDefault();
    moveTo(target);
  };
  return (
    <div
      class="rows"
      ref={box}
      onScroll={({ currentTarget: { scrollTop: now, clientHeight } }) => {
        if (clientHeight === 0) return;
        lastTop.current = now;
        setScrollTop(now);
      }}
    >
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrow keys go from row to row
        role="grid"
        aria-label={label}
        aria-rowcount={total + 1}
        onKeyDown={onKeyDown}
        onFocusIn={({ target }) => {
          const line = target instanceof Element ? target.closest('[data-row]') : null;
          if (line !== null) setActive(Number(line.getAttribute('data-row')));
        }}
      >
        <thead data-head>{head}</thead>
        <Gap height={shown.first * rowHeight} />
        <tbody>
          {Array.from({ length: Math.max(0, shown.end - shown.first) }, (_, offset) => {
            const index = shown.first + offset;
            return row({ index, tabIndex: index === reachable ? 0 : -1 });
          })}
        </tbody>
        <Gap height={(total - shown.end) * rowHeight} />
      </table>
    </div>
  );
}

/** Stands for rows that are not there. A height that a script sets is no inline style, which the policy forbids. */
function Gap({ height }: { height: number }) {
  return (
    <tbody class="gap" aria-hidden="true">
      <tr>
        <td style={{ height: `${height}px` }} />
      </tr>
    </tbody>
  );
}
