// How far long work has come: a bar on a terminal, a line now and then elsewhere.
import { type Surroundings, say } from './surroundings.ts';

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
 * To the start of the line, and clear it (ECMA-48: CR, EL). Nothing else is asked of a terminal, neither to hide its cursor
 * nor to come back to a place: with Ctrl-Z or a kill in between it would be left like that, or come back elsewhere.
 */
const CLEAR_LINE = '\r\u001b[2K';

/**
 * Starts to show the progress of work.
 *
 * @param verb what is done to each, such as `sent`
 * @param total how many there are; undefined where nobody knows
 */
export function startProgress(
  surroundings: Pick<Surroundings, 'stderr' | 'now' | 'signal'>,
  verb: string,
  total: number | undefined,
): Progress {
  const { stderr, now, signal } = surroundings;
  const startedAt = now();
  const isTerminal = stderr.isTTY === true;
  let shownAt = startedAt + PATIENCE_MS - LINE_EVERY_MS;
  let drawnAt: number | undefined;
  const pace = (done: number) => paceText(done, total, now() - startedAt);
  // What is said of it next must not stand in the middle of a bar; and the rest does not take long.
  signal.addEventListener('abort', stop, { once: true });

  function draw(done: number): void {
    if (signal.aborted || (drawnAt !== undefined && now() - drawnAt < DRAW_EVERY_MS)) return;
    drawnAt = now();
    stderr.write(`${CLEAR_LINE}${barText(verb, done, total, pace(done), stderr.columns || 80)}`);
  }

  function stop(): void {
    signal.removeEventListener('abort', stop);
    if (drawnAt !== undefined && !stderr.destroyed) stderr.write(CLEAR_LINE);
    drawnAt = undefined;
  }

  return {
    update(done) {
      if (isTerminal && now() - startedAt >= PATIENCE_MS) {
        draw(done);
      } else if (!isTerminal && now() - shownAt >= LINE_EVERY_MS) {
        shownAt = now();
        const of = total === undefined ? '' : ` of ${grouped(total)}`;
        say(surroundings, `${verb} ${grouped(done)}${of}, ${pace(done)}`);
      }
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
