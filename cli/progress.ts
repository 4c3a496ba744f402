// How far long work has come: a bar on a terminal, a line now and then elsewhere.
import { isLineFree, keepStatusLine } from './status-line.ts';
import { columnsOf, type Surroundings, say } from './surroundings.ts';

/** Shows how far work has come. */
export interface Progress {
  /** So much is done by now, of the total. */
  update(done: number): void;
  /** Takes a bar away, so that what is said next stands on a line of its own. */
  stop(): void;
}

/** Work that is over by then needs no progress. Milliseconds. */
const PATIENCE_MS = 1000;

/** Between two lines where there is no terminal, and between two drawings where there is one. Milliseconds. */
const LINE_EVERY_MS = 5000;
const DRAW_EVERY_MS = 100;

/**
 * To the start of the line, and clear it and what is below (ECMA-48: CR, ED): a terminal that was made narrower has broken a bar
 * into several lines. The cursor waits at the start of a bar, and so stays in the first of them.
 */
const CLEAR = '\r\u001b[J';

/**
 * A text that is not broken into lines even where the terminal has just been made narrower (DEC: DECAWM): in one piece, so that no
 * kill leaves a terminal like that. Nothing else is asked of one, neither to hide its cursor nor to come back to a place.
 */
const unbroken = (text: string) => `\u001b[?7l${text}\u001b[?7h`;

/**
 * Starts to show the progress of work.
 *
 * @param verb what is done to each, such as `sent`
 * @param total how many there are; undefined where nobody knows
 */
export function startProgress(
  surroundings: ProgressSurroundings,
  verb: string,
  total: number | undefined,
): Progress {
  const { now } = surroundings;
  const startedAt = now();
  const pace = (done: number) => paceText(done, total, now() - startedAt);
  const isTerminal = surroundings.stderr.isTTY === true;
  const bar = createBar(surroundings, (done, columns) => barText(verb, done, total, pace(done), columns));
  let shownAt = startedAt + PATIENCE_MS - LINE_EVERY_MS;
  return {
    update(done) {
      if (isTerminal && now() - startedAt >= PATIENCE_MS) {
        bar.draw(done);
      } else if (!isTerminal && now() - shownAt >= LINE_EVERY_MS) {
        shownAt = now();
        const of = total === undefined ? '' : ` of ${grouped(total)}`;
        say(surroundings, `${verb} ${grouped(done)}${of}, ${pace(done)}`);
      }
    },
    stop: bar.stop,
  };
}

type ProgressSurroundings = Pick<Surroundings, 'stdout' | 'stderr' | 'now' | 'signal' | 'aroundSuspension'>;

/** A bar that is there from when it is first drawn until it is stopped. */
function createBar(
  { stdout, stderr, now, signal, aroundSuspension }: ProgressSurroundings,
  textFor: (done: number, columns: number) => string,
) {
  const terminals = [stdout, stderr].filter(({ isTTY }) => isTTY === true);
  let done = 0;
  let drawnAt: number | undefined;
  let isShown = false;
  let ends: readonly (() => void)[] | undefined;

  function show(): void {
    if (signal.aborted || !isLineFree(terminals)) return;
    stderr.write(`${CLEAR}${unbroken(textFor(done, columnsOf(stderr)))}\r`);
    isShown = true;
  }

  function takeAway(): void {
    if (isShown && !stderr.destroyed) stderr.write(CLEAR);
    isShown = false;
  }

  function showAgain(): void {
    if (drawnAt !== undefined) show();
  }

  /** What is said next must not stand in the middle of a bar, and a terminal that is left must not keep one. */
  function begin(): readonly (() => void)[] {
    signal.addEventListener('abort', stop, { once: true });
    stderr.on('resize', showAgain);
    return [
      () => signal.removeEventListener('abort', stop),
      () => stderr.off('resize', showAgain),
      keepStatusLine(terminals, takeAway),
      aroundSuspension(takeAway, showAgain),
    ];
  }

  function stop(): void {
    takeAway();
    drawnAt = undefined;
    for (const end of ends ?? []) end();
    ends = undefined;
  }

  return {
    draw(doneByNow: number): void {
      if (signal.aborted || (drawnAt !== undefined && now() - drawnAt < DRAW_EVERY_MS)) return;
      done = doneByNow;
      drawnAt = now();
      ends ??= begin();
      show();
    },
    stop,
  };
}

/** The longest bar, and the shortest that still shows something; characters. */
const LONGEST_BAR = 24;
const SHORTEST_BAR = 4;

/** How far work has come, in one line that a terminal of so many columns does not break. Pure. */
export function barText(
  verb: string,
  done: number,
  total: number | undefined,
  pace: string,
  columns: number,
): string {
  if (total === undefined) return `${verb} ${grouped(done)}  ${pace}`.slice(0, columns - 1);
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const words = `${Math.floor(share * 100)}%  ${grouped(done)}/${grouped(total)}  ${pace}`;
  const size = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, columns - words.length - 2));
  const full = Math.round(share * size);
  return `${'█'.repeat(full)}${'░'.repeat(size - full)} ${words}`.slice(0, columns - 1);
}

/** Rate and time left in words: `1,204/s, 2 min left`. Pure. */
export function paceText(done: number, total: number | undefined, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const rate = `${perSecond >= 10 ? grouped(Math.round(perSecond)) : perSecond.toFixed(1)}/s`;
  if (total === undefined || perSecond === 0 || done >= total) return rate;
  return `${rate}, ${spanText(((total - done) / perSecond) * 1000)} left`;
}

/** A span of time as people say it, in one or two units: `0.4 s`, `42 s`, `5 min`, `2 h 10 min`, `3 d 4 h`. Pure. */
export function spanText(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** A number with its thousands apart: `1,204`. */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1 message`, `1,204 messages`. */
export function messages(count: number): string {
  return `${grouped(count)} message${count === 1 ? '' : 's'}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
