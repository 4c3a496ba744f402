// What the page's address says: the screen and what it is narrowed to. It stands in the fragment, which the browser sends to
// nobody, so that a view can be bookmarked and a fresh link opened over it without a reload. Pure.

/** The screens. */
export const SCREENS = ['overview', 'groups', 'messages', 'plan', 'operation', 'history'] as const;
export type ScreenName = (typeof SCREENS)[number];

/** Where somebody is. */
export interface Place {
  readonly screen: ScreenName;
  /** On the screen `messages`: the one that is shown. */
  readonly messageId?: string | undefined;
  /** What the screen is narrowed to, such as a filter. */
  readonly query: Readonly<Record<string, string | undefined>>;
}

const HOME: Place = { screen: 'overview', query: {} };

/** The place that a fragment names; the overview where it names none. */
export function placeIn(fragment: string): Place {
  const [path = '', search = ''] = fragment.replace(/^#\/?/, '').split('?', 2);
  const [first = '', second] = path.split('/');
  const screen = SCREENS.find((name) => name === first);
  if (screen === undefined) return HOME;
  const query = Object.fromEntries(new URLSearchParams(search));
  const messageId = screen === 'messages' && second ? decoded(second) : undefined;
  return messageId === undefined ? { screen, query } : { screen, messageId, query };
}

/** The fragment of a place. */
export function addressOf({ screen, messageId, query }: Place): string {
  const path = messageId === undefined ? screen : `${screen}/${encodeURIComponent(messageId)}`;
  const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? `#/${path}` : `#/${path}?${new URLSearchParams(given)}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
