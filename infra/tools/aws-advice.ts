// What to do about an error of any AWS service that is about who asks, and from where. Pure.
import { blamesClock, credentialsAdvice } from '../../client/sqs/credentials-advice.ts';

const LOG_IN =
  'No AWS credentials: set AWS_PROFILE, or log in (aws sso login), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
const EXPIRED = 'The AWS credentials have expired: log in again.';
const UNKNOWN = 'AWS does not know these credentials: log in again, or check AWS_PROFILE.';
const SIGNATURE = "AWS refuses these credentials' signature: check them, and this machine's clock.";

/** By the error's name, which differs between the protocols of Lambda, CloudFormation and S3 (their API references, "Common Errors"). */
const BY_NAME: ReadonlyMap<string, string> = new Map([
  ['CredentialsProviderError', LOG_IN],
  ['ExpiredTokenException', EXPIRED],
  ['ExpiredToken', EXPIRED],
  ['UnrecognizedClientException', UNKNOWN],
  ['InvalidClientTokenId', UNKNOWN],
  ['InvalidAccessKeyId', UNKNOWN],
  ['InvalidSignatureException', SIGNATURE],
  ['SignatureDoesNotMatch', SIGNATURE],
]);

/** What helps where region or credentials are missing or wrong; undefined for every other error. */
export function accessAdvice({ name, message }: Error, profile: string | undefined): string | undefined {
  const ofCredentials = credentialsAdvice(message, profile);
  if (ofCredentials !== undefined) return ofCredentials;
  if (blamesClock(message)) {
    return `AWS refuses the signature for its time: set this machine's clock right.\n  (${message})`;
  }
  if (message.startsWith('Region is missing')) {
    return 'No AWS region: pass --region, or set AWS_REGION. A deployment without a region went to us-east-1.';
  }
  const known = BY_NAME.get(name);
  return known === undefined ? undefined : `${known}\n  (${name}: ${message})`;
}
