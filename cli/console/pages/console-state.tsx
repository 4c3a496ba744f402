// What all screens share: the client, where somebody is, how the console stands, and what went wrong with the connection.
import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { OverviewAnswer, SnapshotAnswer } from '../api.ts';
import { addressOf, type Place } from './address.ts';
import {
  type Answer,
  type ConsoleClient,
  ConsoleError,
  type Question,
  type Route,
} from './console-client.ts';
import { mergeOverview } from './samples.ts';

/** Why the console cannot be asked. */
export type Outage = { readonly code: 'unauthorized' | 'lost' | 'ending'; readonly message: string };

/** See {@link useConsole}. */
export interface Console {
  readonly client: ConsoleClient;
  readonly place: Place;
  /** Goes there; `replace` leaves no way back to where one was. */
  go(place: Place, how?: 'replace'): void;
  /** Undefined until the first answer. */
  readonly overview: OverviewAnswer | undefined;
  /** By the server's clock; epoch milliseconds. */
  readonly now: number;
  readonly outage: Outage | undefined;
  /** Counts how often the way to the console came back: what failed meanwhile is asked again. */
  readonly revival: number;
  /** The look that is shown, so that what rests on it is asked again when there is a newer one. */
  readonly takenAt: string | null;
  lookAgain(): Promise<void>;
  /** Says something to people who do not see the screen. */
  announce(text: string): void;
  /** Messages that were ticked, on whatever screen. */
  readonly selection: ReadonlySet<string>;
  select(messageIds: ReadonlySet<string>): void;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

/** What the screens share. */
export function useConsole(): Console {
  const console = useContext(ConsoleContext);
  if (console === undefined) throw new Error('This part must be inside of the console.');
  return console;
}

/** A client that tells how the way to the console is: undefined where it is open. */
export function observed(client: ConsoleClient, tell: (outage: Outage | undefined) => void): ConsoleClient {
  return {
    async ask<R extends Route>(route: R, question: Question<R>): Promise<Answer<R>> {
      try {
        const answer = await client.ask(route, question);
        tell(undefined);
        return answer;
      } catch (error) {
        if (error instanceof ConsoleError) tell(outageOf(error));
        throw error;
      }
    },
  };
}

function outageOf({ code, message }: ConsoleError): Outage | undefined {
  return code === 'unauthorized' || code === 'lost' || code === 'ending' ? { code, message } : undefined;
}

/** What became of a question. */
export interface Asked<T> {
  /** The last answer, which stays while the next one is on its way. */
  readonly answer: T | undefined;
  readonly error: ConsoleError | undefined;
  readonly isAsking: boolean;
  again(): void;
}

/**
 * Asks a question whenever it changes, when there is a newer look, and when the console can be asked again.
 *
 * @param question undefined: nothing is asked for now
 */
export function useAnswer<R extends Route>(route: R, question: Question<R> | undefined): Asked<Answer<R>> {
  const { client, revival, takenAt } = useConsole();
  const [round, setRound] = useState(0);
  const [state, setState] = useState<Omit<Asked<Answer<R>>, 'again'>>(NOT_ASKED);
  const words = JSON.stringify(question);
  useEffect(() => {
    if (question === undefined) {
      setState(NOT_ASKED);
      return;
    }
    const { signal, abort } = abortable();
    setState((before) => ({ ...before, isAsking: true }));
    client.ask(route, { ...question, signal }).then(
      (answer) => signal.aborted || setState({ answer, error: undefined, isAsking: false }),
      (error: unknown) => {
        if (signal.aborted) return;
        setState((before) => ({ ...before, error: asConsoleError(error), isAsking: false }));
      },
    );
    return abort;
  }, [client, route, words, revival, takenAt, round]);
  return { ...state, again: useCallback(() => setRound((before) => before + 1), []) };
}

const NOT_ASKED = { answer: undefined, error: undefined, isAsking: false } as const;

function abortable(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** Whatever was thrown as an error of the console's. */
export function asConsoleError(error: unknown): ConsoleError {
  if (error instanceof ConsoleError) return error;
  return new ConsoleError('failed', error instanceof Error ? error.message : String(error));
}

/** The counts are polled so often, in milliseconds; while a look goes on more often. */
const POLL_EVERY_MS = 2_000;
const POLL_WHILE_LOOKING_MS = 500;

/** Polls the overview for as long as there is a secret; it is the only thing that is polled on every screen. */
export function useOverview(client: ConsoleClient, revival: number) {
  const [overview, setOverview] = useState<OverviewAnswer | undefined>();
  const latest = useRef<OverviewAnswer | undefined>(undefined);
  const poll = useCallback(async () => {
    const after = latest.current?.now;
    const answer = await client.ask('GET /api/overview', { query: after === undefined ? {} : { after } });
    latest.current = mergeOverview(latest.current, answer);
    setOverview(latest.current);
  }, [client]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const next = async () => {
      const error = await poll().then(() => undefined, asConsoleError);
      // Without a secret every other question would be refused, too: the next one brings a new session.
      if (error?.code === 'unauthorized') return;
      const every = latest.current?.snapshot.state === 'looking' ? POLL_WHILE_LOOKING_MS : POLL_EVERY_MS;
      if (!isOver) timer = setTimeout(next, every);
    };
    void next();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [poll, revival]);
  const setSnapshot = useCallback((snapshot: SnapshotAnswer) => {
    if (latest.current === undefined) return;
    latest.current = { ...latest.current, snapshot };
    setOverview(latest.current);
  }, []);
  return { overview, setSnapshot };
}

/** The server's time, which goes on between its answers. */
export function useServerTime(overview: OverviewAnswer | undefined): number {
  const offset = useMemo(
    () => (overview === undefined ? 0 : Date.parse(overview.now) - Date.now()),
    [overview],
  );
  return Date.now() + offset;
}

/** The address of a place, for a link. */
export function hrefOf(place: Partial<Place> & Pick<Place, 'screen'>): string {
  return addressOf({ query: {}, ...place });
}
