// A dead letter in a row: what filters, orders, groups and counts need of each of a hundred thousand.
import {
  type DeadLetter,
  type DeadLetterSummary,
  type GroupedLetter,
  groupIdOf,
  summarise,
} from '../../../client/dead-letters/index.ts';
import type { KeptLetter, LetterStore } from './letter-store.ts';

/** A kept letter as far as it is always at hand; the rest is read from the store when it is asked for. */
export class Row {
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
  /** Epoch milliseconds. */
  readonly failedAt: number;
  readonly sentAt: number;
  readonly #store: LetterStore;

  constructor(letter: DeadLetter, store: LetterStore, same: (text: string) => string) {
    const { request } = letter;
    this.number = store.add(letter);
    this.messageId = letter.messageId;
    this.userTaskKey = letter.userTaskKey;
    this.expectedAssignee = request.ok ? shared(request.request.expectedAssignee, same) : undefined;
    this.kind = same(letter.kind);
    this.status = letter.status;
    this.title = shared(letter.title, same);
    this.sender = shared(letter.sender, same);
    this.groupId = same(groupIdOf(letter));
    this.redriven = letter.redriven;
    this.failedAt = letter.failedAt;
    this.sentAt = letter.sentAt;
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
