import { expect, test } from 'vitest';
import { accessAdvice } from '../../../infra/tools/aws-advice.ts';

const error = (name: string, message: string) => Object.assign(new Error(message), { name });

test.each([
  ['Error', 'Region is missing', /^No AWS region: pass --region/],
  ['CredentialsProviderError', 'Could not load credentials from any providers', /^No AWS credentials/],
  [
    'CredentialsProviderError',
    'Your session has expired. Run aws login.',
    /log in again \(aws login --profile work\)/,
  ],
  ['SignatureDoesNotMatch', 'Signature expired: 1 is now earlier than 2', /set this machine's clock right/],
  // Of Lambda, of CloudFormation, of S3.
  ['ExpiredTokenException', 'expired', /^The AWS credentials have expired/],
  ['ExpiredToken', 'expired', /^The AWS credentials have expired/],
  ['UnrecognizedClientException', 'invalid', /^AWS does not know these credentials/],
  ['InvalidClientTokenId', 'invalid', /^AWS does not know these credentials/],
  ['InvalidAccessKeyId', 'invalid', /^AWS does not know these credentials/],
  ['InvalidSignatureException', 'does not match', /^AWS refuses these credentials' signature/],
  ['SignatureDoesNotMatch', 'does not match', /^AWS refuses these credentials' signature/],
])('%s: %s', (name, message, expected) => {
  expect(accessAdvice(error(name, message), 'work')).toMatch(expected);
});

test('has nothing to say about anything else', () => {
  expect(
    accessAdvice(error('ValidationError', 'No updates are to be performed.'), undefined),
  ).toBeUndefined();
});
