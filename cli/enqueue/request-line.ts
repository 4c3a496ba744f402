// One line of input to one request, or to what is wrong with it. Pure.

import type { FoundTask } from '../../client/cluster/search-answer.ts';
import type { MessageAttribute } from '../../client/contract/journey.ts';
import { formatRequest, parseBody, type UnassignRequest } from '../../client/contract/request.ts';
import { oneLine } from '../../client/contract/text.ts';
import type { MessageLine } from '../../client/sending/message-line.ts';
import { MAX_MESSAGE_BYTES, messageBytes } from '../../client/sqs/limits.ts';

/** One request of the input. */
export interface RequestLine {
  readonly ok: true;
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
  readonly line: number;
  readonly reason: string;
  /** The line's beginning, made harmless. */
  readonly text: string;
}

/** A line of input that is neither blank nor a comment. */
export type InputLine = RequestLine | InvalidLine;

/** A request that came without attributes: sent in the one spelling that `formatRequest` gives it. */
export function requestOfBody(line: number, body: string, text: string): InputLine {
  const parsed = parseBody(body);
  if (!parsed.ok) return invalid(line, parsed.reason, text);
  const { request } = parsed;
  return { ok: true, line, request, body: formatRequest(request), attributes: new Map() };
}

/** A request that came as a whole message. */
export function requestOfMessage(
  line: number,
  { body, attributes: given = {}, messageGroupId, traceHeader }: MessageLine,
  text: string,
): InputLine {
  const parsed = parseBody(body);
  if (!parsed.ok) return invalid(line, parsed.reason, text);
  const attributes = new Map(Object.entries(given));
  const bytes = messageBytes(body, attributes);
  if (bytes > MAX_MESSAGE_BYTES) {
    return invalid(line, `expected at most ${MAX_MESSAGE_BYTES} bytes with attributes, got ${bytes}`, text);
  }
  return { ok: true, line, request: parsed.request, body, attributes, messageGroupId, traceHeader };
}

/** What is wrong with a line. */
export function invalid(line: number, reason: string, text: string): InvalidLine {
  return { ok: false, line, reason: oneLine(reason, 500), text: oneLine(text.slice(0, 200), 100) };
}
