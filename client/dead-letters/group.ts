// Dead letters that are there for the same reason, together: the first thing that one wants to see. Pure.
import type { LetterKind } from './dead-letter.ts';
import type { DeadLetterSummary } from './summary.ts';

/** Dead letters of one kind, status, title and detail, its numbers and names apart. The names are stable. */
export interface DeadLetterGroup {
  readonly kind: LetterKind;
  readonly status: number | null;
  readonly title: string | null;
  /** What the function and the cluster said, with numbers and quoted names made alike. */
  readonly pattern: string;
  readonly count: number;
  /** When the first and the last of them became a dead letter; ISO 8601 in UTC. */
  readonly oldest: string;
  readonly newest: string;
  /** The newest of them. */
  readonly example: { readonly messageId: string; readonly userTaskKey: string | null };
}

/** Groups dead letters one after the other, and keeps none of them. */
export interface DeadLetterGrouping {
  add(letter: DeadLetterSummary): void;
  /** The groups so far, the largest first. */
  groups(): DeadLetterGroup[];
}

/** Starts to group. */
export function createGrouping(): DeadLetterGrouping {
  const groups = new Map<string, Growing>();
  return {
    add(letter) {
      const { kind, status, title } = letter;
      const { reason, detail } = letter;
      const parts = [
        reason === null ? '' : patternOfReason(reason),
        detail === null ? '' : patternOf(detail),
      ];
      const pattern = parts.filter((text) => text !== '').join('; ');
      const signature = JSON.stringify([kind, status, title, pattern]);
      const group = groups.get(signature);
      if (group === undefined) groups.set(signature, { kind, status, title, pattern, ...alone(letter) });
      else join(group, letter);
    },
    groups: () => [...groups.values()].sort((a, b) => b.count - a.count || (a.newest < b.newest ? 1 : -1)),
  };
}

/** Groups, the largest first. */
export function groupDeadLetters(letters: Iterable<DeadLetterSummary>): DeadLetterGroup[] {
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

type Growing = { -readonly [Field in keyof DeadLetterGroup]: DeadLetterGroup[Field] };

function alone(letter: DeadLetterSummary): Pick<Growing, 'count' | 'oldest' | 'newest' | 'example'> {
  const { messageId, userTaskKey, failedAt } = letter;
  return { count: 1, oldest: failedAt, newest: failedAt, example: { messageId, userTaskKey } };
}

/** ISO times of one form compare as texts. */
function join(group: Growing, { messageId, userTaskKey, failedAt }: DeadLetterSummary): void {
  group.count += 1;
  if (failedAt < group.oldest) group.oldest = failedAt;
  if (failedAt < group.newest) return;
  group.newest = failedAt;
  group.example = { messageId, userTaskKey };
}
