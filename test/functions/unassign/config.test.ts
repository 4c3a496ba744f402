import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clearTextWarnings, isClearText } from '../../../client/cluster/settings.ts';
import { type Config, ConfigurationError, readConfig } from '../../../functions/unassign/config.ts';

type Environment = Record<string, string | undefined>;

const LEAST = {
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign-dead-letters',
  CAMUNDA_REST_ADDRESS: 'https://camunda.example.com',
};
const BASIC = { CAMUNDA_BASIC_AUTH_USERNAME: 'demo', CAMUNDA_BASIC_AUTH_PASSWORD: 'pa55word' };
const OAUTH = {
  CAMUNDA_CLIENT_ID: 'unassign',
  CAMUNDA_CLIENT_SECRET: 'cl1ent-secret',
  CAMUNDA_OAUTH_URL: 'https://login.example.com/oauth/token',
};
const SECRET_ARN = {
  CAMUNDA_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda-AbCdEf',
};
const FILES: Record<string, string> = { '/cert.pem': 'THE CERT', '/key.pem': 'THE KEY', '/ca.pem': 'THE CA' };

function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  return text;
}

function configWith(settings: Environment = {}): Config {
  return readConfig({ ...LEAST, ...settings }, readFile);
}

/** The message of the start that is refused. */
function refusal(settings: Environment): string {
  try {
    readConfig(settings, readFile);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'not refused';
}

function problemsWith(settings: Environment): string[] {
  return refusal({ ...LEAST, ...settings })
    .split('\n')
    .slice(1);
}

describe('the defaults', () => {
  it('are those of the documentation', () => {
    expect(configWith()).toEqual({
      cluster: {
        origin: 'https://camunda.example.com',
        basePath: '/v2',
        connections: 10,
        callTimeoutMs: 20_000,
      },
      credentials: { strategy: 'NONE', basic: {}, oauth: {}, tls: {} },
      queueUrl: LEAST.QUEUE_URL,
      deadLetterQueueUrl: LEAST.DEAD_LETTER_QUEUE_URL,
      policy: { maxReceiveCount: 5, retryForSeconds: 86_400 },
      functionTimeoutMs: 60_000,
      holdMs: 20_000,
    });
  });

  it('also stand where a setting is empty', () => {
    const empty = {
      MAX_RECEIVE_COUNT: '',
      RETRY_FOR_SECONDS: '',
      CAMUNDA_AUTH_STRATEGY: '',
      CAMUNDA_CLIENT_ID: '',
      CAMUNDA_OAUTH_URL: '',
      CAMUNDA_MTLS_CERT_PATH: '',
      CAMUNDA_SECRET_ARN: '',
    };
    expect(configWith(empty)).toEqual(configWith());
  });

  it('are not disturbed by the rest of the environment', () => {
    expect(configWith({ PATH: '/bin', AWS_REGION: 'eu-central-1', CAMUNDA_ZEEBE_ADDRESS: 'x' })).toEqual(
      configWith(),
    );
  });
});

describe('a setting', () => {
  it.each<[string, string, (config: Config) => unknown, unknown]>([
    ['MAX_RECEIVE_COUNT', '3', ({ policy }) => policy.maxReceiveCount, 3],
    ['RETRY_FOR_SECONDS', '3600', ({ policy }) => policy.retryForSeconds, 3600],
    ['FUNCTION_TIMEOUT_SECONDS', '120', ({ functionTimeoutMs }) => functionTimeoutMs, 120_000],
    ['HOLD_SECONDS', '5', ({ holdMs }) => holdMs, 5_000],
    ['HOLD_SECONDS', '0', ({ holdMs }) => holdMs, 0],
    ['CAMUNDA_CALL_TIMEOUT_SECONDS', '16', ({ cluster }) => cluster.callTimeoutMs, 16_000],
    ['CAMUNDA_MAX_CONNECTIONS', '2', ({ cluster }) => cluster.connections, 2],
    [
      'CAMUNDA_SECRET_ARN',
      SECRET_ARN.CAMUNDA_SECRET_ARN,
      ({ credentials }) => credentials.secretArn,
      SECRET_ARN.CAMUNDA_SECRET_ARN,
    ],
    [
      'CAMUNDA_OAUTH_CLIENT_AUTHENTICATION',
      'client_secret_basic',
      ({ credentials }) => credentials.oauth.clientAuthentication,
      'client_secret_basic',
    ],
    ['CAMUNDA_TOKEN_AUDIENCE', 'zeebe-api', ({ credentials }) => credentials.oauth.audience, 'zeebe-api'],
    ['CAMUNDA_OAUTH_SCOPE', 'a b', ({ credentials }) => credentials.oauth.scope, 'a b'],
    ['CAMUNDA_MTLS_CA', 'PEM', ({ credentials }) => credentials.tls.ca, 'PEM'],
    ['CAMUNDA_MTLS_KEY_PASSPHRASE', 'pass', ({ credentials }) => credentials.tls.passphrase, 'pass'],
  ])('%s is read', (name, text, value, expected) => {
    expect(value(configWith({ [name]: text }))).toEqual(expected);
  });

  it.each([
    ['QUEUE_URL', undefined],
    ['QUEUE_URL', ''],
    ['QUEUE_URL', 'unassign'],
    ['QUEUE_URL', 'ftp://example.com/unassign'],
    ['DEAD_LETTER_QUEUE_URL', undefined],
    ['DEAD_LETTER_QUEUE_URL', 'arn:aws:sqs:eu-central-1:123456789012:unassign'],
    ['CAMUNDA_REST_ADDRESS', undefined],
    ['CAMUNDA_REST_ADDRESS', 'camunda.example.com'],
    ['CAMUNDA_REST_ADDRESS', 'camunda.example.com:8080'],
    ['CAMUNDA_REST_ADDRESS', 'grpc://camunda.example.com'],
    ['CAMUNDA_REST_ADDRESS', 'https://user@camunda.example.com'],
    ['CAMUNDA_REST_ADDRESS', 'https://:password@camunda.example.com'],
    ['CAMUNDA_REST_ADDRESS', 'https://camunda.example.com?tenant=1'],
    ['CAMUNDA_REST_ADDRESS', 'https://camunda.example.com#v2'],
    ['CAMUNDA_AUTH_STRATEGY', 'KERBEROS'],
    ['CAMUNDA_AUTH_STRATEGY', 'oauth'],
    ['CAMUNDA_OAUTH_CLIENT_AUTHENTICATION', 'basic'],
    ['CAMUNDA_OAUTH_CLIENT_AUTHENTICATION', 'private_key_jwt'],
    ['CAMUNDA_SECRET_ARN', 'camunda'],
    ['CAMUNDA_SECRET_ARN', 'arn:aws:ssm:eu-central-1:123456789012:parameter/camunda'],
    ['MAX_RECEIVE_COUNT', '0'],
    ['MAX_RECEIVE_COUNT', '-1'],
    ['MAX_RECEIVE_COUNT', '1.5'],
    ['MAX_RECEIVE_COUNT', 'five'],
    ['MAX_RECEIVE_COUNT', '1e2'],
    ['MAX_RECEIVE_COUNT', '5 0'],
    ['MAX_RECEIVE_COUNT', '1001'],
    ['RETRY_FOR_SECONDS', '0'],
    ['RETRY_FOR_SECONDS', '1209601'],
    ['RETRY_FOR_SECONDS', '24h'],
    ['FUNCTION_TIMEOUT_SECONDS', '901'],
    ['FUNCTION_TIMEOUT_SECONDS', '9'.repeat(400)],
    ['HOLD_SECONDS', '-1'],
    ['HOLD_SECONDS', '601'],
    ['CAMUNDA_CALL_TIMEOUT_SECONDS', '0'],
    ['CAMUNDA_MAX_CONNECTIONS', '0'],
    ['CAMUNDA_MAX_CONNECTIONS', 'NaN'],
    ['CAMUNDA_MAX_CONNECTIONS', '1001'],
  ])('%s may not be %j', (name, text) => {
    const problems = problemsWith({ [name]: text });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^ +- ${name} (is required: |expected )`))]);
  });
});

describe('what came in at the ends of a setting', () => {
  it('is no part of it, be it white space, or line breaks of what may end in a blank', () => {
    const { credentials, cluster, policy } = configWith({
      CAMUNDA_REST_ADDRESS: 'https://camunda.example.com/v2\n',
      MAX_RECEIVE_COUNT: ' 7\n',
      CAMUNDA_AUTH_STRATEGY: 'OAUTH\r\n',
      CAMUNDA_BASIC_AUTH_USERNAME: '\tdemo \n',
      CAMUNDA_BASIC_AUTH_PASSWORD: '\n pa55 word \r\n',
      CAMUNDA_CLIENT_ID: 'unassign\n',
      CAMUNDA_CLIENT_SECRET: '\n s3 cret \n',
      CAMUNDA_OAUTH_URL: 'https://login.example.com/oauth/token\n',
      CAMUNDA_TOKEN_AUDIENCE: 'zeebe-api\n',
      CAMUNDA_OAUTH_SCOPE: ' a b\n',
      CAMUNDA_MTLS_CA_PATH: '/ca.pem\n',
      CAMUNDA_MTLS_KEY_PASSPHRASE: ' open sesame \n',
    });
    expect({ credentials, basePath: cluster.basePath, count: policy.maxReceiveCount }).toEqual({
      credentials: {
        strategy: 'OAUTH',
        basic: { username: 'demo', password: ' pa55 word ' },
        oauth: {
          url: new URL('https://login.example.com/oauth/token'),
          clientId: 'unassign',
          clientSecret: 's3 cret',
          audience: 'zeebe-api',
          scope: 'a b',
        },
        tls: { ca: 'THE CA', passphrase: ' open sesame ' },
      },
      basePath: '/v2',
      count: 7,
    });
  });

  it.each([' ', '\n', '\r\n'])('alone is as good as nothing: %j', (text) => {
    expect(problemsWith({ ...OAUTH, CAMUNDA_CLIENT_SECRET: text, CAMUNDA_MTLS_CERT: text })).toEqual([
      expect.stringContaining('- CAMUNDA_CLIENT_SECRET is required'),
    ]);
  });
});

describe('the address of the cluster', () => {
  it.each([
    ['http://localhost:8080', 'http://localhost:8080', '/v2'],
    ['http://localhost:8080/', 'http://localhost:8080', '/v2'],
    ['http://localhost:8080/v2', 'http://localhost:8080', '/v2'],
    ['http://localhost:8080/v2/', 'http://localhost:8080', '/v2'],
    ['https://bru-2.zeebe.camunda.io/0e0e-cluster', 'https://bru-2.zeebe.camunda.io', '/0e0e-cluster/v2'],
    [
      'https://bru-2.zeebe.camunda.io:443/0e0e-cluster/v2',
      'https://bru-2.zeebe.camunda.io',
      '/0e0e-cluster/v2',
    ],
    ['https://example.com/a/b/', 'https://example.com', '/a/b/v2'],
    ['https://example.com/camunda-v2', 'https://example.com', '/camunda-v2/v2'],
    ['https://[::1]:8443/v2', 'https://[::1]:8443', '/v2'],
  ])('%s', (address, origin, basePath) => {
    expect(configWith({ CAMUNDA_REST_ADDRESS: address }).cluster).toMatchObject({ origin, basePath });
  });
});

describe('a FIFO queue', () => {
  it.each(['QUEUE_URL', 'DEAD_LETTER_QUEUE_URL'] as const)('is refused as %s', (name) => {
    expect(problemsWith({ [name]: `${LEAST[name]}.fifo` })).toEqual([
      expect.stringMatching(new RegExp(`- ${name} is a FIFO queue`)),
    ]);
  });

  it('is told by the end of its name only', () => {
    const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/not.fifo-at-all';
    expect(configWith({ QUEUE_URL }).queueUrl).toBe(QUEUE_URL);
  });
});

describe('the two queues', () => {
  it('may not be the same', () => {
    expect(problemsWith({ DEAD_LETTER_QUEUE_URL: LEAST.QUEUE_URL })).toEqual([
      expect.stringContaining('DEAD_LETTER_QUEUE_URL'),
    ]);
  });
});

describe('the authentication strategy', () => {
  it.each([
    ['NONE where nothing is given', {}, 'NONE'],
    ['BASIC with a user name', BASIC, 'BASIC'],
    ['OAUTH with a client', OAUTH, 'OAUTH'],
    [
      'OAUTH with a token endpoint, and the client in a secret',
      { CAMUNDA_OAUTH_URL: OAUTH.CAMUNDA_OAUTH_URL, ...SECRET_ARN },
      'OAUTH',
    ],
    [
      'BASIC where it is said, though there is a client',
      { CAMUNDA_AUTH_STRATEGY: 'BASIC', ...BASIC, ...OAUTH },
      'BASIC',
    ],
    [
      'OAUTH where it is said, though there is a user',
      { CAMUNDA_AUTH_STRATEGY: 'OAUTH', ...BASIC, ...OAUTH },
      'OAUTH',
    ],
    ['NONE where it is said, though there is a client', { CAMUNDA_AUTH_STRATEGY: 'NONE', ...OAUTH }, 'NONE'],
    ['left to the secret where only that is named', SECRET_ARN, undefined],
  ])('is %s', (_, settings, strategy) => {
    expect(configWith(settings).credentials.strategy).toBe(strategy);
  });

  it('is asked for where it could be either', () => {
    expect(problemsWith({ ...BASIC, ...OAUTH })).toEqual([
      expect.stringContaining('CAMUNDA_AUTH_STRATEGY is required'),
    ]);
  });

  it('brings its settings', () => {
    expect(configWith(BASIC).credentials.basic).toEqual({ username: 'demo', password: 'pa55word' });
    expect(configWith(OAUTH).credentials.oauth).toEqual({
      url: new URL(OAUTH.CAMUNDA_OAUTH_URL),
      clientId: 'unassign',
      clientSecret: 'cl1ent-secret',
    });
  });

  it.each([
    [
      'BASIC without a user name',
      { CAMUNDA_AUTH_STRATEGY: 'BASIC', CAMUNDA_BASIC_AUTH_PASSWORD: 'x' },
      ['CAMUNDA_BASIC_AUTH_USERNAME'],
    ],
    ['BASIC without a password', { CAMUNDA_BASIC_AUTH_USERNAME: 'demo' }, ['CAMUNDA_BASIC_AUTH_PASSWORD']],
    [
      'OAUTH without anything',
      { CAMUNDA_AUTH_STRATEGY: 'OAUTH' },
      ['CAMUNDA_OAUTH_URL', 'CAMUNDA_CLIENT_ID', 'CAMUNDA_CLIENT_SECRET'],
    ],
    ['OAUTH without a secret', { ...OAUTH, CAMUNDA_CLIENT_SECRET: '' }, ['CAMUNDA_CLIENT_SECRET']],
    ['OAUTH without an endpoint', { ...OAUTH, CAMUNDA_OAUTH_URL: undefined }, ['CAMUNDA_OAUTH_URL']],
    [
      'OAUTH without an endpoint, which no secret brings',
      { CAMUNDA_CLIENT_ID: 'c', ...SECRET_ARN },
      ['CAMUNDA_OAUTH_URL'],
    ],
  ])('%s does not start', (_, settings, names) => {
    expect(problemsWith(settings)).toEqual(
      names.map((name) => expect.stringContaining(`- ${name} is required`)),
    );
  });

  it.each([
    ['BASIC without user name and password', { CAMUNDA_AUTH_STRATEGY: 'BASIC' }],
    ['BASIC without a password', { CAMUNDA_BASIC_AUTH_USERNAME: 'demo' }],
    ['OAUTH without a client', { CAMUNDA_OAUTH_URL: OAUTH.CAMUNDA_OAUTH_URL }],
    ['a certificate without its key', { CAMUNDA_MTLS_CERT: 'PEM' }],
  ])('%s starts where a secret may bring the rest', (_, settings) => {
    expect(() => configWith({ ...settings, ...SECRET_ARN })).not.toThrow();
  });
});

describe('the token endpoint', () => {
  it.each(['login.example.com', 'ldap://login.example.com', 'https://login.example.com#token'])(
    'may not be %s',
    (CAMUNDA_OAUTH_URL) => {
      expect(problemsWith({ ...OAUTH, CAMUNDA_OAUTH_URL })).toEqual([
        expect.stringContaining('- CAMUNDA_OAUTH_URL expected the URL of the token endpoint'),
      ]);
    },
  );
});

describe('mutual TLS', () => {
  it('takes PEM text', () => {
    const settings = {
      CAMUNDA_MTLS_CERT: 'C',
      CAMUNDA_MTLS_KEY: 'K',
      CAMUNDA_MTLS_CA: 'A',
      CAMUNDA_MTLS_KEY_PASSPHRASE: 'P',
    };
    expect(configWith(settings).credentials.tls).toEqual({ cert: 'C', key: 'K', ca: 'A', passphrase: 'P' });
  });

  it('takes the paths of files', () => {
    const settings = {
      CAMUNDA_MTLS_CERT_PATH: '/cert.pem',
      CAMUNDA_MTLS_KEY_PATH: '/key.pem',
      CAMUNDA_MTLS_CA_PATH: '/ca.pem',
    };
    expect(configWith(settings).credentials.tls).toEqual({ cert: 'THE CERT', key: 'THE KEY', ca: 'THE CA' });
  });

  it('takes text over a path', () => {
    const settings = { CAMUNDA_MTLS_CA: 'TEXT', CAMUNDA_MTLS_CA_PATH: '/ca.pem' };
    expect(configWith(settings).credentials.tls).toEqual({ ca: 'TEXT' });
  });

  it('reads real files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'ca.pem'), 'FROM A FILE');
    const config = readConfig({ ...LEAST, CAMUNDA_MTLS_CA_PATH: join(folder, 'ca.pem') });
    expect(config.credentials.tls).toEqual({ ca: 'FROM A FILE' });
  });

  it.each(['CAMUNDA_MTLS_CERT_PATH', 'CAMUNDA_MTLS_KEY_PATH', 'CAMUNDA_MTLS_CA_PATH'])(
    'does not start where %s names no file',
    (name) => {
      expect(problemsWith({ [name]: '/missing.pem' })).toContainEqual(
        expect.stringMatching(new RegExp(`- ${name} .*ENOENT`)),
      );
    },
  );

  it.each([
    ['a certificate without its key', { CAMUNDA_MTLS_CERT: 'C' }],
    ['a key without its certificate', { CAMUNDA_MTLS_KEY_PATH: '/key.pem' }],
  ])('does not start with %s', (_, settings) => {
    expect(problemsWith(settings)).toEqual([expect.stringMatching(/CAMUNDA_MTLS_CERT and CAMUNDA_MTLS_KEY/)]);
  });
});

describe('the sum of the times', () => {
  it.each([
    ['the defaults', {}, true],
    ['a hold, a call and the reserve, to the second', { FUNCTION_TIMEOUT_SECONDS: '46' }, true],
    ['a second too few', { FUNCTION_TIMEOUT_SECONDS: '45' }, false],
    ['no hold', { HOLD_SECONDS: '0', FUNCTION_TIMEOUT_SECONDS: '26' }, true],
    ['no hold, and a second too few', { HOLD_SECONDS: '0', FUNCTION_TIMEOUT_SECONDS: '25' }, false],
    ['a call of 34 s', { CAMUNDA_CALL_TIMEOUT_SECONDS: '34' }, true],
    ['a call of 35 s', { CAMUNDA_CALL_TIMEOUT_SECONDS: '35' }, false],
    ['a hold of 34 s', { HOLD_SECONDS: '34' }, true],
    ['a hold of 35 s', { HOLD_SECONDS: '35' }, false],
    ['both in step', { CAMUNDA_CALL_TIMEOUT_SECONDS: '100', FUNCTION_TIMEOUT_SECONDS: '126' }, true],
  ])('fits or does not: %s', (_, settings, fits) => {
    expect(refusal({ ...LEAST, ...settings })).toMatch(
      fits ? /^not refused$/ : /- FUNCTION_TIMEOUT_SECONDS /,
    );
  });
});

describe('an address over http', () => {
  const HTTP = { CAMUNDA_REST_ADDRESS: 'http://camunda.internal:8080/v2' };
  const LOGIN = { CAMUNDA_OAUTH_URL: 'http://login.internal/oauth/token?a=b' };

  it.each<[string, Environment, string[]]>([
    ['NONE', HTTP, []],
    ['BASIC', { ...HTTP, ...BASIC }, ['CAMUNDA_REST_ADDRESS (http://camunda.internal:8080) is not https: ']],
    ['what the secret brings', { ...HTTP, ...SECRET_ARN }, ['CAMUNDA_REST_ADDRESS (']],
    ['OAUTH', { ...HTTP, ...OAUTH }, ['CAMUNDA_REST_ADDRESS (']],
    [
      'OAUTH, at the token endpoint',
      { ...OAUTH, ...LOGIN },
      ['CAMUNDA_OAUTH_URL (http://login.internal) is'],
    ],
    ['OAUTH, at both', { ...HTTP, ...OAUTH, ...LOGIN }, ['CAMUNDA_REST_ADDRESS (', 'CAMUNDA_OAUTH_URL (']],
    ['BASIC, with a token endpoint', { ...BASIC, ...LOGIN, CAMUNDA_AUTH_STRATEGY: 'BASIC' }, []],
    ['OAUTH over https', OAUTH, []],
  ])('is warned of with %s', (_, settings, warnings) => {
    const { cluster, credentials } = configWith(settings);
    expect(clearTextWarnings(cluster, credentials)).toEqual(
      warnings.map((warning) => expect.stringContaining(warning)),
    );
  });

  it.each([
    ['http://localhost:8080', false],
    ['http://LOCALHOST', false],
    ['http://camunda.localhost', false],
    ['http://localhost.', false],
    ['http://127.0.0.1:26500', false],
    ['http://127.1', false],
    ['http://127.255.255.254', false],
    ['http://[::1]:8080', false],
    ['http://[0:0:0:0:0:0:0:1]', false],
    ['http://[::ffff:127.0.0.1]', false],
    ['https://camunda.example.com', false],
    ['http://camunda', true],
    ['http://10.0.0.1', true],
    ['http://128.0.0.1', true],
    ['http://0.0.0.0', true],
    ['http://[::2]', true],
    ['http://[::ffff:10.0.0.1]', true],
    ['http://localhost.example.com', true],
    ['http://notlocalhost', true],
    ['http://127.0.0.1.example.com', true],
  ])('%s is clear text: %s', (address, expected) => {
    expect(isClearText(new URL(address))).toBe(expected);
  });
});

describe('a start that is refused', () => {
  it('lists every problem, by the name of the variable', () => {
    const refused = refusal({
      QUEUE_URL: 'unassign.fifo',
      CAMUNDA_REST_ADDRESS: 'camunda',
      MAX_RECEIVE_COUNT: 'x',
      RETRY_FOR_SECONDS: '0',
      CAMUNDA_CALL_TIMEOUT_SECONDS: '59',
      FUNCTION_TIMEOUT_SECONDS: '60',
      CAMUNDA_AUTH_STRATEGY: 'OAUTH',
      CAMUNDA_MTLS_CA_PATH: '/missing.pem',
      CAMUNDA_MTLS_KEY: 'K',
    });
    for (const name of [
      'QUEUE_URL',
      'DEAD_LETTER_QUEUE_URL',
      'CAMUNDA_REST_ADDRESS',
      'MAX_RECEIVE_COUNT',
      'RETRY_FOR_SECONDS',
      'FUNCTION_TIMEOUT_SECONDS',
      'CAMUNDA_OAUTH_URL',
      'CAMUNDA_CLIENT_ID',
      'CAMUNDA_CLIENT_SECRET',
      'CAMUNDA_MTLS_CA_PATH',
      'CAMUNDA_MTLS_CERT',
    ]) {
      expect(refused).toMatch(new RegExp(`^ +- ${name} `, 'm'));
    }
  });

  it('says of each what was expected, not that it was invalid', () => {
    expect(refusal({ MAX_RECEIVE_COUNT: 'x', CAMUNDA_AUTH_STRATEGY: 'x' })).not.toMatch(/invalid input/i);
  });

  it('shows no value of a secret', () => {
    const secrets = {
      CAMUNDA_BASIC_AUTH_PASSWORD: 's3cret-password',
      CAMUNDA_CLIENT_SECRET: 's3cret-client',
      CAMUNDA_MTLS_KEY: 's3cret-key',
      CAMUNDA_MTLS_KEY_PASSPHRASE: 's3cret-passphrase',
      CAMUNDA_REST_ADDRESS: 'https://user:s3cret-in-url@camunda.example.com',
      CAMUNDA_OAUTH_URL: 'https://client:s3cret-in-url@login.example.com',
      QUEUE_URL: 'https://user:s3cret-in-url@sqs.example.com/queue',
      CAMUNDA_SECRET_ARN: 's3cret-arn',
      CAMUNDA_AUTH_STRATEGY: 's3cret-strategy',
      MAX_RECEIVE_COUNT: 's3cret-count',
    };
    const refused = refusal(secrets);
    expect(refused).toContain('CAMUNDA_REST_ADDRESS');
    expect(refused).not.toContain('s3cret');
  });
});
