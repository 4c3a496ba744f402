// The rows of a long list, a page at a time, as far as they are looked at.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { DeadLetterSummary } from '../../../client/dead-letters/index.ts';
import type { MessagesAnswer, MessagesQuery } from '../api.ts';
import type { ConsoleError } from './console-client.ts';
import { asConsoleError, useConsole } from './console-state.tsx';

const PAGE = 200;

/** A list of which some rows are known. */
export interface Rows {
  /** What the server said of the list as a whole; undefined before the first answer. */
  readonly list: Omit<MessagesAnswer, 'rows'> | undefined;
  readonly error: ConsoleError | undefined;
  rowAt(index: number): DeadLetterSummary | undefined;
  /** Fetches what is missing of these rows. */
  want(first: number, last: number): void;
  again(): void;
}

type Query = Omit<MessagesQuery, 'offset' | 'limit'>;

/** The rows that fit a query. Those that are known stay until there is something newer. */
export function useRows(query: Query): Rows {
  const { client, takenAt, revival } = useConsole();
  const words = JSON.stringify(query);
  const pages = useRef(new Map<number, readonly DeadLetterSummary[] | 'asked'>());
  const current = useRef('');
  const [round, setRound] = useState(0);
  const version = [words, takenAt, revival, round].join(' ');
  const [state, setState] = useState<Pick<Rows, 'list' | 'error'>>({ list: undefined, error: undefined });
  const ask = useCallback(
    async (page: number) => {
      const known = pages.current;
      known.set(page, 'asked');
      try {
        const { rows, ...list } = await client.ask('GET /api/messages', {
          query: { ...(JSON.parse(words) as Query), offset: String(page * PAGE), limit: String(PAGE) },
        });
        if (known !== pages.current) return;
        known.set(page, rows);
        setState({ list, error: undefined });
      } catch (error) {
        if (known !== pages.current) return;
        known.delete(page);
        setState((before) => ({ ...before, error: asConsoleError(error) }));
      }
    },
    [client, words],
  );
  useEffect(() => {
    pages.current = new Map();
    current.current = version;
    void ask(0);
  }, [version]);
  return {
    ...state,
    rowAt(index) {
      const page = pages.current.get(Math.floor(index / PAGE));
      return Array.isArray(page) ? page[index % PAGE] : undefined;
    },
    want(first, last) {
      if (current.current !== version || state.error !== undefined) return;
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
        if (!pages.current.has(page)) void ask(page);
      }
    },
    again: useCallback(() => setRound((before) => before + 1), []),
  };
}
