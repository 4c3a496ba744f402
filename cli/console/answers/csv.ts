// Rows as CSV (RFC 4180), for spreadsheets, which must not take a sender's text for a formula. Pure.
import type { DeadLetterSummary } from '../../../client/dead-letters/index.ts';

/** In this order; lists are texts with blanks in between. */
const FIELDS = [
  'messageId',
  'userTaskKey',
  'kind',
  'status',
  'title',
  'detail',
  'reason',
  'attempts',
  'sender',
  'firstSentAt',
  'redriven',
  'redrivenAt',
  'failedAt',
  'expiresAt',
  'wouldReturn',
  'lostAttributes',
] as const satisfies readonly (keyof DeadLetterSummary)[];

const BEGINS_FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u;
const FORMULA_BEHIND = /(?<!^)([;\t\r\n])(?=[\s\p{Cc}\p{Cf}"]*[=+\-@|%\uff1d\uff0b\uff0d\uff20])/gu;

/** A line with the names of the fields. */
export const CSV_HEAD = lineOf(FIELDS);

/** The line of a dead letter. */
export function csvLine(letter: DeadLetterSummary): string {
  return lineOf(FIELDS.map((name) => textOf(letter[name])));
}

function textOf(value: DeadLetterSummary[keyof DeadLetterSummary]): string {
  if (value === null) return '';
  return typeof value === 'object' ? value.join(' ') : String(value);
}

function lineOf(texts: readonly string[]): string {
  return `${texts.map(csvCell).join(',')}\r\n`;
}

/**
 * In quotes, and with an apostrophe before what a spreadsheet would calculate, also where blanks or invisible characters stand
 * before it (OWASP, "CSV Injection"). A spreadsheet that takes semicolons or tabs for the ends of cells does not see the quotes
 * as they are meant, so that a formula may begin behind those, and behind the end of a line, too.
 */
export function csvCell(text: string): string {
  const isFormula = BEGINS_FORMULA.test(text) || /^[\t\r\n]/.test(text);
  const harmless = text.replaceAll(FORMULA_BEHIND, "$1'").replaceAll('"', '""');
  return `"${isFormula ? "'" : ''}${harmless}"`;
}
