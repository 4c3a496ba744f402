// Dead letters that are there for the same reason, together: the first thing that one wants to see. Pure.
import { createHash } from 'node:crypto';
import { adviceFor } from './advice.ts';
import type { LetterKind } from './dead-letter.ts';
import type { DeadLetterSummary } from './summary.ts';

/** Dead letters of one kind, status, title and detail, its numbers and names apart. The names are stable. */
export interface DeadLetterGroup {
  /** The same for the same cause, wherever and whenever it is computed: eight hexadecimal digits. */
  readonly id: string;
  readonly kind: LetterKind;
  readonly status: number | null;
  readonly title: string | null;
  /** What the function and the cluster said, with numbers and quoted names made alike. */
  readonly pattern: string;
  readonly count: number;
  /** When the first and the last of them became a dead letter; ISO 8601 in UTC. */
  readonly oldest: string;
  readonly newest: string;
  /** Who sent them, the most frequent first, at most {@link SHOWN_SENDERS}; null for whom nobody knows. */
  readonly senders: readonly { readonly sender: string | null; readonly count: number }[];
  /** How many of them have been redriven before. */
  readonly redriven: number;
  /** What to do first, in a sentence; see `adviceFor`. */
  readonly advice: string;
  /** The newest of them. */
  readonly example: { readonly messageId: string; readonly userTaskKey: string | null };
}

/** What grouping needs of a dead letter. */
export type GroupedLetter = Pick<
  DeadLetterSummary,
  | 'messageId'
  | 'userTaskKey'
  | 'kind'
  | 'status'
  | 'title'
  | 'detail'
  | 'reason'
  | 'sender'
  | 'redriven'
  | 'failedAt'
>;

/** Groups dead letters one after the other, and keeps none of them. */
export interface DeadLetterGrouping<Letter extends GroupedLetter = GroupedLetter> {
  add(letter: Letter): void;
  /** The groups so far, the largest first. */
  groups(): DeadLetterGroup[];
}

/** So many senders of a group are told of. */
export const SHOWN_SENDERS = 5;

/** So many are counted: anybody may send. */
const COUNTED_SENDERS = 1_000;

/**
 * Starts to group.
 *
 * @param causeOf the same text for the same cause, and for no other: for whoever knows it already. Then the texts of a letter
 * are read for the first one of each group alone
 */
export function createGrouping<Letter extends GroupedLetter = GroupedLetter>(
  causeOf: (letter: Letter) => string = signatureOf,
): DeadLetterGrouping<Letter> {
  const groups = new Map<string, Growing>();
  return {
    add(letter) {
      const cause = causeOf(letter);
      const group = groups.get(cause);
      if (group === undefined) groups.set(cause, alone(letter));
      else join(group, letter);
    },
    groups: () =>
      [...groups.values()]
        .sort((a, b) => b.count - a.count || (a.newest < b.newest ? 1 : -1))
        .map(({ senderCounts, ...group }) => ({ ...group, senders: mostFrequent(senderCounts) })),
  };
}

function mostFrequent(counts: ReadonlyMap<string | null, number>): DeadLetterGroup['senders'] {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN_SENDERS)
    .map(([sender, count]) => ({ sender, count }));
}

/** What says why a dead letter is there. */
type Cause = {
  readonly [Field in 'kind' | 'status' | 'title' | 'reason' | 'detail']: DeadLetterSummary[Field] | undefined;
};

/** The id of the group of a dead letter. */
export function groupIdOf(letter: Cause): string {
  return createHash('sha256').update(signatureOf(letter)).digest('hex').slice(0, 8);
}

function signatureOf(letter: Cause): string {
  const { kind, status = null, title = null } = letter;
  return JSON.stringify([kind, status, title, patternFor(letter)]);
}

function patternFor({ reason, detail }: Pick<Cause, 'reason' | 'detail'>): string {
  const parts = [reason ? patternOfReason(reason) : '', detail ? patternOf(detail) : ''];
  return parts.filter((text) => text !== '').join('; ');
}

/** Groups, the largest first. */
export function groupDeadLetters(letters: Iterable<GroupedLetter>): DeadLetterGroup[] {
  const grouping = createGrouping();
  for (const letter of letters) grouping.add(letter);
  return grouping.groups();
}

/**
 * The pattern of the function's own words. What they say was expected is the same for every task, its numbers included, and
 * so is the reason why a number does not do.
 */
export function patternOfReason(reason: string): string {
  return reason
    .split(/(: expected .*?(?=, got |; |$)|2\^53-1)/)
    .map((part, index) => (index % 2 === 1 ? part : patternOf(part)))
    .join('');
}

/**
 * A text with what differs from task to task made alike: numbers, ids and times become `#`, quoted names `…`. Words
 * in capitals stay: Camunda writes its commands, states and error codes so.
 */
export function patternOf(text: string): string {
  return text
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, '#')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '#')
    .replace(/(['"`])((?:(?!\1).){0,256})\1/g, (_, quote: string, name: string) => {
      return `${quote}${nameLike(name)}${quote}`;
    })
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, '#')
    .replace(/\d+(?:[.,]\d+)*/g, '#');
}

function nameLike(name: string): string {
  if (/^[#\d.,+-]+$/.test(name)) return '#';
  return /^[A-Z][A-Z_]+$/.test(name) || name === '' ? name : '…';
}

type Growing = { -readonly [Field in Exclude<keyof DeadLetterGroup, 'senders'>]: DeadLetterGroup[Field] } & {
  readonly senderCounts: Map<string | null, number>;
};

function alone(letter: GroupedLetter): Growing {
  const { kind, status, title, detail, failedAt, messageId, userTaskKey } = letter;
  const { steps } = adviceFor({
    kind,
    status: status ?? undefined,
    title: title ?? undefined,
    detail: detail ?? undefined,
  });
  return {
    id: groupIdOf(letter),
    kind,
    status,
    title,
    pattern: patternFor(letter),
    count: 1,
    oldest: failedAt,
    newest: failedAt,
    senderCounts: new Map([[letter.sender, 1]]),
    redriven: letter.redriven > 0 ? 1 : 0,
    advice: steps[0] ?? '',
    example: { messageId, userTaskKey },
  };
}

/** ISO times of one form compare as texts. */
function join(group: Growing, { messageId, userTaskKey, failedAt, sender, redriven }: GroupedLetter): void {
  const { senderCounts } = group;
  group.count += 1;
  if (redriven > 0) group.redriven += 1;
  if (senderCounts.has(sender) || senderCounts.size < COUNTED_SENDERS) {
    senderCounts.set(sender, (senderCounts.get(sender) ?? 0) + 1);
  }
  if (failedAt < group.oldest) group.oldest = failedAt;
  if (failedAt < group.newest) return;
  group.newest = failedAt;
  group.example = { messageId, userTaskKey };
}
