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

/** SQS's answer to up to ten entries, as the SDK has it: both lists are undefined where they are empty. */
export interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/**
 * Why SQS did not do what an entry asks for; undefined where it did. An entry that is in both lists has failed: asked for
 * again, it is done twice at worst.
 */
export function faultOf(id: string, { Successful, Failed }: BatchAnswer): SendFault | undefined {
  const failed = Failed?.find(({ Id }) => Id === id);
  if (failed !== undefined) return entryFault(failed);
  return Successful?.some(({ Id }) => Id === id) ? undefined : UNMENTIONED;
}

/** SQS's own fault passes, and so does throttling, which SQS may call the sender's (Developer Guide, "Error messages"). */
function entryFault({ Code, Message, SenderFault }: BatchResultErrorEntry): SendFault {
  const code = Code ?? 'Unknown';
  return fault(code, Message ?? '', SenderFault !== true || isThrottling(code));
}

/** Of an entry that is in neither list of the answer: it may have been done. */
export const UNMENTIONED: SendFault = {
  code: 'InDoubt',
  message: 'SQS returned no result for this entry',
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

/** Nothing was sent: no credentials, no region, no endpoint, or a call that the SDK itself refuses. */
function isOurs(error: Error): boolean {
  if (/^(CredentialsProviderError|TokenProviderError|EndpointError|TypeError|RangeError)$/.test(error.name))
    return true;
  return /region (is missing|not accepted)|could not load credentials|resolved credential object is not valid/i.test(
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
