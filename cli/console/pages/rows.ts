// The rows of a long list, a page at a time, as far as they are looked at.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ConsoleError } from './console-client.ts';
import { asConsoleError } from './console-state.tsx';

const PAGE = 200;

/** A list of which some rows are known. */
export interface Rows<Row, Answer> {
  /** What the server said of the list as a whole, with some of its rows; undefined before the first answer. */
  readonly list: Answer | undefined;
  readonly error: ConsoleError | undefined;
  rowAt(index: number): Row | undefined;
  /** Fetches what is missing of these rows. */
  want(first: number, last: number): void;
  again(): void;
}

/** A part of a list, as numbers of a query. */
export interface PageQuery {
  readonly offset: string;
  readonly limit: string;
}

/**
 * The rows of a list. Those that are known stay until it is another list.
 *
 * @param version the same for the same list
 */
export function useRows<Row, Answer extends { readonly rows: readonly Row[] }>(
  version: string,
  fetchPage: (page: PageQuery) => Promise<Answer>,
): Rows<Row, Answer> {
  const pages = useRef(new Map<number, readonly Row[] | 'asked'>());
  const current = useRef('');
  const fetching = useRef(fetchPage);
  fetching.current = fetchPage;
  const [round, setRound] = useState(0);
  const whole = `${version} ${round}`;
  const [state, setState] = useState<Pick<Rows<Row, Answer>, 'list' | 'error'>>(NOTHING_YET);
  const ask = useCallback(async (page: number) => {
    const known = pages.current;
    known.set(page, 'asked');
    try {
      const list = await fetching.current({ offset: String(page * PAGE), limit: String(PAGE) });
      if (known !== pages.current) return;
      known.set(page, list.rows);
      setState({ list, error: undefined });
    } catch (error) {
      if (known !== pages.current) return;
      known.delete(page);
      setState((before) => ({ ...before, error: asConsoleError(error) }));
    }
  }, []);
  useEffect(() => {
    pages.current = new Map();
    current.current = whole;
    void ask(0);
  }, [whole, ask]);
  return {
    ...state,
    rowAt(index) {
      const page = pages.current.get(Math.floor(index / PAGE));
      return page === undefined || page === 'asked' ? undefined : page[index % PAGE];
    },
    want(first, last) {
      if (current.current !== whole || state.error !== undefined) return;
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
        if (!pages.current.has(page)) void ask(page);
      }
    },
    again: useCallback(() => setRound((before) => before + 1), []),
  };
}

const NOTHING_YET = { list: undefined, error: undefined } as const;
