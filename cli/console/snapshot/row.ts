// A dead letter in a row: what filters, orders, groups and counts need of each of a hundred thousand.
import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  type DeadLetter,
  type DeadLetterSummary,
  type GroupedLetter,
  groupIdOf,
  summarise,
} from '../../../client/dead-letters/index.ts';
import type { KeptLetter, LetterStore } from './letter-store.ts';

/** Of a letter what is always at hand. */
export interface Facts {
  readonly messageId: string;
  readonly userTaskKey: string | undefined;
  readonly expectedAssignee: string | undefined;
  readonly kind: DeadLetter['kind'];
  readonly status: number | undefined;
  readonly title: string | undefined;
  readonly sender: string | undefined;
  readonly groupId: string;
  readonly redriven: number;
  /** Epoch milliseconds. */
  readonly failedAt: number;
  readonly sentAt: number;
}

export function factsOf(letter: DeadLetter): Facts {
  const { messageId, userTaskKey, request, kind, status, title, sender, redriven, failedAt, sentAt } = letter;
  const expectedAssignee = request.ok ? request.request.expectedAssignee : undefined;
  const groupId = groupIdOf(letter);
  return {
    ...{ messageId, userTaskKey, expectedAssignee, kind, status, title, sender, groupId, redriven },
    ...{ failedAt, sentAt },
  };
}

/** A kept letter as far as it is always at hand; the rest is read from the store when it is asked for. */
export class Row implements Facts {
  /** In the store. */
  readonly number: number;
  readonly messageId: string;
  readonly userTaskKey: string | undefined;
  readonly expectedAssignee: string | undefined;
  readonly kind: DeadLetter['kind'];
  readonly status: number | undefined;
  readonly title: string | undefined;
  readonly sender: string | undefined;
  readonly groupId: string;
  readonly redriven: number;
  readonly failedAt: number;
  readonly sentAt: number;
  readonly #store: LetterStore;

  /** @param same the same text for texts that are alike, so that each is kept once */
  constructor(number: number, facts: Facts, store: LetterStore, same: (text: string) => string) {
    this.number = number;
    this.messageId = facts.messageId;
    this.userTaskKey = facts.userTaskKey;
    this.expectedAssignee = shared(facts.expectedAssignee, same);
    this.kind = same(facts.kind);
    this.status = facts.status;
    this.title = shared(facts.title, same);
    this.sender = shared(facts.sender, same);
    this.groupId = same(facts.groupId);
    this.redriven = facts.redriven;
    this.failedAt = facts.failedAt;
    this.sentAt = facts.sentAt;
    this.#store = store;
  }

  read(): KeptLetter {
    return this.#store.read(this.number);
  }

  /** As a list has it. */
  summary(now: number): DeadLetterSummary {
    return summarise(this.read().letter, now);
  }
}

/** After so many letters others have their turn. */
const READ_AT_ONCE = 256;

/** All of them, in the order in which they were kept, so that each block of the store is unpacked once, and none stays. */
export async function* readAll(rows: readonly Row[]): AsyncGenerator<KeptLetter & { readonly row: Row }> {
  const inStore = rows.toSorted((one, other) => one.number - other.number);
  for (const [index, row] of inStore.entries()) {
    if (index % READ_AT_ONCE === 0) await othersTurn();
    yield { ...row.read(), row };
  }
}

/** A row for grouping: its texts are read where they are asked for, which grouping does for the first of a group. */
export function groupedLetter(row: Row): GroupedLetter & { readonly groupId: string } {
  return {
    groupId: row.groupId,
    messageId: row.messageId,
    userTaskKey: row.userTaskKey ?? null,
    kind: row.kind,
    status: row.status ?? null,
    title: row.title ?? null,
    sender: row.sender ?? null,
    redriven: row.redriven,
    failedAt: new Date(row.failedAt).toISOString(),
    get detail() {
      return row.read().letter.detail ?? null;
    },
    get reason() {
      return row.read().letter.reason ?? null;
    },
  };
}

function shared(text: string | undefined, same: (text: string) => string): string | undefined {
  return text === undefined ? undefined : same(text);
}
