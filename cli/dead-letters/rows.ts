// How dead letters look in a list. Pure.

import { oneLine } from '../../client/contract/text.ts';
import type { DeadLetterSummary, KnownLetterKind } from '../../client/dead-letters/index.ts';
import type { Column, ResultShape, Style } from '../output.ts';
import { spanText } from '../progress.ts';
import { cutTo } from '../text-width.ts';

/** What stands for a title where the cluster was not asked. */
const LONGEST_REASON = 60;

/** Columns of a sender. */
const LONGEST_SENDER = 24;

/** From so many columns on a terminal has room for message ids, too. */
const WIDE = 150;

/**
 * A list's shape.
 *
 * @param rows all that will be listed: a column that would stay empty is left out
 * @param now milliseconds since 1970, from which ages count
 * @param width of the terminal; undefined where there is none
 */
export function listShape(
  rows: readonly DeadLetterSummary[],
  now: number,
  width: number | undefined,
): ResultShape<DeadLetterSummary> {
  const wide = width === undefined || width >= WIDE;
  const hasNotes = rows.some((row) => noteText(row) !== '');
  return {
    rowsField: 'deadLetters',
    json: (row) => row,
    columns: [
      { title: 'AGE', text: ({ firstSentAt }) => ageText(firstSentAt, now), align: 'right' },
      { title: 'KIND', text: ({ kind }) => kind, style: ({ kind }) => kindStyle(kind) },
      { title: 'STATUS', text: ({ status }) => text(status), align: 'right', optional: 4 },
      {
        title: 'TITLE',
        text: ({ title, reason }) => title ?? oneLine(reason ?? '', LONGEST_REASON),
        flexible: true,
        optional: 2,
      },
      { title: 'KEY', text: (row) => row.userTaskKey ?? (wide ? '' : shortId(row.messageId)) },
      { title: 'ATTEMPTS', text: ({ attempts }) => text(attempts), align: 'right', optional: 5 },
      { title: 'SENDER', text: ({ sender }) => senderText(sender), optional: 6 },
      {
        title: 'EXPIRES IN',
        text: ({ expiresAt }) => expiryText(expiresAt, now),
        style: ({ wouldReturn }) => (wouldReturn === 'expired' ? 'red' : undefined),
        optional: 3,
      },
      ...(hasNotes ? [NOTE] : []),
      ...(wide ? [MESSAGE_ID] : []),
    ],
  };
}

const MESSAGE_ID: Column<DeadLetterSummary> = {
  title: 'MESSAGE ID',
  text: ({ messageId }) => messageId,
  style: () => 'dim',
};

const NOTE: Column<DeadLetterSummary> = {
  title: 'NOTE',
  text: noteText,
  style: () => 'yellow',
  optional: 1,
};

/** As much of a message id as `show` needs to find it, almost always. */
export function shortId(messageId: string): string {
  return messageId.slice(0, 8);
}

/** What is unusual about a dead letter, in a few words; empty where nothing is. */
function noteText({ lostAttributes, redriven }: DeadLetterSummary): string {
  const notes = [
    ...(redriven > 0 ? [`redriven ${redriven}×`] : []),
    ...(lostAttributes.length > 0 ? ['has an attribute that cannot be carried'] : []),
  ];
  return notes.join(', ');
}

/** Those that people have to do something about stand out, and so does one that only a newer version knows. */
export function kindStyle(kind: DeadLetterSummary['kind']): Style {
  return Object.hasOwn(KIND_STYLES, kind) ? KIND_STYLES[kind as KnownLetterKind] : 'magenta';
}

const KIND_STYLES: Readonly<Record<KnownLetterKind, Style>> = {
  malformed: 'magenta',
  expired: 'gray',
  rejected: 'magenta',
  'not-found': 'gray',
  'wrong-state': 'yellow',
  'foreign-answer': 'red',
  'unavailable-too-long': 'red',
  'failed-repeatedly': 'red',
  'moved-by-sqs': 'red',
  unexplained: 'magenta',
};

/** How long ago: `5 min`. */
export function ageText(time: string, now: number): string {
  return spanText(Math.max(0, now - Date.parse(time)));
}

/** How long until a request expires: `2 h`, or `3 min ago`. */
export function expiryText(expiresAt: string | null, now: number): string {
  if (expiresAt === null) return '';
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? spanText(left) : `${spanText(-left)} ago`;
}

/** Of an assumed role's id, `AROA…:session`, the session says who it was (IAM User Guide, "IAM identifiers"). */
function senderText(sender: string | null): string {
  if (sender === null) return '';
  const session = sender.slice(sender.indexOf(':') + 1);
  return cutTo(session, LONGEST_SENDER);
}

function text(value: number | null): string {
  return value === null ? '' : String(value);
}
