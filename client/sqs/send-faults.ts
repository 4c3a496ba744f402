// Why a send failed, and what can help: the one place that says so, for the client and the function. Pure; of the SDK
// only types, since the function loads the SDK late.
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { oneLine } from '../contract/text.ts';

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
  return fault(code, Message ?? '', mayPass(code, SenderFault === true));
}

/** Whether an entry that SQS did not take may be taken the next time (SQS Developer Guide, "Error messages"). */
export function mayPass(code: string, senderFault: boolean): boolean {
  return !senderFault || isThrottling(code);
}

/** An entry that is in neither list of the answer: it may be on the queue. */
export const UNMENTIONED: SendFault = {
  code: 'InDoubt',
  message: 'SQS returned no result for this entry: it may have been sent',
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

/**
 * Whether a request that SQS refused whole (4xx) may have been refused for what stands in some of its entries: a
 * character, an attribute, a size. Then the others may be taken without those. Not where the answer is about the
 * caller, the queue, its key or the clock, which is the same for all, nor where the same may pass later.
 */
export function mayBlameAnEntry(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = statusOf(error);
  if (status !== 400 && status !== 413) return false;
  return (
    !isTransient(status, error) && !CONCERNS_ALL.test(codeOf(error).replace(/^AWS\.SimpleQueueService\./, ''))
  );
}

/** SQS API reference, "Common Errors" and "Errors" of SendMessageBatch; the KMS ones begin with Kms or KMS. */
const CONCERNS_ALL =
  /^kms|access|auth|security|credential|token|signature|client|subscription|optin|expired|skew|future|nonexistent|doesnotexist|queuedeleted|notfound|invalidaddress|action|operation|query|emptybatch/i;

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
