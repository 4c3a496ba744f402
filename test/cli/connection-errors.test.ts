import { expect, it } from 'vitest';
import { adviceFor, connectionError, type Place } from '../../cli/connection-errors.ts';
import { CommandError, UsageError } from '../../cli/exit-codes.ts';
import { QueueAddressError } from '../../client/sending/queue-addresses.ts';

const AWS: Place = { region: 'eu-central-1', profile: undefined, localEndpoint: undefined };
const PROFILE: Place = { ...AWS, profile: 'ops' };
const LOCAL: Place = { ...AWS, localEndpoint: 'http://127.0.0.1:9324' };

const named = (name: string, message = '') => Object.assign(new Error(message), { name });
const coded = (code: string) => Object.assign(new Error(code), { code });

it.each<[string, Error, Place, RegExp]>([
  ['no credentials', named('CredentialsProviderError'), AWS, /^No AWS credentials: say --profile .*--local/],
  [
    'no credentials of a profile',
    named('CredentialsProviderError'),
    PROFILE,
    /from the profile ops.*--profile ops/,
  ],
  [
    'an SSO session that has expired',
    named('CredentialsProviderError', "Token is expired. To refresh this SSO session run 'aws sso login'"),
    PROFILE,
    /have expired: log in again \(aws sso login --profile ops\)/,
  ],
  [
    'a profile that wants a code of MFA',
    named(
      'CredentialsProviderError',
      'Profile ops requires multi-factor authentication, but no MFA code callback was provided.',
    ),
    PROFILE,
    /^The AWS profile wants a code .*\$\(aws configure export-credentials --profile ops --format env\)/,
  ],
  [
    'a session of aws login that has expired',
    named('CredentialsProviderError', 'Failed to refresh token: x. Please re-authenticate using aws login'),
    PROFILE,
    /log in again \(aws login --profile ops\)/,
  ],
  [
    'a profile of aws login that has never been logged in',
    named(
      'CredentialsProviderError',
      'Failed to load token from /home/me/.aws/login/cache/28.json: Error: ENOENT: no such file or directory',
    ),
    PROFILE,
    /log in again \(aws login --profile ops\)/,
  ],
  ['no region', new Error('Region is missing'), AWS, /^No AWS region: say --region/],
  [
    'an empty region',
    new Error('Region not accepted: region="" is not a valid hostname component.'),
    AWS,
    /No AWS region/,
  ],
  ['a profile without a region', new Error('Region is missing'), PROFILE, /the profile ops names none/],
  ['expired credentials', named('ExpiredTokenException'), AWS, /have expired/],
  ['unknown credentials', named('InvalidClientTokenId'), AWS, /does not know these credentials/],
  ['a wrong signature', named('SignatureDoesNotMatch'), AWS, /check the secret key, the region/],
  ['a clock that is wrong', named('RequestExpired'), AWS, /set this machine's clock right/],
  [
    'a clock that is wrong, by what a refused signature says',
    named(
      'SignatureDoesNotMatch',
      'Signature expired: 20261129T101010Z is now earlier than 20261129T105500Z',
    ),
    AWS,
    /set this machine's clock right/,
  ],
  [
    'a clock that is before',
    named('InvalidSignatureException', 'Signature not yet current: 20261129T101010Z'),
    AWS,
    /set this machine's clock right/,
  ],
  ['endpoints that exclude each other', named('EndpointError'), AWS, /AWS_USE_FIPS_ENDPOINT/],
  [
    'a proxy that wants a password',
    named('AbortError', 'Proxy response (407) !== 200 when HTTP Tunneling'),
    AWS,
    /wants a name and a password: give them in HTTPS_PROXY/,
  ],
  [
    'a proxy that refuses',
    named('AbortError', 'Proxy response (403) !== 200 when HTTP Tunneling'),
    AWS,
    /The proxy makes no connection \(403\)/,
  ],
  [
    'a proxy that breaks off',
    Object.assign(new Error('Proxy Connection failed'), { code: 'UND_ERR_PRX_CONN' }),
    AWS,
    /^The proxy makes no connection \(it breaks off\)/,
  ],
  ['a page instead of JSON', named('SyntaxError', "Unexpected token '<'"), AWS, /^Something else than AWS/],
  ['an answer that says nothing', new Error('UnknownError'), AWS, /^Something else than AWS answers/],
  ['another server here', named('SyntaxError', "Unexpected token '<'"), LOCAL, /^Something else than `npm/],
  ['no permission', named('AccessDenied'), AWS, /ProducerPolicy.*DeadLetterOperatorPolicy/],
  ['no permission at KMS', named('KmsAccessDenied'), AWS, /kms:GenerateDataKey/],
  ['a key that is switched off', named('KmsDisabled'), AWS, /KMS key/],
  ['no such queue', named('QueueDoesNotExist'), AWS, /no such queue in eu-central-1/],
  ['an address that is no queue', named('InvalidAddress'), AWS, /This queue cannot be used/],
  ['no such stage', named('ParameterNotFound'), AWS, /no such stage in eu-central-1.*check --stage/],
  ['no such host', coded('ENOTFOUND'), AWS, /cannot be reached.*eu-central-1.*HTTPS_PROXY/],
  ['nobody at home', coded('ECONNREFUSED'), LOCAL, /127.0.0.1:9324: is `npm start` running\?.*--port/],
  ['no answer', named('TimeoutError'), AWS, /does not answer/],
  ['no answer by way of a proxy', coded('UND_ERR_HEADERS_TIMEOUT'), AWS, /does not answer: check .* a proxy/],
  ['a certificate in between', coded('SELF_SIGNED_CERT_IN_CHAIN'), AWS, /NODE_EXTRA_CA_CERTS/],
])('says what to do about %s', (_, error, place, words) => {
  expect(adviceFor(error, place)).toMatch(words);
  const told = connectionError(error, place);
  expect(told).toBeInstanceOf(CommandError);
  expect(told).toMatchObject({ exitCode: 1, cause: error });
});

it('takes the innermost cause that it knows', () => {
  const error = new QueueAddressError('could not be read', { cause: named('ParameterNotFound') });
  expect(connectionError(error, AWS)).toMatchObject({
    message: expect.stringMatching(/^There is no such stage/),
  });
});

it("repeats a lookup's own words where it knows none better", () => {
  const told = connectionError(new QueueAddressError('the stage: expected letters'), AWS);
  expect(told).toMatchObject({ message: 'The stage: expected letters.' });
});

it.each([new Error('something else'), new UsageError('expected keys'), 'no error at all'])(
  'leaves alone what it does not know (%s)',
  (error) => {
    expect(connectionError(error, AWS)).toBe(error);
  },
);

it('keeps terminal escapes of a server out of its words', () => {
  const told = connectionError(named('AccessDenied', 'no\u001b[2J\u009b2J'), AWS);
  expect(String(told)).not.toMatch(/(?!\n)\p{Cc}/u);
});
