// How long the other side wants to be left alone.
import { MAX_DELAY_SECONDS } from '../sqs/limits.ts';

/** As long as a message on a queue can be delayed (SQS API reference, SendMessage). */
const LONGEST_SECONDS = MAX_DELAY_SECONDS;

/** The three forms of a date (RFC 9110, section 5.6.7): Date.parse alone takes much more than dates. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w -]+ \d\d:\d\d:\d\d (GMT|\d{4})$/;

/**
 * Retry-After (RFC 9110, section 10.2.3), seconds or a date, in seconds from now: 0 where there is none that can
 * be read, at most {@link LONGEST_SECONDS}.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value), LONGEST_SECONDS);
  // The oldest of the forms, asctime's, does not say that it is in UTC.
  const date = HTTP_DATE.test(value)
    ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
    : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.min(Math.max((date - now) / 1000, 0), LONGEST_SECONDS);
}
