// A plan for people: how many, which groups, where to, and what to think of first. Pure.
import { oneLine } from '../../client/contract/text.ts';
import { type ActionPlan, LATE_MS, type LeftOut, type RedrivePlan } from '../../client/dead-letters/index.ts';
import type { TableLook } from '../output.ts';
import { grouped, messages, spanText } from '../progress.ts';
import { groupsText } from './groups-text.ts';
import { ageText } from './rows.ts';

/**
 * The groups of a plan and what is to happen, without a line break at the end.
 *
 * @param headline such as `Redrive 3 messages to …`
 * @param now milliseconds since 1970
 */
export function planText(plan: ActionPlan, headline: string, now: number, look: TableLook): string {
  const { groups, oldestRequestAt } = plan;
  return [
    headline,
    '',
    groupsText(groups, now, look),
    '',
    ...(oldestRequestAt === undefined
      ? []
      : [`The oldest request was first sent ${ageText(oldestRequestAt, now)} ago.`]),
  ].join('\n');
}

/** What a redrive does, in a line. */
export function redriveHeadline({ messageIds }: ActionPlan, queueUrl: string): string {
  return `Redrive ${messages(messageIds.size)} to ${oneLine(queueUrl, 300)}`;
}

/** What a discard does, in a line. */
export function discardHeadline({ messageIds }: ActionPlan, deadLetterQueueUrl: string): string {
  return `Discard ${messages(messageIds.size)} of ${oneLine(deadLetterQueueUrl, 300)} for good`;
}

/** What a redrive makes one think of; undefined where nothing does. */
export function warningText({ late, messageIds }: RedrivePlan): string | undefined {
  if (late === 0) return undefined;
  const were = late === 1 ? 'was' : 'were';
  const which =
    late === messageIds.size ? 'All of them were' : `${grouped(late)} without expectedAssignee ${were}`;
  return (
    `Warning: ${which} first sent more than ${spanText(LATE_MS)} ago. Camunda unassigns whoever has the task by ` +
    'now, which may be somebody who has taken it since.'
  );
}

/** What a redrive leaves where it is, and how to fix it; undefined where there is nothing. */
export function leftOutText(leftOut: readonly LeftOut[]): string | undefined {
  const lines = Object.entries(REMEDIES).flatMap(([code, remedy]) => {
    const count = leftOut.filter((one) => one.code === code).length;
    return count === 0 ? [] : [`Left out: ${grouped(count)} ${remedy}.`];
  });
  return lines.length === 0 ? undefined : lines.join('\n');
}

const REMEDIES: Readonly<Record<LeftOut['code'], string>> = {
  Expired: 'expired, which would come straight back (--expires-in or --no-expiry sends them all the same)',
  Malformed: 'malformed, which would come straight back (--edit fixes one; export and --from-file fix many)',
  LostAttributes:
    'with an attribute that cannot be carried, which a copy would lack (discard them, or leave them)',
};
