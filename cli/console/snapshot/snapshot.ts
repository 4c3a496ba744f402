// What one look at the dead-letter queue saw, kept in memory, and which of it fits a filter.
import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  type Coverage,
  type DeadLetter,
  type DeadLetterFilter,
  matchesFacts,
  matchesTexts,
} from '../../../client/dead-letters/index.ts';
import { SendTimes } from '../../dead-letters/expiring.ts';
import { comparisonFor, type Sorting } from '../../dead-letters/sorting.ts';
import { LetterStore } from './letter-store.ts';
import { Row } from './row.ts';

/** A look that is over. */
export interface Snapshot {
  /** When it began; epoch milliseconds. */
  readonly takenAt: number;
  readonly coverage: Coverage;
  /** The oldest dead letter first. */
  readonly rows: readonly Row[];
  readonly kept: LetterStore['kept'];
  /** What its letters take, packed. */
  readonly packedBytes: number;
  /** How many SQS deletes within 24 hours from then. */
  expiringSoon(now: number): number;
  find(messageId: string): Row | undefined;
  /** Those that fit, in that order. Searching texts takes its time, and lets others have their turn. */
  select(filter: DeadLetterFilter, sorting?: Sorting): Promise<readonly Row[]>;
}

/** Collects what a look sees. */
export interface SnapshotBuilder {
  add(letter: DeadLetter): void;
  build(coverage: Coverage): Snapshot;
}

/** @param takenAt when the look begins; epoch milliseconds */
export function buildSnapshot(takenAt: number, store = new LetterStore()): SnapshotBuilder {
  const rows: Row[] = [];
  const sendTimes = new SendTimes();
  const texts = new Map<string, string>();
  const same = (text: string) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
  return {
    add(letter) {
      rows.push(new Row(letter, store, same));
      sendTimes.add(letter);
    },
    build(coverage) {
      store.close();
      const oldestFirst = sorted(rows, 'oldest');
      const byId = new Map(rows.map((row) => [row.messageId, row]));
      const byKind = once(() => sorted(rows, 'kind'));
      const textSearch = searchTexts(rows);
      return {
        takenAt,
        coverage,
        rows: oldestFirst,
        kept: store.kept,
        packedBytes: store.packedBytes,
        expiringSoon: (now) => sendTimes.expiringSoon(coverage, now),
        find: (messageId) => byId.get(messageId),
        async select(filter, sorting = 'oldest') {
          const withText = await textSearch(filter);
          const inOrder = sorting === 'kind' ? byKind() : oldestFirst;
          const found = inOrder.filter(
            (row) =>
              matchesFacts(row, filter, () => row.groupId) && (withText === undefined || withText.has(row)),
          );
          return sorting === 'newest' ? found.reverse() : found;
        },
      };
    },
  };
}

/** With times as texts, as the order compares them: made once, and not anew for every comparison. */
function sorted(rows: readonly Row[], sorting: Sorting): Row[] {
  const compare = comparisonFor(sorting);
  return rows
    .map((row) => ({
      row,
      messageId: row.messageId,
      kind: row.kind,
      status: row.status ?? null,
      title: row.title ?? null,
      failedAt: new Date(row.failedAt).toISOString(),
    }))
    .sort(compare)
    .map(({ row }) => row);
}

/** After so many letters others have their turn. */
const SEARCHED_AT_ONCE = 256;

/** So many searches are remembered: a screen asks for the same in several ways. */
const REMEMBERED = 4;

/** In the order in which letters were kept, so that each block is unpacked once. */
function searchTexts(rows: readonly Row[]) {
  const found = new Map<string, Promise<ReadonlySet<Row>>>();
  async function search(filter: DeadLetterFilter): Promise<ReadonlySet<Row>> {
    const fitting = new Set<Row>();
    for (const [index, row] of rows.entries()) {
      if (index % SEARCHED_AT_ONCE === 0) await othersTurn();
      if (matchesTexts(row.read().letter, filter)) fitting.add(row);
    }
    return fitting;
  }
  return async ({ text, notText }: DeadLetterFilter): Promise<ReadonlySet<Row> | undefined> => {
    if (text === undefined && notText === undefined) return undefined;
    const name = JSON.stringify([text, notText]);
    const searching = found.get(name) ?? search({ text, notText });
    found.delete(name);
    found.set(name, searching);
    if (found.size > REMEMBERED) found.delete(found.keys().next().value ?? '');
    return searching;
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
