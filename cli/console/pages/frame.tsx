// The frame around every screen: what is looked at, the way to the screens, how old the look is, and what is wrong.
import { useEffect, useRef } from 'preact/hooks';
import type { SnapshotAnswer, Target } from '../api.ts';
import type { ScreenName } from './address.ts';
import type { ConsoleError } from './console-client.ts';
import { hrefOf, useConsole } from './console-state.tsx';
import { filterIn } from './filter.ts';
import { Notices } from './parts/notices.tsx';
import { SnapshotBar } from './parts/snapshot-bar.tsx';
import { Groups } from './screens/groups.tsx';
import { History } from './screens/history.tsx';
import { Message } from './screens/message.tsx';
import { Messages } from './screens/messages.tsx';
import { Operation } from './screens/operation.tsx';
import { Overview } from './screens/overview.tsx';
import { Plan } from './screens/plan.tsx';
import { grouped } from './words.ts';

type FrameProps = {
  readonly exchange: (token: string) => void;
  readonly exchangeProblem: ConsoleError | undefined;
};

/** All but what is said to people who do not see the screen. */
export function Frame(props: FrameProps) {
  const { overview } = useConsole();
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on this page, and the fragment is the screen's */}
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class={`top${overview?.target.production ? ' top-production' : ''}`}>
        <div class="top-line">
          <span class="brand">Dead letters</span>
          {overview !== undefined && <Banner target={overview.target} />}
        </div>
      </header>
      <Screens />
      <div class="page">
        <Notices {...props} />
        <SnapshotBar />
        <main id="main" ref={main} tabIndex={-1}>
          <Screen />
        </main>
      </div>
    </>
  );
}

function Screen() {
  const { place } = useConsole();
  switch (place.screen) {
    case 'groups':
      return <Groups />;
    case 'messages':
      return <MessagesAndOne />;
    case 'plan':
      return <Plan />;
    case 'operation':
      return <Operation />;
    case 'history':
      return <History />;
    default:
      return <Overview />;
  }
}

/** The list stays where it is while one of its messages is looked at, so that one comes back to the same place. */
function MessagesAndOne() {
  const { messageId } = useConsole().place;
  return (
    <>
      <div class="screen" hidden={messageId !== undefined}>
        <Messages />
      </div>
      {messageId !== undefined && <Message key={messageId} messageId={messageId} />}
    </>
  );
}

/** Which stage, whose account, and what may be done. */
function Banner({ target }: { target: Target }) {
  const { stage, account, region, local, production, actionsAllowed, deadLetterQueueUrl } = target;
  const name =
    stage ?? (local ? 'this machine' : (deadLetterQueueUrl.split('/').at(-1) ?? deadLetterQueueUrl));
  return (
    <p class="banner">
      <strong class="stage">{name}</strong>
      {production && <span class="banner-word">production</span>}
      {!local && account !== null && <span class="banner-word">account {account}</span>}
      {!local && region !== null && <span class="banner-word">{region}</span>}
      <span class={actionsAllowed ? 'badge badge-actions' : 'badge'}>
        {actionsAllowed ? 'actions allowed' : 'read-only'}
      </span>
    </p>
  );
}

const LINKS: readonly (readonly [screen: ScreenName, title: string])[] = [
  ['overview', 'Overview'],
  ['groups', 'Groups'],
  ['messages', 'Messages'],
  ['operation', 'Operation'],
  ['history', 'History'],
];

/** Screens that show what a filter leaves. */
const FILTERED: readonly ScreenName[] = ['overview', 'groups', 'messages'];

/** The filter goes along from screen to screen. */
function Screens() {
  const { place, overview, operation } = useConsole();
  const query = { ...filterIn(place.query) };
  return (
    <nav class="screens" aria-label="Screens">
      <ul>
        {LINKS.filter(([screen]) => screen !== 'operation' || operation || place.screen === screen).map(
          ([screen, title]) => (
            <li key={screen}>
              <a
                href={hrefOf({ screen, query: FILTERED.includes(screen) ? query : {} })}
                aria-current={place.screen === screen ? 'page' : undefined}
              >
                {title}
                {screen === 'messages' && overview !== undefined && overview.snapshot.takenAt !== null && (
                  <span class="nav-count"> {countText(overview.snapshot)}</span>
                )}
              </a>
            </li>
          ),
        )}
      </ul>
    </nav>
  );
}

/** Where some have gone since the look, the number is not the one that the look says. */
function countText({ matched, goneSince }: SnapshotAnswer): string {
  return goneSince > 0 ? `${grouped(matched)} left` : grouped(matched);
}

const TITLES: Readonly<Record<ScreenName, string>> = {
  overview: 'Overview',
  groups: 'Groups',
  messages: 'Messages',
  plan: 'Plan',
  operation: 'Operation',
  history: 'History',
};

/** On another screen the title changes, and whoever listens or types goes on at its beginning. */
function useArrival(main: { readonly current: HTMLElement | null }): void {
  const { place, overview } = useConsole();
  const isFirst = useRef(true);
  const { screen, messageId } = place;
  const stage = overview?.target.stage;
  useEffect(() => {
    const title = messageId === undefined ? TITLES[screen] : 'Message';
    document.title = stage ? `${title} · dead letters of ${stage}` : `${title} · dead letters`;
  }, [screen, messageId, stage]);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
  }, [screen, messageId]);
}
