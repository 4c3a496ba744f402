// `dead-letters redrive --watch`: which of the redriven messages came back to the dead-letter queue.
import { setTimeout } from 'node:timers/promises';
import {
  type ActionResult,
  type CameBack,
  createWatchlist,
  type QueueAccess,
  type WatchSummary,
  watch,
} from '../../client/dead-letters/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type OutputFormat, openResults, type ResultShape } from '../output.ts';
import { grouped, spanText } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { type ActionRow, resultRow } from './action-report.ts';
import { coverageText, gapOf } from './coverage.ts';

/** Follows messages that are redriven. */
export interface Watching {
  /** Whether it was sent, so that it is followed: its row is written when what became of it is known. */
  add(result: ActionResult): boolean;
  /**
   * Looks at the dead-letter queue until all have come back, the time is over, or Ctrl-C; says what it finds, and writes what
   * is known by then, also where a look fails.
   */
  follow(output: OutputFormat, write: WriteRow): Promise<void>;
  /** Writes the rows of what is followed, with what is known by now. */
  writeRows(write: WriteRow): Promise<void>;
  /** The field `watch` of `json`. */
  json(): WatchCounts;
  /** How the command ends, where the redrive itself ended so. */
  exitCode(code: ExitCode): ExitCode;
}

type WriteRow = (row: ActionRow) => Promise<void>;

/** The numbers that `json` writes. These fields stay. */
export interface WatchCounts {
  /** Sent, and looked for. */
  readonly watched: number;
  readonly cameBack: number;
  /** Not seen again so far. */
  readonly unknown: number;
  readonly looks: number;
  /** Whether the last look saw the whole dead-letter queue. */
  readonly complete: boolean;
  readonly interrupted: boolean;
}

interface WatchedRow extends ActionRow {
  readonly cameBack: CameBack | null;
}

/** So few that did not come back are named one by one. */
const NAMED = 20;

/** Begins; to be called before the first message is sent. */
export function startWatching(
  deadLetterQueue: QueueAccess,
  watchForMs: number,
  surroundings: Surroundings,
): Watching {
  const watchlist = createWatchlist(surroundings.now());
  const rows = new Map<string, WatchedRow>();
  let cameBack = 0;
  let watched: WatchSummary = NOT_WATCHED;

  const counts = (): WatchCounts => ({
    watched: rows.size,
    cameBack,
    unknown: rows.size - cameBack,
    looks: watched.looks,
    complete: watched.coverage !== undefined && gapOf(watched.coverage) === null,
    interrupted: watched.ended === 'aborted',
  });

  async function look(): Promise<void> {
    say(surroundings, `Watching for up to ${spanText(watchForMs)} which come back; Ctrl-C ends it.`);
    watched = await watch(deadLetterQueue, watchlist, {
      watchForMs,
      signal: surroundings.signal,
      now: surroundings.now,
      pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
      onCameBack({ messageId }, as) {
        const row = rows.get(messageId);
        if (row === undefined) return;
        rows.set(messageId, { ...row, cameBack: as });
        cameBack += 1;
      },
      onLook(elapsedMs) {
        const of = `${grouped(cameBack)} of ${grouped(rows.size)}`;
        say(surroundings, `After ${spanText(elapsedMs)}: ${of} came back.`);
      },
    });
  }

  async function writeRows(write: WriteRow): Promise<void> {
    for (const row of rows.values()) await write(row);
  }

  async function writeTable(): Promise<void> {
    const results = openResults(surroundings, 'table', WATCH_SHAPE);
    const isShort = rows.size - cameBack <= NAMED;
    for (const row of rows.values()) if (isShort || row.cameBack !== null) await results.write(row);
    await results.end();
  }

  return {
    add(result) {
      if (!('newMessageId' in result)) return false;
      watchlist.add(result);
      rows.set(result.messageId, { ...resultRow(result), cameBack: null });
      return true;
    },
    async follow(output, write) {
      if (rows.size === 0) return;
      const isTable = output === 'table';
      try {
        if (!surroundings.signal.aborted) await look();
      } finally {
        await (isTable ? writeTable() : writeRows(write));
        const { stdout, stderr } = surroundings;
        await textSink(isTable ? stdout : stderr).write(`${watchText(counts(), watchForMs)}\n`);
        for (const text of doubts(counts(), watched)) say(surroundings, text);
      }
    },
    writeRows,
    json: counts,
    exitCode(code) {
      if (code !== EXIT.done || rows.size === 0) return code;
      if (watched.ended === 'aborted') return EXIT.interrupted;
      return cameBack > 0 ? EXIT.partly : code;
    },
  };
}

const NOT_WATCHED: WatchSummary = { ended: 'aborted', looks: 0, coverage: undefined };

const WATCH_SHAPE: ResultShape<WatchedRow> = {
  rowsField: 'messages',
  json: (row) => row,
  columns: [
    { title: 'MESSAGE ID', text: ({ messageId }) => messageId },
    {
      title: 'CAME BACK',
      // As much of the id as `show` needs.
      text: ({ cameBack }) => (cameBack === null ? 'no' : `as ${cameBack.messageId.slice(0, 8)}`),
      style: ({ cameBack }) => (cameBack === null ? undefined : 'red'),
    },
    // A reason cut short is none.
    { title: 'WHY', text: ({ cameBack }) => cameBack?.reason ?? '', flexible: true, whole: true },
  ],
};

/** How many came back, in a line. */
function watchText({ watched, cameBack, unknown, interrupted }: WatchCounts, watchForMs: number): string {
  const came = `${grouped(cameBack)} of ${grouped(watched)} came back to the dead-letter queue`;
  if (unknown === 0) return `${came}.`;
  return `${came}; ${grouped(unknown)} did not ${interrupted ? 'so far' : `within ${spanText(watchForMs)}`}.`;
}

/** What the dead-letter queue alone cannot say. */
function doubts({ unknown, looks, complete }: WatchCounts, { coverage }: WatchSummary): string[] {
  if (unknown === 0) return [];
  const unseen =
    looks > 0 && !complete && coverage !== undefined
      ? [
          `The last look did not see the whole dead-letter queue, so that more may be back. ${coverageText(coverage)}`,
        ]
      : [];
  return [...unseen, UNKNOWN];
}

const UNKNOWN =
  'What did not come back may have been carried out, or may still be on the queue: a request that waits for another try, or ' +
  'for its --delay, can come back later. dead-letters list shows it then, with how often it was redriven.';
