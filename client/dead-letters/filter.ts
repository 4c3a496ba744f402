// Which dead letters are meant. Pure.
import type { DeadLetter, LetterKind } from './dead-letter.ts';

/** What a dead letter has to be; every condition that is given must hold. Without any, all are meant. */
export interface DeadLetterFilter {
  readonly messageIds?: ReadonlySet<string> | undefined;
  readonly kinds?: ReadonlySet<LetterKind> | undefined;
  /** HTTP statuses of the cluster's last answer. */
  readonly statuses?: ReadonlySet<number> | undefined;
  readonly userTaskKeys?: ReadonlySet<string> | undefined;
  /** It became a dead letter at this time or later, and at the other or earlier; epoch milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Part of its body, its reason or an attribute, whatever the case. */
  readonly text?: string | undefined;
}

/** Whether a dead letter is meant. */
export function matches(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  const { messageIds, kinds, statuses, userTaskKeys, since, until, text } = filter;
  return (
    isIn(letter.messageId, messageIds) &&
    isIn(letter.kind, kinds) &&
    isIn(letter.status, statuses) &&
    isIn(letter.userTaskKey, userTaskKeys) &&
    (since === undefined || letter.failedAt >= since) &&
    (until === undefined || letter.failedAt <= until) &&
    (text === undefined || contains(letter, text.toLowerCase()))
  );
}

function isIn<T>(value: T | undefined, wanted: ReadonlySet<T> | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.has(value));
}

function contains(letter: DeadLetter, text: string): boolean {
  return textsOf(letter).some((candidate) => candidate?.toLowerCase().includes(text));
}

function textsOf(letter: DeadLetter): (string | undefined)[] {
  const { body, failure, title, detail, reason, sender, messageGroupId } = letter;
  const attributes = [...letter.attributes].flatMap(([name, attribute]) => [
    name,
    'stringValue' in attribute ? attribute.stringValue : undefined,
  ]);
  return [body, failure, title, detail, reason, sender, messageGroupId, ...attributes];
}
