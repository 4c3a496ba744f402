// One dead letter for people, whole. Pure; everything that comes from a message is made harmless.
import { styleText } from 'node:util';
import type { MessageAttribute } from '../../client/contract/journey.ts';
import { oneLine } from '../../client/contract/text.ts';
import { adviceFor, type DeadLetter } from '../../client/dead-letters/index.ts';
import type { Style, TableLook } from '../output.ts';
import { grouped, spanText } from '../progress.ts';
import { wrap } from '../wrap.ts';
import { expiryText, kindStyle } from './rows.ts';

const LOST_ATTRIBUTE = 'not possible: it has an attribute that cannot be carried. It can be discarded';

/** Where values begin. */
const INDENT = 14;

/** Longer bodies, and longer values of attributes, are shown to here; `export` writes them whole. */
const LONGEST_BODY = 16_384;
const LONGEST_VALUE = 2_000;

/** More lines of a body would push all the rest off the screen. */
const MOST_BODY_LINES = 40;

/**
 * A dead letter, without a line break at the end.
 *
 * @param retentionSeconds of the queue; undefined where nobody knows
 * @param now milliseconds since 1970, from which ages count
 */
export function letterText(
  letter: DeadLetter,
  retentionSeconds: number | undefined,
  now: number,
  look: TableLook,
): string {
  const paint = (style: Style, text: string) =>
    look.colours ? styleText(style, text, { validateStream: false }) : text;
  const room = Math.max(20, Math.min(look.width ?? 110, 110) - INDENT);
  const advice = adviceFor(letter);
  const head = (text: string) => paint('bold', text);
  const fields = (entries: readonly (readonly [string, string | undefined])[]) =>
    entries.flatMap(([name, value]) => {
      if (value === undefined || value === '') return [];
      const [first = '', ...rest] = wrap(oneLine(value, LONGEST_VALUE), room);
      return [`  ${name.padEnd(INDENT - 2)}${first}`, ...rest.map((line) => ' '.repeat(INDENT) + line)];
    });
  const steps = advice.steps.flatMap((step, index) => {
    const [first = '', ...rest] = wrap(step, room + INDENT - 5);
    return [`  ${index + 1}. ${first}`, ...rest.map((line) => `     ${line}`)];
  });
  return [
    `${paint(kindStyle(letter.kind), letter.kind)}  ${head(oneLine(letter.messageId, 100))}`,
    ...fields(summary(letter, now)),
    '',
    head('Why'),
    ...wrap(advice.meaning, room + INDENT - 2).map((line) => `  ${line}`),
    ...fields(reason(letter)),
    '',
    head('Journey'),
    ...fields(journey(letter, now)),
    ...fields([['kept until', keptUntil(letter, retentionSeconds, now)]]),
    '',
    head('Body'),
    ...bodyLines(letter.body),
    '',
    head(`Attributes of the sender (${letter.attributes.size + letter.lostAttributes.length})`),
    ...[...letter.attributes].map((entry) => `  ${attributeText(entry)}`),
    ...letter.lostAttributes.map((name) => `  ${name}: its value did not come through`),
    '',
    head('What to do'),
    ...steps,
  ].join('\n');
}

type Fields = readonly (readonly [string, string | undefined])[];

function summary(letter: DeadLetter, now: number): Fields {
  const { request } = letter;
  const { expiresAt, expectedAssignee } = request.ok ? request.request : {};
  return [
    ['user task', letter.userTaskKey],
    ['expires', expiresAt && `${expiresAt} (${expiryWords(expiresAt, now)})`],
    ['only while', expectedAssignee && `${expectedAssignee} has the task`],
    ['contract', request.ok ? undefined : request.reason],
    ['redrive', letter.lostAttributes.length > 0 ? LOST_ATTRIBUTE : undefined],
  ];
}

function reason({ failure, status, title, detail, reason, kind, movedFrom }: DeadLetter): Fields {
  const answer = [status, title].filter((part) => part !== undefined).join(' ');
  return [
    ['reason', reason],
    ['last answer', answer],
    ['detail', detail],
    ['moved from', movedFrom],
    ['says', kind === 'unexplained' ? failure : undefined],
  ];
}

function journey(letter: DeadLetter, now: number): Fields {
  const { journey, sender, attempts, sentAt, firstSentAt, failedAt, messageGroupId, traceHeader } = letter;
  const { redriven, redrivenAt } = letter;
  const hasMoved = letter.movedFrom !== undefined;
  return [
    ['first sent', timeText(firstSentAt, now)],
    ['sender', sender],
    ['first id', journey?.firstMessageId === letter.messageId ? undefined : journey?.firstMessageId],
    [
      'redriven',
      redriven === 0 ? undefined : `${redriven}×${redrivenAt ? `, last ${timeText(redrivenAt, now)}` : ''}`,
    ],
    [
      'first call',
      journey?.firstTriedAt && timeText(Math.min(Date.parse(journey.firstTriedAt), sentAt), now),
    ],
    ['attempts', attempts === undefined ? undefined : String(attempts)],
    ['failed', hasMoved ? 'SQS does not say when it moved it' : timeText(failedAt, now)],
    ['here since', hasMoved ? undefined : timeText(sentAt, now)],
    ['group', messageGroupId],
    ['trace', traceHeader],
    ['unreadable', letter.unreadable],
  ];
}

/** Then SQS deletes it. */
function keptUntil(
  { sentAt }: DeadLetter,
  retentionSeconds: number | undefined,
  now: number,
): string | undefined {
  if (retentionSeconds === undefined) return undefined;
  const end = sentAt + retentionSeconds * 1000;
  return `${clockText(end)}, for ${spanText(Math.max(0, end - now))} more`;
}

/** `2026-11-23 12:00:00 UTC, 2 h ago`. */
function timeText(time: number, now: number): string {
  return `${clockText(time)}, ${spanText(Math.max(0, now - time))} ago`;
}

function clockText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function expiryWords(expiresAt: string, now: number): string {
  const text = expiryText(expiresAt, now);
  return text.endsWith('ago') ? text : `in ${text}`;
}

/** Line breaks stay: each line is made harmless by itself. */
function bodyLines(body: string): string[] {
  const shown = body.slice(0, LONGEST_BODY);
  const lines = shown.split(/\r?\n/);
  const text = lines.slice(0, MOST_BODY_LINES).map((line) => `  ${oneLine(line, LONGEST_BODY)}`);
  if (lines.length > MOST_BODY_LINES) {
    const rest = body.split(/\r?\n/).length - MOST_BODY_LINES;
    return [...text, `  … and ${grouped(rest)} more lines: export writes them all`];
  }
  const more = body.length - shown.length;
  return more > 0 ? [...text, `  … and ${grouped(more)} more characters: export writes them all`] : text;
}

function attributeText([name, attribute]: [string, MessageAttribute]): string {
  const value =
    'stringValue' in attribute
      ? oneLine(attribute.stringValue, LONGEST_VALUE)
      : `${Buffer.byteLength(attribute.binaryValue, 'base64')} bytes: ${oneLine(attribute.binaryValue, 60)}`;
  return `${oneLine(name, 256)} (${oneLine(attribute.dataType, 256)}): ${value}`;
}
