// What an error of AWS, of the SDK or of the network means, and what to do about it. Pure.

import { errorText, oneLine } from '../client/contract/text.ts';
import { ProxySettingError } from '../client/network/proxies.ts';
import { QueueAddressError } from '../client/sending/queue-addresses.ts';
import { blamesClock, credentialsAdvice } from '../client/sqs/credentials-advice.ts';
import { CommandError, EXIT, UsageError } from './exit-codes.ts';

/** Where an error happened: so much of it as the advice needs. */
export interface Place {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  /** Of what `npm start` runs, where that is meant. */
  readonly localEndpoint: string | undefined;
}

/**
 * An error in words that say what to do, the original as its cause; the error itself where nothing better is known
 * to say.
 */
export function connectionError(error: unknown, place: Place): unknown {
  if (error instanceof CommandError) return error;
  if (error instanceof ProxySettingError) return new UsageError(error.message, { cause: error });
  const advice = adviceFor(error, place);
  if (advice !== undefined)
    return new CommandError(`${advice}\n  (${rootText(error)})`, EXIT.failed, { cause: error });
  if (error instanceof QueueAddressError)
    return new CommandError(sentence(error.message), EXIT.failed, { cause: error });
  return error;
}

/** What to do about an error; undefined where nothing better is known than its own words. */
export function adviceFor(error: unknown, place: Place): string | undefined {
  for (const message of messagesOf(error)) {
    const advice = adviceByMessage(message, place);
    if (advice !== undefined) return advice;
  }
  for (const name of namesOf(error)) {
    const advice = adviceByName(name, place);
    if (advice !== undefined) return advice;
  }
  return undefined;
}

/** Where a message says more than the error's name, which several causes share. */
function adviceByMessage(message: string, place: Place): string | undefined {
  if (blamesClock(message)) return WRONG_CLOCK;
  // What the SDK says of an answer without a code, which AWS always gives (SDK, `throwDefaultError`).
  if (message === 'UnknownError') return adviceByName('SyntaxError', place);
  return proxyAdvice(message) ?? credentialsAdvice(message, place.profile);
}

/** What to do where a proxy makes no connection; undefined where the message says nothing of one (undici, `ProxyAgent`). */
export function proxyAdvice(message: string): string | undefined {
  const [, status] = /Proxy response \((\d{3})\)/.exec(message) ?? [];
  if (status === '407') {
    return 'The proxy wants a name and a password: give them in HTTPS_PROXY (http://name:password@proxy:3128).';
  }
  const isBroken = message.includes('Proxy Connection failed');
  if (status === undefined && !isBroken) return undefined;
  return `The proxy makes no connection (${status ?? 'it breaks off'}): check HTTPS_PROXY, and whether it lets this host through; NO_PROXY leaves hosts out.`;
}

const WRONG_CLOCK = "AWS refuses the signature for its time: set this machine's clock right.";

/**
 * What to do about an error of this name: one that the SDK throws, a code of SQS, or a code of Node.js. Undefined
 * for every name that does not say that nothing at all can work.
 */
export function adviceByName(name: string, place: Place): string | undefined {
  return ADVICE.find(({ names }) => names.includes(name))?.words(place);
}

interface Advice {
  readonly names: readonly string[];
  readonly words: (place: Place) => string;
}

const login = ({ profile }: Place) =>
  profile === undefined ? 'aws sso login' : `aws sso login --profile ${profile}`;

const inRegion = ({ region }: Place) => (region === undefined ? '' : ` in ${region}`);

/** SQS API reference, "Common errors" and SendMessageBatch; SDK for JavaScript; Node.js, "Common system errors". */
const ADVICE: readonly Advice[] = [
  {
    names: ['CredentialsProviderError', 'TokenProviderError', 'MissingAuthenticationToken'],
    words: (place) =>
      place.profile === undefined
        ? `No AWS credentials: say --profile (or AWS_PROFILE), log in (${login(place)}), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. For what \`npm start\` runs, say --local.`
        : `No AWS credentials from the profile ${place.profile}: is its name right (aws configure list-profiles)? Log in (${login(place)}), or choose another.`,
  },
  {
    names: ['RegionMissing'],
    words: ({ profile }) =>
      profile === undefined
        ? 'No AWS region: say --region, or set AWS_REGION. A deployment without a region went to us-east-1.'
        : `No AWS region: the profile ${profile} names none, if there is one of this name (aws configure list-profiles). Say --region, or set AWS_REGION.`,
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'SSOTokenProviderFailure'],
    words: (place) => `The AWS credentials have expired: log in again (${login(place)}).`,
  },
  {
    names: ['InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'AuthFailure'],
    words: () => 'AWS does not know these credentials: log in again, or check --profile and the environment.',
  },
  {
    names: ['SignatureDoesNotMatch', 'InvalidSignatureException', 'IncompleteSignature', 'InvalidSecurity'],
    words: () =>
      "AWS refuses these credentials' signature: check the secret key, the region, that the URL is https, and this machine's clock.",
  },
  {
    names: ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'],
    words: () => WRONG_CLOCK,
  },
  {
    names: [
      'AccessDenied',
      'AccessDeniedException',
      'UnauthorizedOperation',
      'NotAuthorized',
      'OptInRequired',
    ],
    words: () =>
      "Permission denied. The stack's ProducerPolicy allows enqueueing; its DeadLetterOperatorPolicy allows looking at dead letters, redriving and discarding them. Have one of the two granted, or choose other credentials (--profile).",
  },
  {
    names: ['KmsAccessDenied', 'KMS.AccessDeniedException'],
    words: () =>
      "Permission denied by KMS: the queue is encrypted with a customer's key, and whoever sends needs kms:GenerateDataKey and kms:Decrypt for that key.",
  },
  {
    names: [
      'KmsDisabled',
      'KmsInvalidState',
      'KmsNotFound',
      'KmsInvalidKeyUsage',
      'KmsOptInRequired',
      'KMS.DisabledException',
      'KMS.InvalidStateException',
      'KMS.NotFoundException',
    ],
    words: () =>
      "The KMS key of the queue's encryption cannot be used: enable it, or give the queue another.",
  },
  {
    names: [
      'QueueDoesNotExist',
      'AWS.SimpleQueueService.NonExistentQueue',
      'NonExistentQueue',
      'QueueDeletedRecently',
      'AWS.SimpleQueueService.QueueDeletedRecently',
    ],
    words: (place) =>
      `There is no such queue${inRegion(place)} for these credentials: check the URL or --stage, --region and --profile.`,
  },
  {
    names: ['InvalidAddress', 'UnsupportedOperation', 'AWS.SimpleQueueService.UnsupportedOperation'],
    words: () => 'This queue cannot be used: check its URL.',
  },
  {
    names: ['ParameterNotFound'],
    words: (place) =>
      `There is no such stage${inRegion(place)} for these credentials: check --stage, --region and --profile. Is it deployed?`,
  },
  {
    names: ['EndpointError'],
    words: () =>
      'The settings of AWS endpoints do not fit together: check AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_ENDPOINT_URL, and use_fips_endpoint, use_dualstack_endpoint and endpoint_url of the profile.',
  },
  {
    names: ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'],
    words: ({ localEndpoint, region }) =>
      localEndpoint === undefined
        ? `SQS cannot be reached: check the URL, the region${region === undefined ? '' : ` (${region})`}, the network, and HTTPS_PROXY where there is a proxy.`
        : `Nothing answers at ${localEndpoint}: is \`npm start\` running? If it uses another port, say --port.`,
  },
  {
    // The SDK expects JSON.
    names: ['SyntaxError'],
    words: ({ localEndpoint }) =>
      localEndpoint === undefined
        ? 'Something else than AWS answers: check the URL, HTTPS_PROXY and NO_PROXY, and what stands in between (a proxy, a firewall, a sign-in page).'
        : `Something else than \`npm start\` answers at ${localEndpoint}: say --port where that has another port.`,
  },
  {
    names: ['TimeoutError', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'],
    words: () => 'SQS does not answer: check the network, a proxy or VPN, and the region, then try again.',
  },
  {
    names: [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_HAS_EXPIRED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    words: () =>
      "The certificate that answered is not trusted: where a proxy opens TLS, point NODE_EXTRA_CA_CERTS to its authority's certificate.",
  },
];

/** Its message and those of its causes, the innermost first. */
function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [...messagesOf(error.cause), error.message] : [];
}

/** Its names and codes, and those of its causes, the innermost first: it knows best. */
function namesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own: string[] = [];
  if ('code' in error && typeof error.code === 'string') own.push(error.code);
  if ('Code' in error && typeof error.Code === 'string') own.push(error.Code);
  own.push(error.name);
  if (/^region (is missing|not accepted)/i.test(error.message)) own.push('RegionMissing');
  if (/token (is|has) expired|session (associated|has expired)/i.test(error.message)) {
    own.unshift('SSOTokenProviderFailure');
  }
  return [...namesOf(error.cause), ...own];
}

function rootText(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? rootText(error.cause) : errorText(error);
}

function sentence(text: string): string {
  const line = oneLine(text, 1000);
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`;
}
