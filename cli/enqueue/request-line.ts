// One line of input to one request, or to what is wrong with it. Pure.

import type { FoundTask } from '../../client/cluster/search-answer.ts';
import type { MessageAttribute } from '../../client/contract/journey.ts';
import { formatRequest, parseBody, type UnassignRequest } from '../../client/contract/request.ts';
import { oneLine } from '../../client/contract/text.ts';
import type { MessageLine } from '../../client/sending/message-line.ts';
import { expiryProblem } from '../../client/sending/request-input.ts';
import { MAX_MESSAGE_BYTES, messageBytes } from '../../client/sqs/limits.ts';

/** One request of the input. */
export interface RequestLine {
  readonly ok: true;
  /** The file that it stands in, where there are several. */
  readonly file?: string;
  /** Where it stands: the line in the file, or which argument it was; from 1 on. */
  readonly line: number;
  readonly request: UnassignRequest;
  /** As it will be sent: what came as a message, verbatim. */
  readonly body: string;
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  readonly messageGroupId?: string | undefined;
  readonly traceHeader?: string | undefined;
  /** The task that a search has found. */
  readonly task?: FoundTask;
}

/** A line that should be a request and is none. */
export interface InvalidLine {
  readonly ok: false;
  readonly file?: string;
  readonly line: number;
  readonly reason: string;
  /** The line's beginning, made harmless. */
  readonly text: string;
  /** What would have been the message's body, for somebody to correct; as much of it as was read. */
  readonly body: string;
}

/** A task that nobody has, where each request must name who has it. */
export interface UnassignedTask {
  readonly ok: undefined;
  readonly answers?: undefined;
  readonly file?: string;
  readonly line: number;
}

/** How many tasks the answers of a search speak of, and how many stand in them: an answer may be one page of several. */
export interface SavedAnswers {
  readonly ok: undefined;
  readonly answers: { readonly total: number; readonly items: number };
  readonly file?: string;
  readonly line: number;
}

/** A line of input that is neither blank nor a comment. */
export type InputLine = RequestLine | InvalidLine | UnassignedTask | SavedAnswers;

/**
 * The lines, of which those requests are invalid that would expire before the function may see them: each would be a dead
 * letter for certain.
 *
 * @param delaySeconds that every message is held back
 * @param now epoch milliseconds; the same for each reading of an input, so that each finds the same
 */
export async function* withoutExpired(
  lines: Iterable<InputLine> | AsyncIterable<InputLine>,
  delaySeconds: number | undefined,
  now: number,
): AsyncGenerator<InputLine> {
  for await (const line of lines) {
    const problem = line.ok ? expiryProblem(line.request, delaySeconds, now) : undefined;
    if (!line.ok || problem === undefined) yield line;
    else {
      const { line: number, body, file } = line;
      yield { ...invalid(number, problem, body), ...(file !== undefined && { file }) };
    }
  }
}

/** A request that came without attributes: sent in the one spelling that `formatRequest` gives it. */
export function requestOfBody(line: number, body: string, text: string): InputLine {
  const parsed = parseBody(body);
  if (!parsed.ok) return invalid(line, parsed.reason, text, body);
  const { request } = parsed;
  return { ok: true, line, request, body: formatRequest(request), attributes: new Map() };
}

/** A request for a key that was typed, or stands in a sheet. */
export function requestOfKey(
  line: number,
  request: { readonly userTaskKey: string } & Readonly<Record<string, unknown>>,
  text: string,
): InputLine {
  const body = JSON.stringify(request);
  if (!ROUNDED_KEY.test(request.userTaskKey)) return requestOfBody(line, body, text);
  const key = oneLine(request.userTaskKey, 64);
  const reason = `userTaskKey: expected digits, got "${key}": a spreadsheet shows long numbers so, and the key's last digits are lost. Take the keys from where the sheet has them, and import that column as text (Excel: Data, From Text/CSV, Transform Data, type Text)`;
  return invalid(line, reason, text, body);
}

/** As Excel and its like show a number of more than 11 digits. */
const ROUNDED_KEY = /^\d(?:[.,]\d+)?E\+?\d+$/i;

/** A request that came as a whole message. */
export function requestOfMessage(
  line: number,
  { body, attributes: given = {}, messageGroupId, traceHeader }: MessageLine,
  text: string,
): InputLine {
  const parsed = parseBody(body);
  if (!parsed.ok) return invalid(line, parsed.reason, text, body);
  const attributes = new Map(Object.entries(given));
  const bytes = messageBytes(body, attributes);
  if (bytes > MAX_MESSAGE_BYTES) {
    return invalid(
      line,
      `expected at most ${MAX_MESSAGE_BYTES} bytes with attributes, got ${bytes}`,
      text,
      body,
    );
  }
  return { ok: true, line, request: parsed.request, body, attributes, messageGroupId, traceHeader };
}

/**
 * What is wrong with a line.
 *
 * @param body what would have been the message's; the text, unless it says more
 */
export function invalid(line: number, reason: string, text: string, body = text): InvalidLine {
  return { ok: false, line, reason: oneLine(reason, 500), text: oneLine(text.slice(0, 200), 100), body };
}
