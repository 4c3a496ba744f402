// What one look at the dead-letter queue saw, kept in memory, and which of it fits a filter.
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
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
import { type Facts, factsOf, Row, readAll } from './row.ts';

/** A look that is over. */
export interface Snapshot {
  /** When it began; epoch milliseconds. */
  readonly takenAt: number;
  readonly coverage: Coverage;
  /** How many there are, without what was forgotten, and how many that was. */
  readonly size: number;
  readonly forgotten: number;
  readonly kept: LetterStore['kept'];
  /** What its letters take, packed. */
  readonly packedBytes: number;
  /** How many SQS deletes within 24 hours from then. */
  expiringSoon(now: number): number;
  find(messageId: string): Row | undefined;
  /** This one is on the queue no more. */
  forget(messageId: string): void;
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
  const facts = new PackedFacts();
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
      store.add(letter);
      facts.add(factsOf(letter));
      sendTimes.add(letter);
    },
    build(coverage) {
      store.close();
      const rows: Row[] = [];
      for (const its of facts.all()) rows.push(new Row(rows.length, its, store, same));
      const oldestFirst = rows.toSorted(comparisonFor('oldest'));
      const byId = new Map(rows.map((row) => [row.messageId, row]));
      const byKind = once(() => rows.toSorted(comparisonFor('kind')));
      const textSearch = searchTexts(rows);
      let forgotten = 0;
      return {
        takenAt,
        coverage,
        get size() {
          return byId.size;
        },
        get forgotten() {
          return forgotten;
        },
        kept: store.kept,
        packedBytes: store.packedBytes,
        expiringSoon: (now) => sendTimes.expiringSoon(coverage, now),
        find: (messageId) => byId.get(messageId),
        forget(messageId) {
          if (byId.delete(messageId)) forgotten += 1;
        },
        async select(filter, sorting = 'oldest') {
          const withText = await textSearch(filter);
          const inOrder = sorting === 'kind' ? byKind() : oldestFirst;
          const found = inOrder.filter(
            (row) =>
              byId.has(row.messageId) &&
              matchesFacts(row, filter, () => row.groupId) &&
              (withText === undefined || withText.has(row)),
          );
          return sorting === 'newest' ? found.reverse() : found;
        },
      };
    },
  };
}

/** More than that pack no better. */
const FACTS_AT_ONCE = 1_024;

/** While a look goes on, it needs much memory for what it holds: rows are made when it is over. */
class PackedFacts {
  readonly #packed: Buffer[] = [];
  #open: Facts[] = [];

  add(facts: Facts): void {
    this.#open.push(facts);
    if (this.#open.length === FACTS_AT_ONCE) this.#close();
  }

  /** In the order in which they were added. */
  *all(): Generator<Facts> {
    this.#close();
    for (const packed of this.#packed) yield* deserialize(inflateRawSync(packed)) as Facts[];
  }

  #close(): void {
    this.#packed.push(deflateRawSync(serialize(this.#open), { level: 1 }));
    this.#open = [];
  }
}

/** So many searches are remembered: a screen asks for the same in several ways. */
const REMEMBERED = 4;

function searchTexts(rows: readonly Row[]) {
  const found = new Map<string, Promise<ReadonlySet<Row>>>();
  async function search(filter: DeadLetterFilter): Promise<ReadonlySet<Row>> {
    const fitting = new Set<Row>();
    for await (const { row, letter } of readAll(rows)) if (matchesTexts(letter, filter)) fitting.add(row);
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
