// Groups for people: a row of figures each, and below it the reason whole. Pure.
import { styleText } from 'node:util';
import { oneLine } from '../../client/contract/text.ts';
import type { DeadLetterGroup } from '../../client/dead-letters/index.ts';
import { type Column, type TableLook, tableParts } from '../output.ts';
import { grouped } from '../progress.ts';
import { wrap } from '../wrap.ts';
import { ageText, kindStyle, shortId } from './rows.ts';

/** Where the reason begins. */
const INDENT = 7;

/** So much of a group's id tells it from the others, in all likelihood. */
const SHOWN_ID = 4;

/**
 * Groups, without a line break at the end.
 *
 * @param now milliseconds since 1970, from which ages count
 */
export function groupsText(groups: readonly DeadLetterGroup[], now: number, look: TableLook): string {
  const { head, body } = tableParts(columns(now, look), groups, look);
  const lines = groups.flatMap((group, index) => [
    body[index] ?? '',
    ...reasonLines(group, look).map((line) => (look.colours ? styleText('dim', line, PLAIN) : line)),
  ]);
  return [head, ...lines].join('\n');
}

const PLAIN = { validateStream: false } as const;

function columns(now: number, { width }: TableLook): Column<DeadLetterGroup>[] {
  return [
    { title: 'GROUP', text: ({ id }) => id.slice(0, SHOWN_ID) },
    { title: 'COUNT', text: ({ count }) => grouped(count), align: 'right', style: () => 'bold' },
    { title: 'KIND', text: ({ kind }) => kind, style: ({ kind }) => kindStyle(kind) },
    {
      title: 'ANSWER',
      text: ({ status, title }) => [status, title].filter((part) => part !== null).join(' '),
      flexible: true,
      optional: 1,
    },
    { title: 'OLDEST', text: ({ oldest }) => ageText(oldest, now), align: 'right', optional: 2 },
    { title: 'NEWEST', text: ({ newest }) => ageText(newest, now), align: 'right', optional: 3 },
    {
      title: 'EXAMPLE',
      text: ({ example: { userTaskKey, messageId } }) =>
        userTaskKey ?? (width === undefined ? messageId : shortId(messageId)),
    },
  ];
}

function reasonLines(
  { pattern, senders, redriven, advice }: DeadLetterGroup,
  { width }: TableLook,
): string[] {
  const room = Math.max(20, (width ?? 110) - INDENT);
  const before = redriven > 0 ? [`${grouped(redriven)} redriven before`] : [];
  const from = senders.map(({ sender, count }) => `${sender ?? 'nobody known'} (${grouped(count)})`);
  const facts = [`from ${from.join(', ')}`, ...before].join('; ');
  return [pattern, facts, `→ ${advice}`]
    .filter((text) => text !== '')
    .flatMap((text) => wrap(oneLine(text, 600), room))
    .map((line) => ' '.repeat(INDENT) + line);
}
