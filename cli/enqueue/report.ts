// What `enqueue` says: bad lines, a dry run, and what became of the requests.

import type { FoundTask } from '../../client/cluster/search-answer.ts';
import { oneLine } from '../../client/contract/text.ts';
import type { MessageLine } from '../../client/sending/message-line.ts';
import type { SendFault } from '../../client/sqs/send-faults.ts';
import type { ResultShape } from '../output.ts';
import { grouped, spanText } from '../progress.ts';
import type { CheckedInput } from './check.ts';
import type { InputFormat } from './input.ts';
import { type InvalidLine, isRoundedKey, type RequestLine } from './request-line.ts';

/** A request that was not sent, as `json` and `jsonl` write it. These fields stay. */
export interface FailedRow {
  /** The file, where there are several. */
  readonly file?: string;
  /** The line in the file, or which argument it was; from 1 on. */
  readonly line: number;
  /** `failed`: SQS has not taken it. `invalid`: the line is invalid, and was skipped. */
  readonly state: 'failed' | 'invalid';
  /** Null where the line is invalid. */
  readonly userTaskKey: string | null;
  /** SQS's code or the SDK's; `InDoubt` where it may have been sent; `Invalid`. */
  readonly code: string;
  readonly message: string;
  /** Whether sending it again can help. */
  readonly retryable: boolean;
}

/** What became of all requests; the fields that `json` writes beside `failed`. These fields stay. */
export interface Tally {
  /** All that the input asked for. */
  readonly requests: number;
  readonly sent: number;
  readonly failedCount: number;
  /** Lines that were no requests. */
  readonly invalidCount: number;
  /** Never tried, since the sending was stopped. */
  readonly notSentCount: number;
  readonly interrupted: boolean;
  readonly seconds: number;
}

/** A failed row of a request that SQS has not taken. */
export function failedRow({ file, line, request }: RequestLine, failure: SendFault): FailedRow {
  const { code, message, retryable } = failure;
  return {
    ...(file !== undefined && { file }),
    line,
    state: 'failed',
    userTaskKey: request.userTaskKey,
    code,
    message,
    retryable,
  };
}

/** A failed row of an invalid line. */
export function invalidRow({ file, line, reason }: InvalidLine): FailedRow {
  return {
    ...(file !== undefined && { file }),
    line,
    state: 'invalid',
    userTaskKey: null,
    code: 'Invalid',
    message: reason,
    retryable: false,
  };
}

/** How requests that were not sent are written. */
export const FAILED_SHAPE: ResultShape<FailedRow> = {
  rowsField: 'failed',
  json: (row) => row,
  columns: [
    { title: 'LINE', text: placeOf, align: 'right' },
    { title: 'KEY', text: ({ userTaskKey }) => userTaskKey ?? '-' },
    { title: 'CODE', text: ({ code }) => code, style: () => 'red' },
    { title: 'WHY', text: ({ message }) => message, flexible: true },
  ],
};

/** How a dry run's requests are written: each as a line that `--file` accepts. */
export const DRY_RUN_SHAPE: ResultShape<DryRunRow> = {
  rowsField: 'messages',
  json: ({ message }) => message,
  columns: [
    { title: 'LINE', text: placeOf, align: 'right' },
    { title: 'BODY', text: ({ message }) => message.body, flexible: true },
  ],
};

/** Where a request stands: the line, behind its file's name where there are several. */
function placeOf({ file, line }: { readonly file?: string | undefined; readonly line: number }): string {
  return file === undefined ? String(line) : `${file}:${line}`;
}

/** A message that would be sent. */
export interface DryRunRow {
  /** The file, where there are several. */
  readonly file?: string | undefined;
  readonly line: number;
  readonly message: MessageLine;
  /** The task that a search has found. */
  readonly task?: FoundTask | undefined;
}

/** The same for tasks that were found: with what people know them by. Further fields are ignored by `--file`. */
export const DRY_RUN_OF_TASKS_SHAPE: ResultShape<DryRunRow> = {
  rowsField: 'messages',
  json: ({ message, task }) => ({ ...message, task }),
  columns: [
    { title: 'KEY', text: ({ task }) => task?.userTaskKey ?? '-' },
    { title: 'ASSIGNEE', text: ({ task }) => task?.assignee ?? '-' },
    { title: 'PROCESS', text: ({ task }) => task?.processDefinitionId ?? '-' },
    { title: 'TASK', text: ({ task }) => task?.name ?? '-', flexible: true },
    { title: 'CREATED', text: ({ task }) => dayOf(task?.creationDate) },
    { title: 'DUE', text: ({ task }) => dayOf(task?.dueDate), optional: 1 },
  ],
};

function dayOf(time: string | undefined): string {
  return time?.slice(0, 'yyyy-mm-dd'.length) ?? '-';
}

/** Which lines are invalid: the first of them, how many more, and what the file may be instead. */
export function problemText(
  name: string,
  { problems, invalid, requests }: CheckedInput,
  format: InputFormat | undefined,
): string {
  const at = (line: number, file = name) =>
    ['argument', 'task'].includes(name) ? `${name} ${line}` : `${file}:${line}`;
  const lines = problems.map(({ line, file, reason }) => `${at(line, file)}: ${reason}`);
  const more = invalid - problems.length;
  if (more > 0) lines.push(`… and ${plural(more, 'line')} more`);
  return `${lines.join('\n')}\n${grouped(invalid)} of ${plural(invalid + requests, 'line')} ${invalid === 1 ? 'is' : 'are'} invalid.${guessText(format, problems)}`;
}

function guessText(format: InputFormat | undefined, [first]: readonly InvalidLine[]): string {
  if (format !== 'keys' || first === undefined || isRoundedKey(first.text)) return '';
  if (first.text.startsWith('{')) return ' For JSON lines, use --format jsonl.';
  return /userTaskKey|[,;]/.test(first.text) ? ' For a CSV, use --format csv.' : '';
}

/** What is worth knowing before anything is sent; undefined where nothing is. */
export function noteText(checked: CheckedInput): string | undefined {
  const { duplicates, moreThanCompared, unassigned, missing, looksRounded } = checked;
  const notes: string[] = [];
  if (looksRounded) {
    notes.push(
      'Warning: every key of 16 or more digits ends in 0 where a spreadsheet keeps no digits. If these keys went through one, they are other tasks’ keys: export them again, and import that column as text.',
    );
  }
  if (missing > 0) {
    notes.push(
      `Warning: by its own words the saved answer is a part: ${plural(missing, 'task')} of the search ${missing === 1 ? 'does' : 'do'} not stand in it. Fetch the other pages, too, or search with --assignee and the like.`,
    );
  }
  if (unassigned > 0) {
    notes.push(`Note: ${plural(unassigned, 'task')} without an assignee left out.`);
  }
  if (duplicates > 0) {
    const least = moreThanCompared ? 'at least ' : '';
    notes.push(
      `Note: ${least}${plural(duplicates, 'request')} for a key that was there before; each is sent (unassigning twice does no harm).`,
    );
  }
  return notes.length === 0 ? undefined : notes.join('\n');
}

/** What is asked before anything is sent, without its question mark. */
export function questionText({ requests, looksRounded }: CheckedInput, queueUrl: string): string {
  const although = looksRounded ? ', although the keys look rounded' : '';
  return `Send ${plural(requests, 'request')} to ${oneLine(queueUrl, 300)}${although}`;
}

/** What became of all requests, in one line. */
export function tallyText(tally: Tally): string {
  const { requests, sent, failedCount, invalidCount, notSentCount, interrupted, seconds } = tally;
  const rate = sent >= 100 && seconds >= 1 ? ` (${grouped(Math.round(sent / seconds))}/s)` : '';
  return [
    `${interrupted ? 'Interrupted: sent' : 'Sent'} ${grouped(sent)} of ${plural(requests, 'request')} in ${spanText(seconds * 1000)}${rate}`,
    ...(failedCount > 0 ? [`${grouped(failedCount)} failed`] : []),
    ...(notSentCount > 0 ? [`${grouped(notSentCount)} not tried`] : []),
    ...(invalidCount > 0 ? [`${plural(invalidCount, 'line')} skipped`] : []),
  ].join('; ');
}

/** `1 request`, `1,204 requests`. */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
