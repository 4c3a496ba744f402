// The values that options take, from text. Pure; a value that makes no sense is refused in words.

import { InvalidArgumentError } from 'commander';
import * as z from 'zod/mini';
import { LONGEST_SECONDS, secondsOf } from '../client/contract/duration.ts';
import { parseRequest } from '../client/contract/request.ts';
import { EXPECTED_TIME, timeFault } from '../client/contract/time.ts';
import { MAX_DELAY_SECONDS, MESSAGE_GROUP } from '../client/sqs/limits.ts';

/** A span of time such as `30s`, `2h` or `1d12h`, in milliseconds; at most a year. */
export function milliseconds(text: string): number {
  const seconds = secondsOf(text);
  if (seconds === undefined) {
    throw new InvalidArgumentError('Expected a span of time such as 30s, 15m, 2h or 1d12h.');
  }
  if (seconds > LONGEST_SECONDS) throw new InvalidArgumentError('Expected a span of at most a year.');
  return seconds * 1000;
}

/** A span longer than nothing, in milliseconds. */
export function positiveMilliseconds(text: string): number {
  const span = milliseconds(text);
  if (span === 0) throw new InvalidArgumentError('Expected a span of time longer than 0.');
  return span;
}

/** A message's delay, in whole seconds from 0 to 900 (SQS API reference, SendMessage: DelaySeconds). */
export function delaySeconds(text: string): number {
  const seconds = milliseconds(text) / 1000;
  if (seconds <= MAX_DELAY_SECONDS) return seconds;
  throw new InvalidArgumentError('Expected at most 15 minutes: SQS delays no longer.');
}

/** A point in time with offset, in milliseconds since 1970. */
export function time(text: string): number {
  if (z.safeParse(z.iso.datetime({ offset: true }), text).success) return Date.parse(text);
  const fault = timeFault(text);
  throw new InvalidArgumentError(`Expected ${EXPECTED_TIME}${fault && ` (${fault})`}.`);
}

/** A point in time, or how long it is ago; both in milliseconds. */
export type Moment = { readonly at: number } | { readonly ago: number };

/** A point in time with offset, or a span up to now. */
export function moment(text: string): Moment {
  if (/^\d{4}-/.test(text)) return { at: time(text) };
  try {
    return { ago: milliseconds(text) };
  } catch {
    throw new InvalidArgumentError(
      `Expected ${EXPECTED_TIME}, or a span up to now of at most a year, such as 2h or 1d12h.`,
    );
  }
}

/** When that is, in milliseconds since 1970, as is `now`. */
export function timeOf(when: Moment, now: number): number {
  return 'at' in when ? when.at : now - when.ago;
}

/** The name of a person, as Camunda keeps it; also one that is empty by mistake is refused. */
export function assignee(text: string): string {
  const parsed = parseRequest({ userTaskKey: '1', expectedAssignee: text });
  if (parsed.ok) return text;
  throw new InvalidArgumentError(`${parsed.reason}.`);
}

/** A whole number from 1 on. */
export function count(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Expected a whole number from 1 on.');
}

/** A TCP port to connect to. */
export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('Expected a number from 1 to 65535.');
}

/** A message group. */
export function messageGroup(text: string): string {
  if (MESSAGE_GROUP.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 128 letters, digits and punctuation, without blanks.');
}
