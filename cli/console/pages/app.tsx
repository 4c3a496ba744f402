// The page as a whole: who may ask, where somebody is, and what all screens share.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePlace } from './arrival.ts';
import { type ConsoleClient, type ConsoleError, createClient } from './console-client.ts';
import {
  asConsoleError,
  type Console,
  ConsoleContext,
  type Outage,
  observed,
  useOverview,
  useServerTime,
} from './console-state.tsx';
import { Frame } from './frame.tsx';
import { keepSecret, SECRET, secretIn } from './session.ts';
import { Welcome } from './welcome.tsx';

const plainClient = createClient({
  fetch: (input, init) => fetch(input, init),
  secret: () => secretIn(localStorage),
});

/**
 * The console's page.
 *
 * @param token of the link by which somebody came
 */
export function App({ token }: { token: string | undefined }) {
  const { outage, tell, revival } = useOutage();
  const session = useSession(token, () => tell(undefined));
  const { place, go } = usePlace(session.exchange);
  const client = useMemo(() => observed(plainClient, tell), [tell]);
  if (session.state === 'opening') return <main class="plain-page">The console is opening.</main>;
  if (session.state === 'none') return <Welcome exchange={session.exchange} problem={session.problem} />;
  return (
    <Signed
      {...{ client, place, go, outage, revival }}
      exchange={session.exchange}
      exchangeProblem={session.problem}
    />
  );
}

type Signed = Pick<Console, 'client' | 'place' | 'go' | 'outage' | 'revival'> & {
  readonly exchange: (token: string) => void;
  readonly exchangeProblem: ConsoleError | undefined;
};

/** What somebody with a session sees; it stays as it is when the session ends, so that nothing typed is lost. */
function Signed({ client, place, go, outage, revival, exchange, exchangeProblem }: Signed) {
  const { overview, setSnapshot } = useOverview(client, revival);
  const now = useServerTime(overview);
  const [selection, select] = useState<ReadonlySet<string>>(new Set());
  const [announcement, announce] = useState('');
  const lookAgain = useCallback(
    async () => setSnapshot(await client.ask('POST /api/snapshot', { body: {} })),
    [client, setSnapshot],
  );
  const takenAt = overview?.snapshot.takenAt ?? null;
  const shared: Console = {
    ...{ client, place, go, overview, now, outage, revival, takenAt, lookAgain, announce, selection, select },
  };
  return (
    <ConsoleContext.Provider value={shared}>
      <Frame exchange={exchange} exchangeProblem={exchangeProblem} />
      <div role="status" class="unseen-text">
        {announcement}
      </div>
    </ConsoleContext.Provider>
  );
}

/** How the way to the console is. */
function useOutage() {
  const [outage, setOutage] = useState<Outage | undefined>();
  const [revival, setRevival] = useState(0);
  const before = useRef<Outage | undefined>(undefined);
  const tell = useCallback((now: Outage | undefined) => {
    if (before.current !== undefined && now === undefined) setRevival((count) => count + 1);
    before.current = now;
    setOutage(now);
  }, []);
  return { outage, tell, revival };
}

/** Brings tokens to the console, keeps what it gives for them, and hears of what another page has got. */
function useSession(token: string | undefined, onOpen: () => void) {
  const [state, setState] = useState<'none' | 'opening' | 'open'>(() => {
    if (token !== undefined) return 'opening';
    return secretIn(localStorage) === undefined ? 'none' : 'open';
  });
  const [problem, setProblem] = useState<ConsoleError | undefined>();
  const opened = useRef(onOpen);
  opened.current = onOpen;
  const exchange = useCallback(async (fresh: string, client: ConsoleClient = plainClient) => {
    setProblem(undefined);
    try {
      keepSecret(localStorage, (await client.ask('POST /api/session', { body: { token: fresh } })).secret);
      setState('open');
      opened.current();
    } catch (error) {
      setProblem(asConsoleError(error));
      setState((before) => {
        if (before !== 'opening') return before;
        return secretIn(localStorage) === undefined ? 'none' : 'open';
      });
    }
  }, []);
  useEffect(() => {
    if (token !== undefined) void exchange(token);
  }, []);
  useEffect(() => {
    const hear = ({ key, newValue }: StorageEvent) => {
      if (key !== SECRET || newValue === null) return;
      setState('open');
      setProblem(undefined);
      opened.current();
    };
    addEventListener('storage', hear);
    return () => removeEventListener('storage', hear);
  }, []);
  return { state, problem, exchange: useCallback((fresh: string) => void exchange(fresh), [exchange]) };
}
