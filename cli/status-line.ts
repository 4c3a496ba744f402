// The last line of a terminal, while it says how far work has come: whoever writes something else takes it away first.

/** What is known of the terminal behind a stream. */
interface Screen {
  takeAway: (() => void) | undefined;
  /** What was written last did not end its line: nothing may be drawn over it. */
  isMidLine: boolean;
}

/** By stream: two of them are most often one terminal, and each writer knows its own. */
const SCREENS = new WeakMap<object, Screen>();

/**
 * Has a line of status taken away before something else is written to any of these streams.
 *
 * @param takeAway does nothing where it is not shown
 * @returns what ends that
 */
export function keepStatusLine(streams: readonly object[], takeAway: () => void): () => void {
  for (const stream of streams) screenOf(stream).takeAway = takeAway;
  return () => {
    for (const stream of streams) screenOf(stream).takeAway = undefined;
  };
}

/** Whether a line of status may be drawn: nothing else has begun that line. */
export function isLineFree(streams: readonly object[]): boolean {
  return streams.every((stream) => !screenOf(stream).isMidLine);
}

/** To be called before a text is written. */
export function makeWay(stream: object, text: string): void {
  const screen = screenOf(stream);
  screen.takeAway?.();
  if (text !== '') screen.isMidLine = !text.endsWith('\n');
}

function screenOf(stream: object): Screen {
  const screen = SCREENS.get(stream) ?? { takeAway: undefined, isMidLine: false };
  SCREENS.set(stream, screen);
  return screen;
}
