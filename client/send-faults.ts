// Why a send failed, and whether sending again can help. Pure.
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { oneLine } from './text.ts';

/** Why SQS has not taken a message, or is not known to have. */
export interface SendFault {
  /** SQS's own code or the SDK's, Node's where there was no answer; `InDoubt` where the answer did not say. */
  readonly code: string;
  readonly message: string;
  /** Whether sending the same again can help: never where SQS calls it the sender's fault. */
  readonly retryable: boolean;
}

/** An entry of `Failed`: SQS's own fault, or throttling, which SQS may call the sender's, passes. */
export function entryFault({ Code, Message, SenderFault }: Omit<BatchResultErrorEntry, 'Id'>): SendFault {
  const code = Code ?? 'Unknown';
  return fault(code, Message ?? '', SenderFault !== true || isThrottling(code));
}

/** An entry that is in neither list of the answer: it may be on the queue. */
export const UNMENTIONED: SendFault = {
  code: 'InDoubt',
  message: 'SQS did not say what became of it: it may have been sent',
  retryable: true,
};

/**
 * A send that failed as a whole. Without an answer it is doubtful, and sending again at worst makes a duplicate,
 * so that everything is retryable but what SQS refused (4xx) and what never left the process.
 */
export function requestFault(error: unknown): SendFault {
  if (!(error instanceof Error)) return fault('Unknown', String(error), true);
  const status = statusOf(error);
  const code = codeOf(error);
  return fault(code, error.message, status === undefined ? !isOurs(error) : isTransient(status, error));
}

/** SQS's codes for "too fast", KMS's among them (SQS Developer Guide, "Error messages"; SDK, retry). */
export function isThrottling(code: string): boolean {
  return /thrott|TooManyRequests|SlowDown|RequestLimitExceeded|BandwidthLimitExceeded|OverLimit/i.test(code);
}

function isTransient(status: number, error: Error): boolean {
  if (status >= 500 || status === 408 || status === 429 || status < 400) return true;
  return isThrottling(error.name) || isClockSkew(error);
}

/** The SDK has taken SQS's time over from this very answer, so that the next signature holds. */
function isClockSkew(error: Error): boolean {
  return /RequestTimeTooSkewed|RequestExpired|RequestInTheFuture/.test(error.name) || skewCorrected(error);
}

function skewCorrected(error: Error): boolean {
  return '$metadata' in error && Object(error.$metadata).clockSkewCorrected === true;
}

/** Nothing was sent: no credentials, no region, or a call that the SDK itself refuses. */
function isOurs(error: Error): boolean {
  if (/^(CredentialsProviderError|TokenProviderError|TypeError|RangeError)$/.test(error.name)) return true;
  return /region is missing|could not load credentials|resolved credential object is not valid/i.test(
    error.message,
  );
}

function statusOf(error: Error): number | undefined {
  const status: unknown = '$metadata' in error ? Object(error.$metadata).httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function codeOf(error: Error): string {
  if (statusOf(error) === undefined && 'code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'Error' ? 'Unknown' : error.name;
}

function fault(code: string, message: string, retryable: boolean): SendFault {
  return { code: oneLine(code, 128), message: oneLine(message, 500), retryable };
}
