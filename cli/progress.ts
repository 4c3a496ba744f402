// How far long work has come: a bar on a terminal, a line now and then elsewhere.
import { SingleBar } from 'cli-progress';
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

/** Between two lines where there is no terminal. Milliseconds. */
const LINE_EVERY_MS = 5000;

/**
 * Starts to show the progress of work.
 *
 * @param verb what is done to each, such as `sent`
 * @param total how many there are; undefined where nobody knows
 */
export function startProgress(
  surroundings: Pick<Surroundings, 'stderr' | 'now'>,
  verb: string,
  total: number | undefined,
): Progress {
  const { stderr, now } = surroundings;
  const startedAt = now();
  const isTerminal = stderr.isTTY === true;
  let shownAt = startedAt + PATIENCE_MS - LINE_EVERY_MS;
  let bar: SingleBar | undefined;
  const pace = (done: number) => paceText(done, total, now() - startedAt);

  function draw(done: number): void {
    if (bar === undefined) {
      bar = new SingleBar({
        stream: stderr,
        format:
          total === undefined ? `${verb} {value}  {pace}` : `{bar} {percentage}%  {value}/{total}  {pace}`,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: 24,
        clearOnComplete: true,
        etaBuffer: 1,
        formatValue: (value, _, kind) => (kind === 'percentage' ? String(value) : grouped(Number(value))),
      });
      bar.start(total ?? 0, done, { pace: pace(done) });
    }
    bar.update(done, { pace: pace(done) });
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
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
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
