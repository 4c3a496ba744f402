import { describe, expect, test } from 'vitest';
import { ParameterError, Parameters, readParameters, warningsAbout } from '../../infra/parameters.ts';
import manifest from '../../package.json' with { type: 'json' };

const camundaRestAddress = 'https://camunda.example.org';
const camundaSecretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda/prod-AbC123';

function problems(given: Record<string, unknown>, stage = 'dev'): string[] {
  try {
    readParameters({ camundaRestAddress, ...given }, stage);
  } catch (error) {
    if (error instanceof ParameterError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

test('the defaults are those of the design and add up', () => {
  expect(readParameters({ camundaRestAddress }, 'dev')).toEqual({
    stage: 'dev',
    version: manifest.version,
    description: `Unassigns Camunda user tasks as the messages of a queue ask for. camunda-unassign ${manifest.version}, stage dev.`,
    given: { camundaRestAddress },
    organisation: {
      bucketOrigin: 'made',
      bucket: { blockPublicAccess: true },
      logGroup: { deletionPolicy: 'Delete', updateReplacePolicy: 'Delete' },
    },
    camundaRestAddress,
    camundaMaxConnections: 10,
    camundaCallTimeoutSeconds: 20,
    holdSeconds: 20,
    batchSize: 10,
    batchingWindowSeconds: 0,
    maximumConcurrency: 5,
    functionTimeoutSeconds: 60,
    visibilityTimeoutSeconds: 360,
    maxReceiveCount: 5,
    queueMaxReceiveCount: 20,
    retryForSeconds: 86_400,
    queueRetentionDays: 7,
    queueRetentionSeconds: 604_800,
    deadLetterQueueRetentionDays: 14,
    deadLetterQueueRetentionSeconds: 1_209_600,
    producers: { principals: [], accounts: '', sources: [] },
    memorySizeMb: 512,
    logRetentionDays: 14,
    tracingMode: 'PassThrough',
    alarmActionsEnabled: false,
    runbookUrl: 'docs/runbook.md',
    deadLettersAlarmCount: 1,
    deadLetterBurstAlarmCount: 10,
    deadLetterExpiryMarginHours: 24,
    deadLetterAgeAlarmSeconds: 518_400,
    queueAgeAlarmSeconds: 1620,
    queueExpiryMarginHours: 24,
    queueExpiryAlarmSeconds: 518_400,
    oldestRequestAlarmSeconds: 3600,
    requeueRateAlarmPercent: 50,
    credentialsRefusedAlarmCount: 1,
    redeliveredAlarmCount: 5,
    errorsAlarmCount: 1,
    throttlesAlarmCount: 1,
    durationAlarmPercent: 90,
    durationAlarmMs: 54_000,
  });
});

test('in production alarms notify and logs are kept longer; the rest is as in every stage', () => {
  const dev = readParameters({ camundaRestAddress }, 'dev');
  expect(readParameters({ camundaRestAddress }, 'prod')).toEqual({
    ...dev,
    stage: 'prod',
    description: expect.stringContaining('stage prod'),
    logRetentionDays: 90,
    alarmActionsEnabled: true,
  });
});

test.each([
  ['prod', 'false', false],
  ['dev', 'true', true],
])('whether the alarms of %s notify can be said: %s', (stage, alarmActionsEnabled, expected) => {
  expect(readParameters({ camundaRestAddress, alarmActionsEnabled }, stage)).toMatchObject({
    alarmActionsEnabled: expected,
  });
});

// SQS measures from the move, and deletes by the first send: at worst the queue's whole retention is gone by then.
test.each([
  [14, 7, 24, 6 * 24],
  [14, 1, 48, 11 * 24],
  [8, 7, 23, 1],
  [7, 7, 24, 1],
])(
  'with %i and %i days of retention and a margin of %i hours, dead letters expire from %i hours on',
  (...given) => {
    const [deadLetterQueueRetentionDays, queueRetentionDays, deadLetterExpiryMarginHours, hours] = given;
    expect(
      readParameters(
        {
          camundaRestAddress,
          deadLetterQueueRetentionDays,
          queueRetentionDays,
          deadLetterExpiryMarginHours,
        },
        'dev',
      ).deadLetterAgeAlarmSeconds,
    ).toBe(hours * 3600);
  },
);

test.each([
  [14, 24, 13 * 24],
  [7, 48, 5 * 24],
  [2, 47, 1],
  [1, 24, 1],
])(
  'with %i days of retention and a margin of %i hours, the queue expires from %i hours on',
  (queueRetentionDays, queueExpiryMarginHours, hours) => {
    expect(
      readParameters({ camundaRestAddress, queueRetentionDays, queueExpiryMarginHours }, 'dev')
        .queueExpiryAlarmSeconds,
    ).toBe(hours * 3600);
  },
);

test('the queue is too old later where the visibility timeout is longer', () => {
  expect(
    readParameters({ camundaRestAddress, functionTimeoutSeconds: 900 }, 'dev').queueAgeAlarmSeconds,
  ).toBe(900 + 2 * 5400);
});

test.each([
  ['Team=orders, CostCentre=0042,Empty=', { Team: 'orders', CostCentre: '0042', Empty: '' }],
  [
    { Team: 'a team', Address: 'a@b:c/d' },
    { Team: 'a team', Address: 'a@b:c/d' },
  ],
])('tags are read from %j', (tags, map) => {
  expect(readParameters({ camundaRestAddress, tags }, 'dev').organisation.tags?.map).toEqual(map);
});

test('producers are told apart by their ARNs', () => {
  const topic = 'arn:aws:sns:eu-central-1:123456789012:orders.fifo';
  const rule = 'arn:aws-cn:events:cn-north-1:123456789012:rule/bus/orders';
  const role = 'arn:aws:iam::210987654321:role/service/orders@team';
  expect(
    readParameters(
      {
        camundaRestAddress,
        producerArns: `${topic},${role} , ${rule}`,
        producerAccounts: [345678901234, '210987654321'],
      },
      'dev',
    ).producers,
  ).toEqual({
    principals: ['345678901234', '210987654321', role],
    accounts: '345678901234,210987654321',
    sources: [topic, rule],
  });
});

test('every parameter says what it is', () => {
  const undocumented = Object.entries(Parameters.shape)
    .filter(([, schema]) => !schema.description)
    .map(([name]) => name);
  expect(undocumented).toEqual([]);
});

test('every problem is listed, those between parameters as well where others are wrong by themselves', () => {
  const found = problems({
    batchSize: 'many',
    memorySizeMb: '64',
    colour: 'red',
    queueMaxReceiveCount: 5,
    camundaOauthUrl: 'nowhere',
    camundaSecretKmsKeyArn: 'alias/mine',
    subnetIds: 'net-1',
  });
  expect(found.map((problem) => problem.split(' ')[3])).toEqual([
    'camundaOauthUrl',
    'camundaSecretKmsKeyArn',
    'batchSize',
    'memorySizeMb',
    'subnetIds',
    'colour',
    'queueMaxReceiveCount',
    'camundaSecretArn',
    'camundaSecretArn',
    'subnetIds',
  ]);
});

test('nothing is told of a sum of which a part is wrong by itself', () => {
  expect(
    problems({ holdSeconds: 'long', functionTimeoutSeconds: 5, batchingWindowSeconds: -1, batchSize: 20 }),
  ).toEqual([
    '  - holdSeconds (long) expected a whole number from 0 to 600 seconds',
    '  - batchingWindowSeconds (-1) expected a whole number from 0 to 300 seconds',
  ]);
});

test.each([
  ['batchsize', 'did you mean batchSize?'],
  ['CAMUNDA_REST_ADDRESS', 'did you mean camundaRestAddress?'],
  ['colour', 'docs/settings.md lists them all'],
])('an unknown parameter is told in one short line: %s', (name, hint) => {
  expect(problems({ [name]: '5' })).toEqual([`  - ${name} is an unknown parameter: ${hint}`]);
});

describe('what YAML has read as something other than text', () => {
  test('is taken where nothing can be lost: the account ids of 12 digits', () => {
    const { producers } = readParameters({ camundaRestAddress, producerAccounts: 123456789012 }, 'dev');
    expect(producers.principals).toEqual(['123456789012']);
  });

  test.each([
    // As it reads 012345678901, and what is longer than a number can hold.
    ['producerAccounts', 12345678901, 'a number'],
    ['producerAccounts', [210987654321, 12345678901], 'a number'],
    ['producerAccounts', 2 ** 53, 'a number'],
    ['producerArns', 5, 'a number'],
    ['camundaClientId', 123456, 'a number'],
    ['camundaClientId', true, 'true or false'],
    ['camundaClientId', 0.5, 'a number'],
    ['camundaBasicAuthUsername', 7, 'a number'],
    ['camundaTokenAudience', 1e21, 'a number'],
    ['camundaOauthScope', new Date(0), 'a date'],
    ['camundaRestAddress', 8080, 'a number'],
    ['camundaOauthUrl', 8080, 'a number'],
    ['camundaSecretArn', 5, 'a number'],
    ['alarmTopicArn', 123456789012, 'a number'],
    ['runbookUrl', 5, 'a number'],
    ['subnetIds', 5, 'a number'],
  ])('else is to be put in quotes: %s of %j', (name, value, read) => {
    const [problem = ''] = problems({ [name]: value });
    expect(problem).toMatch(new RegExp(`^  - ${name} .*; YAML has read ${read}: put it in quotes$`));
  });

  test('and text that is wrong is not', () => {
    expect(problems({ producerAccounts: '12345678901' }).join()).not.toContain('quotes');
  });
});

test('a password in an address is not repeated', () => {
  expect(problems({ camundaRestAddress: 'https://me:hunter2@camunda.example.org' }).join()).not.toContain(
    'hunter2',
  );
});

describe('bounds', () => {
  test.each([
    ['camundaMaxConnections', '0', '1001', 'expected a whole number from 1 to 1000'],
    ['camundaCallTimeoutSeconds', '0', '601', 'expected a whole number from 1 to 600 seconds'],
    ['holdSeconds', '-1', '601', 'expected a whole number from 0 to 600 seconds'],
    ['batchSize', '0', '10001', 'expected a whole number from 1 to 10000'],
    ['batchingWindowSeconds', '-1', '301', 'expected a whole number from 0 to 300 seconds'],
    ['maximumConcurrency', '1', '1001', 'expected a whole number from 2 to 1000'],
    ['functionTimeoutSeconds', '0', '901', 'expected a whole number from 1 to 900 seconds'],
    ['maxReceiveCount', '0', '1001', 'expected a whole number from 1 to 1000'],
    ['queueMaxReceiveCount', '1', '1001', 'expected a whole number from 2 to 1000'],
    ['retryForSeconds', '0', '1209601', 'expected a whole number from 1 to 1209600 seconds'],
    ['queueRetentionDays', '0', '15', 'expected a whole number from 1 to 14 days'],
    ['deadLetterQueueRetentionDays', '0', '15', 'expected a whole number from 1 to 14 days'],
    ['memorySizeMb', '127', '10241', 'expected a whole number from 128 to 10240 MB'],
    ['deadLettersAlarmCount', '0', '1000001', 'expected a whole number from 1 to 1000000'],
    ['deadLetterExpiryMarginHours', '0', '337', 'expected a whole number from 1 to 336 hours'],
    ['queueExpiryMarginHours', '0', '337', 'expected a whole number from 1 to 336 hours'],
    ['queueAgeAlarmSeconds', '59', '1209601', 'expected a whole number from 60 to 1209600 seconds'],
    ['oldestRequestAlarmSeconds', '59', '1209601', 'expected a whole number from 60 to 1209600 seconds'],
    ['requeueRateAlarmPercent', '0', '100', 'expected a whole number from 1 to 99 percent'],
    ['credentialsRefusedAlarmCount', '0', '1000001', 'expected a whole number from 1 to 1000000'],
    ['redeliveredAlarmCount', '0', '1000001', 'expected a whole number from 1 to 1000000'],
    ['errorsAlarmCount', '0', '1000001', 'expected a whole number from 1 to 1000000'],
    ['throttlesAlarmCount', '0', '1000001', 'expected a whole number from 1 to 1000000'],
    ['durationAlarmPercent', '0', '100', 'expected a whole number from 1 to 99 percent'],
  ])('of %s', (name, below, above, expected) => {
    expect([...problems({ [name]: below }), ...problems({ [name]: above })]).toEqual([
      `  - ${name} (${below}) ${expected}`,
      `  - ${name} (${above}) ${expected}`,
    ]);
  });

  test.each(['1.5', '1e1', ' 5', 'five', '', 2.5, true])('take whole numbers only: %j', (batchSize) => {
    expect(problems({ batchSize })).toEqual([
      `  - batchSize (${batchSize}) expected a whole number from 1 to 10000`,
    ]);
  });

  test.each([
    ['camundaRestAddress', 'ftp://camunda.example.org', /http or https/],
    ['camundaRestAddress', 'https://me:secret@camunda.example.org', /without user name/],
    ['camundaRestAddress', 'camunda.example.org', /http or https/],
    ['camundaOauthUrl', 'login', /the URL of the token endpoint/],
    ['camundaAuthStrategy', 'oauth', /expected NONE, BASIC or OAUTH/],
    ['camundaSecretArn', camundaSecretArn.slice(0, -7), /whole ARN, with the six characters/],
    ['camundaSecretArn', camundaSecretArn.replace('prod', '*'), /whole ARN/],
    ['logRetentionDays', '15', /expected one of 1, 3, 5/],
    ['kmsKeyArn', 'arn:aws:kms:eu-central-1:123456789012:alias/queues', /not of an alias/],
    ['camundaSecretKmsKeyArn', '6f1c9a52-0f0b-4f9e-9d59-6a0a3c1f6b11', /the ARN of a KMS key/],
    ['producerArns', 'arn:aws:s3:::bucket', /IAM roles, IAM users, SNS topics or EventBridge rules/],
    ['producerArns', 'arn:aws:iam::210987654321:role/*', /IAM roles/],
    ['producerArns', 'arn:aws:iam::210987654321:root', /IAM roles/],
    ['producerAccounts', '12345678901', /account ids of 12 digits/],
    ['alarmTopicArn', 'arn:aws:sns:eu-central-1:123456789012:on-call.fifo', /not FIFO/],
    ['runbookUrl', 'https://wiki.example.org/unassign#top', /without spaces, quotes, #/],
    ['runbookUrl', 'the "wiki"', /without spaces, quotes, #/],
    ['alarmActionsEnabled', 'yes', /expected true or false/],
    ['tracing', '1', /expected true or false/],
    ['tracingLayerArn', 'AWSOpenTelemetryDistroJs:8', /a version of a Lambda layer/],
    ['subnetIds', 'vpc-0a1b2c3d', /expected 1 to 16 ids subnet-…/],
    ['securityGroupIds', '', /expected 1 to 5 ids sg-…/],
    ['tags', 'Team', /expected 1 to 40 tags: name=value/],
    ['tags', '', /expected 1 to 40 tags/],
    ['tags', 'Team=a,team=b', /expected 1 to 40 tags/],
    ['tags', 'aws:team=a', /not beginning with aws:/],
    ['tags', 'AWS:team=a', /not beginning with aws:/],
    ['tags', 'Team=a;b', /expected 1 to 40 tags/],
    ['tags', { CostCentre: 42 }, /CostCentre: expected text; YAML has read a number: put it in quotes/],
    ['tags', ['Team'], /expected 1 to 40 tags/],
    ['permissionsBoundaryArn', 'arn:aws:iam::123456789012:role/boundary', /the ARN of a managed policy/],
    ['iamPath', 'teams/', /a path of IAM such as \/teams\/orders\//],
    ['iamPath', '/teams', /a path of IAM/],
    ['iamNamePrefix', 'a b', /expected 1 to 40 of/],
    ['deploymentBucket', 'My_bucket', /the name of a bucket/],
    ['deploymentRoleArn', 'arn:aws:iam::123456789012:user/me', /the ARN of a role/],
    ['logKmsKeyArn', 'arn:aws:kms:eu-central-1:123456789012:alias/logs', /not of an alias/],
    ['codeSigningConfigArn', 'csc-0123456789abcdef0', /the ARN of a code signing configuration/],
    ['keepLogGroup', 'yes', /expected true or false/],
  ])('of %s: %s', (name, value, expected) => {
    expect(problems({ [name]: value }).join('\n')).toMatch(expected);
  });

  test('of a prefix with which a role would have too long a name in some region', () => {
    const stage = 'twenty-characters-on';
    const iamNamePrefix = 'a'.repeat(11);
    expect(problems({ iamNamePrefix }, stage)).toEqual([]);
    expect(problems({ iamNamePrefix: `${iamNamePrefix}b` }, stage)).toEqual([
      `  - iamNamePrefix (${iamNamePrefix}b) expected at most 11 characters with stage ${stage}, since a role's name has at most 64`,
    ]);
  });

  test.each(['Prod', '1st', 'a-stage-that-is-too-long', 'my_stage'])('of the stage: %s', (stage) => {
    expect(problems({}, stage)).toEqual([
      `  - stage (${stage}) expected a lower-case letter, then up to 19 of a-z, 0-9 and -`,
    ]);
  });
});

describe('warnings', () => {
  const warnings = (given: Record<string, unknown>, stage = 'dev') =>
    warningsAbout(readParameters({ camundaRestAddress, ...given }, stage), stage);
  const alarmTopicArn = 'arn:aws:sns:eu-central-1:123456789012:on-call';

  test.each([
    ['prod', {}, 1],
    ['prod', { alarmTopicArn }, 0],
    ['prod', { alarmActionsEnabled: 'false' }, 0],
    ['dev', {}, 0],
    ['dev', { alarmActionsEnabled: 'true' }, 1],
  ])('of alarms that notify nobody: in %s with %j', (stage, given, count) => {
    expect(warnings(given, stage)).toEqual(
      Array(count).fill(expect.stringContaining(`the alarms of stage ${stage} notify nobody`)),
    );
  });

  test.each([
    [{ camundaMaxConnections: 200, maximumConcurrency: 5 }, []],
    [
      { camundaMaxConnections: 201, maximumConcurrency: 5 },
      [
        expect.stringContaining(
          'camundaMaxConnections (201) times maximumConcurrency (5) are up to 1005 calls',
        ),
      ],
    ],
  ])('of more calls at once than a cluster stands: %j', (given, expected) => {
    expect(warnings(given)).toEqual(expected);
  });
});

describe('sums', () => {
  test('of a batch and the concurrency may be all that SQS lets be in flight', () => {
    expect(problems({ batchSize: 600, batchingWindowSeconds: 1, maximumConcurrency: 200 })).toEqual([]);
  });

  test.each([
    [{ camundaCallTimeoutSeconds: 35 }, 'functionTimeoutSeconds (60) expected at least 61 seconds'],
    [
      { holdSeconds: 35 },
      'functionTimeoutSeconds (60) expected at least 61 seconds: holdSeconds (35), camunda',
    ],
    [{ queueMaxReceiveCount: 5 }, 'queueMaxReceiveCount (5) expected more than maxReceiveCount (5)'],
    [{ retryForSeconds: 604_801 }, 'retryForSeconds (604801) expected at most queueRetentionDays (7 days'],
    [
      { deadLetterQueueRetentionDays: 6 },
      'deadLetterQueueRetentionDays (6) expected at least queueRetention',
    ],
    [
      { queueAgeAlarmSeconds: 604_800 },
      'queueAgeAlarmSeconds (604800) expected less than queueRetentionDays (7 days',
    ],
    [
      { batchSize: 601, batchingWindowSeconds: 1, maximumConcurrency: 200 },
      "batchSize (601) times maximumConcurrency (200) are 120200 messages in flight: expected at most 120000, SQS's quota",
    ],
    [{ batchSize: 11 }, 'batchingWindowSeconds (0) expected at least 1 second with batchSize (11) over 10'],
    [{ subnetIds: 'subnet-0a1b2c3d' }, 'subnetIds and securityGroupIds are required together'],
    [
      {
        camundaSecretKmsKeyArn:
          'arn:aws:kms:eu-central-1:123456789012:key/6f1c9a52-0f0b-4f9e-9d59-6a0a3c1f6b11',
      },
      'camundaSecretArn is required with camundaSecretKmsKeyArn',
    ],
    [
      { tracingLayerArn: 'arn:aws:lambda:eu-central-1:615299751070:layer:AWSOpenTelemetryDistroJs:8' },
      'tracing (false) expected true with tracingLayerArn',
    ],
    [{ camundaAuthStrategy: 'BASIC' }, 'camundaSecretArn is required with camundaAuthStrategy BASIC'],
    [{ camundaBasicAuthUsername: 'me' }, 'camundaSecretArn is required with camundaAuthStrategy BASIC'],
    [{ camundaAuthStrategy: 'OAUTH', camundaSecretArn }, 'camundaOauthUrl is required'],
    [{ camundaClientId: 'me', camundaSecretArn }, 'camundaOauthUrl is required'],
    [
      { camundaAuthStrategy: 'OAUTH', camundaOauthUrl: 'https://login.example.org' },
      'camundaSecretArn is required with camundaAuthStrategy OAUTH',
    ],
    [
      { camundaClientId: 'me', camundaBasicAuthUsername: 'me', camundaSecretArn },
      'camundaAuthStrategy is required where both',
    ],
  ])('of %j', (given, expected) => {
    expect(problems(given)).toEqual([expect.stringContaining(expected)]);
  });
});

describe('credentials in clear text', () => {
  const http = 'http://camunda.internal:8080/v2';
  const oauth = { camundaOauthUrl: 'http://login.internal/token' };

  test.each<[Record<string, string>, string[]]>([
    [{ camundaRestAddress: http, camundaSecretArn }, ['camundaRestAddress']],
    [{ camundaRestAddress: http, camundaSecretArn, ...oauth }, ['camundaRestAddress', 'camundaOauthUrl']],
    [{ camundaRestAddress, camundaSecretArn, ...oauth }, ['camundaOauthUrl']],
    [{ camundaRestAddress, camundaSecretArn, camundaAuthStrategy: 'BASIC', ...oauth }, []],
    [{ camundaRestAddress: http, camundaSecretArn, camundaAuthStrategy: 'NONE' }, []],
    [{ camundaRestAddress: http }, []],
    [{ camundaRestAddress, camundaSecretArn }, []],
    [{ camundaRestAddress: 'http://localhost:8080', camundaSecretArn }, []],
  ])('of %j are warned of: %j', (given, names) => {
    const warnings = warningsAbout(readParameters(given, 'dev'), 'dev');
    expect(warnings).toEqual(names.map((name) => expect.stringMatching(new RegExp(`^${name} \\(http://`))));
  });
});
