// Which dead letters are meant. Pure.
import type { DeadLetter, LetterKind } from './dead-letter.ts';
import { groupIdOf } from './group.ts';

/** What a dead letter has to be; every condition that is given must hold. Without any, all are meant. */
export interface DeadLetterFilter {
  readonly messageIds?: ReadonlySet<string> | undefined;
  readonly kinds?: ReadonlySet<LetterKind> | undefined;
  /** None of these. */
  readonly notKinds?: ReadonlySet<LetterKind> | undefined;
  /** The beginnings of ids of groups, in small letters. */
  readonly groups?: readonly string[] | undefined;
  /** Parts of who sent it, of which one must be there, whatever the case. */
  readonly senders?: readonly string[] | undefined;
  /** HTTP statuses of the cluster's last answer. */
  readonly statuses?: ReadonlySet<number> | undefined;
  readonly userTaskKeys?: ReadonlySet<string> | undefined;
  /** It became a dead letter at this time or later, and at the other or earlier; epoch milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Part of its body, its reason or an attribute, whatever the case. */
  readonly text?: string | undefined;
  /** The same, and it must not be there. */
  readonly notText?: string | undefined;
}

/** What a filter asks of a dead letter, its texts apart. */
export type FilterFacts = Pick<
  DeadLetter,
  'messageId' | 'kind' | 'status' | 'userTaskKey' | 'failedAt' | 'sender'
>;

/** Whether a dead letter is meant. */
export function matches(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  return matchesFacts(letter, filter, () => groupIdOf(letter)) && matchesTexts(letter, filter);
}

/** Whether a dead letter is meant as far as its facts say: for whoever has them at hand, and its texts elsewhere. */
export function matchesFacts(facts: FilterFacts, filter: DeadLetterFilter, groupId: () => string): boolean {
  const { messageIds, kinds, notKinds, groups, senders, statuses, userTaskKeys, since, until } = filter;
  return (
    isIn(facts.messageId, messageIds) &&
    isIn(facts.kind, kinds) &&
    !notKinds?.has(facts.kind) &&
    isIn(facts.status, statuses) &&
    isIn(facts.userTaskKey, userTaskKeys) &&
    (since === undefined || facts.failedAt >= since) &&
    (until === undefined || facts.failedAt <= until) &&
    (senders === undefined || senders.some((part) => hasPart(facts.sender, part))) &&
    (groups === undefined || startsWithOne(groupId(), groups))
  );
}

/** Whether a dead letter is meant as far as its texts say. */
export function matchesTexts(letter: DeadLetter, { text, notText }: DeadLetterFilter): boolean {
  return (
    (text === undefined || contains(letter, text)) && (notText === undefined || !contains(letter, notText))
  );
}

function isIn<T>(value: T | undefined, wanted: ReadonlySet<T> | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.has(value));
}

function hasPart(text: string | undefined, part: string): boolean {
  return text?.toLowerCase().includes(part.toLowerCase()) === true;
}

function startsWithOne(id: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => id.startsWith(beginning));
}

function contains(letter: DeadLetter, text: string): boolean {
  return textsOf(letter).some((candidate) => hasPart(candidate, text));
}

function textsOf(letter: DeadLetter): (string | undefined)[] {
  const { body, failure, title, detail, reason, sender, messageGroupId } = letter;
  const attributes = [...letter.attributes].flatMap(([name, attribute]) => [
    name,
    'stringValue' in attribute ? attribute.stringValue : undefined,
  ]);
  return [body, failure, title, detail, reason, sender, messageGroupId, ...attributes];
}
