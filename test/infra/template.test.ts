import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readConfig } from '../../functions/unassign/config.ts';
import { evaluate } from './cloudformation.ts';
import {
  namesInZip,
  PACKAGING_TIMEOUT_MS,
  type Packaging,
  packageBeforeTests,
  packageDeployment,
  readArtifact,
  readTemplate,
  removeCheckout,
  type Template,
} from './packaging.ts';
import { ANONYMOUS, type Caller, judge, principal, service, type Verdict } from './policy.ts';

const ADDRESS = '--param=camundaRestAddress=https://camunda.example.org/4b1f/v2';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda/prod-AbC123';
const SECRETS_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/6f1c9a52-0f0b-4f9e-9d59-6a0a3c1f6b11';
const QUEUES_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0b7f4c0e-3a55-4e2f-8a0a-f5c1c5d7c1d2';
const LAYER = 'arn:aws:lambda:eu-central-1:615299751070:layer:AWSOpenTelemetryDistroJs:8';
const PRODUCER_ROLE = 'arn:aws:iam::210987654321:role/orders';
const PRODUCER_TOPIC = 'arn:aws:sns:eu-central-1:123456789012:orders';
const PRODUCER_RULE = 'arn:aws:events:eu-central-1:123456789012:rule/orders/cancelled';

const Statement = z.object({
  Sid: z.string(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  Resource: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  Condition: z.unknown().optional(),
});
const PolicyDocument = z.object({ Statement: z.array(Statement) });

let devPackaging: Packaging;
let prodPackaging: Packaging;
/** Stage dev with nothing but the address. */
let dev: Template;
/** Stage prod with all that can be asked for, and numbers other than the defaults. */
let prod: Template;

packageBeforeTests([ADDRESS], (template, packaging) => {
  dev = template;
  devPackaging = packaging;
});

packageBeforeTests(
  [
    '--stage=prod',
    ADDRESS,
    '--param=camundaOauthUrl=https://login.example.org/token',
    '--param=camundaClientId=unassign',
    '--param=camundaOauthClientAuthentication=client_secret_basic',
    '--param=camundaTokenAudience=zeebe.example.org',
    `--param=camundaSecretArn=${SECRET}`,
    `--param=camundaSecretKmsKeyArn=${SECRETS_KEY}`,
    `--param=kmsKeyArn=${QUEUES_KEY}`,
    `--param=producerArns=${PRODUCER_ROLE}, ${PRODUCER_TOPIC}, ${PRODUCER_RULE}`,
    '--param=producerAccounts=345678901234',
    '--param=tracing=true',
    `--param=tracingLayerArn=${LAYER}`,
    '--param=subnetIds=subnet-0a1b2c3d, subnet-0a1b2c3e',
    '--param=securityGroupIds=sg-0a1b2c3d',
    '--param=batchSize=20',
    '--param=batchingWindowSeconds=3',
    '--param=functionTimeoutSeconds=90',
  ],
  (template, packaging) => {
    prod = template;
    prodPackaging = packaging;
  },
);

function properties(template: Template, logicalId: string): Record<string, unknown> {
  return evaluate(template, template.Resources[logicalId]?.Properties) as Record<string, unknown>;
}

function environment(template: Template): Record<string, string> {
  const { Environment } = properties(template, 'UnassignLambdaFunction');
  return z.object({ Variables: z.record(z.string(), z.string()) }).parse(Environment).Variables;
}

function functionStatements(template: Template) {
  return z
    .object({ Policies: z.tuple([z.object({ PolicyDocument })]) })
    .parse(properties(template, 'FunctionRole')).Policies[0].PolicyDocument.Statement;
}

function statements(template: Template, logicalId: string) {
  return z.object({ PolicyDocument }).parse(properties(template, logicalId)).PolicyDocument.Statement;
}

/** Everything that the statements allow, as sorted lines "action on resource". */
function allowed(policy: readonly z.infer<typeof Statement>[]): string[] {
  return policy
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((resource) => `${action} on ${resource}`)),
    )
    .sort();
}

const ssm = (name: string) => `arn:aws:ssm:eu-central-1:123456789012:parameter/camunda-unassign/dev/${name}`;

describe('the artifact', () => {
  test('holds the build with its notices and nothing else', async () => {
    expect(namesInZip(await readArtifact(devPackaging)).sort()).toEqual([
      '.build/unassign/THIRD-PARTY-NOTICES',
      '.build/unassign/chunks/sqs.mjs',
      '.build/unassign/index.mjs',
    ]);
  });

  test('is the same, byte for byte, for the same build', async () => {
    expect(await readArtifact(devPackaging)).toEqual(await readArtifact(prodPackaging));
  });
});

describe('the function', () => {
  test('runs on Node 24 on arm64', () => {
    expect(properties(dev, 'UnassignLambdaFunction')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
  });

  test('is named as pause and resume look it up', () => {
    expect(properties(dev, 'UnassignLambdaFunction')).toMatchObject({
      FunctionName: 'camunda-unassign-dev-unassign',
    });
  });

  test('may loop over the queue, since Lambda otherwise drops a message after some 16 requeues', () => {
    expect(properties(dev, 'UnassignLambdaFunction')).toMatchObject({ RecursiveLoop: 'Allow' });
  });

  test.each([
    ['dev', () => dev],
    ['prod', () => prod],
  ])('takes the environment of stage %s', (_stage, template) => {
    expect(() => readConfig(environment(template()))).not.toThrow();
  });

  test('is told the time-out that it has', () => {
    const { Timeout } = properties(prod, 'UnassignLambdaFunction');
    expect(readConfig(environment(prod)).functionTimeoutMs).toBe(Number(Timeout) * 1000);
  });

  test('is told the two queues of its stack', () => {
    expect(readConfig(environment(dev))).toMatchObject({
      queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/queue',
      deadLetterQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letter-queue',
    });
  });

  test('is told how to authenticate', () => {
    expect(readConfig(environment(prod)).credentials).toMatchObject({
      strategy: 'OAUTH',
      oauth: {
        url: new URL('https://login.example.org/token'),
        clientId: 'unassign',
        clientAuthentication: 'client_secret_basic',
        audience: 'zeebe.example.org',
      },
      secretArn: SECRET,
    });
  });

  test('has no empty settings', () => {
    expect(Object.values(environment(dev))).not.toContain('');
  });

  test('keeps its log for 14 days, in production for 90', () => {
    expect([
      properties(dev, 'UnassignLogGroup')['RetentionInDays'],
      properties(prod, 'UnassignLogGroup')['RetentionInDays'],
    ]).toEqual([14, 90]);
  });

  test.each([
    ['PassThrough', () => dev],
    ['Active', () => prod],
  ])('is traced as the parameters say: %s', (Mode, template) => {
    expect(properties(template(), 'UnassignLambdaFunction')['TracingConfig']).toEqual({ Mode });
  });

  test('starts through the tracing layer where one is named', () => {
    expect(properties(prod, 'UnassignLambdaFunction')['Layers']).toEqual([LAYER]);
    expect(environment(prod)).toMatchObject({
      AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'undici',
    });
  });

  test('has no layer otherwise', () => {
    expect(properties(dev, 'UnassignLambdaFunction')).not.toHaveProperty('Layers');
    expect(Object.keys(environment(dev)).filter((name) => /^(AWS|OTEL)_/.test(name))).toEqual([]);
  });

  test('writes its lines and metrics to its log group as they are', () => {
    expect(properties(dev, 'UnassignLambdaFunction')['LoggingConfig']).toEqual({
      LogFormat: 'Text',
      LogGroup: '/aws/lambda/camunda-unassign-dev-unassign',
    });
  });

  test('is in no VPC unless one is given', () => {
    expect(properties(dev, 'UnassignLambdaFunction')).not.toHaveProperty('VpcConfig');
  });

  test('is in the VPC that is given', () => {
    expect(properties(prod, 'UnassignLambdaFunction')['VpcConfig']).toEqual({
      SubnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'],
      SecurityGroupIds: ['sg-0a1b2c3d'],
    });
  });
});

describe('the event source', () => {
  test('reads the queue with partial batch responses', () => {
    expect(properties(dev, 'UnassignEventSourceMappingSQSQueue')).toMatchObject({
      EventSourceArn: '<Queue>.Arn',
      FunctionName: '<UnassignLambdaFunction>.Arn',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      Enabled: true,
    });
  });

  test('has the defaults that shield the cluster', () => {
    expect(properties(dev, 'UnassignEventSourceMappingSQSQueue')).toMatchObject({
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  test('takes its parameters', () => {
    expect(properties(prod, 'UnassignEventSourceMappingSQSQueue')).toMatchObject({
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 3,
    });
  });

  test.each([
    ['dev', () => dev],
    ['prod', () => prod],
  ])('leaves six time-outs and the window until a message shows up again: %s', (_stage, template) => {
    const { Timeout } = properties(template(), 'UnassignLambdaFunction');
    const { MaximumBatchingWindowInSeconds: window } = properties(
      template(),
      'UnassignEventSourceMappingSQSQueue',
    );
    expect(properties(template(), 'Queue')['VisibilityTimeout']).toBe(6 * Number(Timeout) + Number(window));
  });
});

describe('the queues', () => {
  test('keep messages for 7 and 14 days', () => {
    expect([
      properties(dev, 'Queue')['MessageRetentionPeriod'],
      properties(dev, 'DeadLetterQueue')['MessageRetentionPeriod'],
    ]).toEqual([604_800, 1_209_600]);
  });

  test('move a message to the dead-letter queue long after the function would have', () => {
    expect(properties(dev, 'Queue')['RedrivePolicy']).toEqual({
      deadLetterTargetArn: '<DeadLetterQueue>.Arn',
      maxReceiveCount: 20,
    });
    expect(readConfig(environment(dev)).policy.maxReceiveCount).toBe(5);
  });

  test('accept dead letters from each other only', () => {
    expect(properties(dev, 'DeadLetterQueue')['RedriveAllowPolicy']).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [`arn:aws:sqs:eu-central-1:123456789012:${properties(dev, 'Queue')['QueueName']}`],
    });
  });

  test('have names that no other deployment has or had', () => {
    expect(properties(dev, 'Queue')['QueueName']).toBe(
      'camunda-unassign-dev-51af3dc0-da77-11e4-872e-1234567db123',
    );
    expect(properties(dev, 'DeadLetterQueue')).not.toHaveProperty('QueueName');
  });

  test('have names that fit into the 80 characters of SQS at the longest stage', () => {
    const name = String(properties(dev, 'Queue')['QueueName']).replace('-dev-', `-${'s'.repeat(20)}-`);
    expect(name.length).toBeLessThanOrEqual(80);
  });

  test.each(['Queue', 'DeadLetterQueue'])('are encrypted by SQS: %s', (queue) => {
    expect(properties(dev, queue)).toMatchObject({ SqsManagedSseEnabled: true });
    expect(properties(dev, queue)).not.toHaveProperty('KmsMasterKeyId');
  });

  // SQS API reference, SetQueueAttributes: one of the two.
  test.each(['Queue', 'DeadLetterQueue'])("are encrypted with the customer's key: %s", (queue) => {
    expect(properties(prod, queue)).toMatchObject({ KmsMasterKeyId: QUEUES_KEY });
    expect(properties(prod, queue)).not.toHaveProperty('SqsManagedSseEnabled');
  });

  test.each(['Queue', 'DeadLetterQueue', 'QueuePolicy', 'DeadLetterQueuePolicy'])(
    'outlive the stack, but not a failed creation: %s',
    (logicalId) => {
      expect(dev.Resources[logicalId]).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
    },
  );
});

describe('the queue policies', () => {
  const role = (account: string, name = 'any') => principal(`arn:aws:iam::${account}:role/${name}`);
  const topic = (name: string) => service('sns', `arn:aws:sns:eu-central-1:123456789012:${name}`);

  /** Of a send, at the queue and the dead-letter queue of a stage. */
  const verdicts = (template: Template, caller: Caller) =>
    (['QueuePolicy', 'DeadLetterQueuePolicy'] as const).map((policy) =>
      judge(properties(template, policy)['PolicyDocument'], 'sqs:SendMessage', caller),
    );

  test.each<[string, () => Template, Caller, [Verdict, Verdict]]>([
    ["a principal of the stack's account", () => dev, role('123456789012'), ['no word', 'no word']],
    ['a principal of another account', () => dev, role('210987654321'), ['denied', 'denied']],
    ['an anonymous caller', () => dev, ANONYMOUS, ['denied', 'denied']],
    ['a topic', () => dev, topic('orders'), ['denied', 'denied']],
    ["a listed role's account", () => prod, role('210987654321', 'orders'), ['allowed', 'denied']],
    ['another role of that account', () => prod, role('210987654321', 'other'), ['no word', 'denied']],
    ['a principal of a listed account', () => prod, role('345678901234'), ['allowed', 'denied']],
    ['a principal of a third account', () => prod, role('456789012345'), ['denied', 'denied']],
    ['a listed topic', () => prod, topic('orders'), ['allowed', 'denied']],
    ['another topic', () => prod, topic('others'), ['denied', 'denied']],
    ['a listed rule', () => prod, service('events', PRODUCER_RULE), ['allowed', 'denied']],
    ['another rule', () => prod, service('events', `${PRODUCER_RULE}-2`), ['denied', 'denied']],
    ['a service that names no source', () => prod, service('sns'), ['denied', 'denied']],
    ['SQS, which moves messages there itself', () => prod, service('sqs'), ['denied', 'no word']],
  ])('on a send by %s', (_who, template, caller, expected) => {
    expect(verdicts(template(), caller)).toEqual(expected);
  });

  test.each<[string, Caller]>([
    ["the stack's account", role('123456789012')],
    ['a listed role', role('210987654321', 'orders')],
    ['a listed topic', topic('orders')],
  ])('deny what is not TLS: %s', (_who, caller) => {
    const plain = { ...caller, context: { ...caller.context, 'aws:SecureTransport': 'false' } };
    expect(verdicts(prod, plain)).toEqual(['denied', 'denied']);
  });

  test('allow no more than is listed, also without what they deny', () => {
    const { Statement } = properties(prod, 'QueuePolicy')['PolicyDocument'] as {
      Statement: { Effect: string }[];
    };
    const allowing = { Statement: Statement.filter(({ Effect }) => Effect === 'Allow') };
    const others = [
      role('456789012345'),
      role('210987654321', 'other'),
      ANONYMOUS,
      topic('others'),
      service('sns'),
    ];
    const granted = others.filter((caller) => judge(allowing, 'sqs:SendMessage', caller) === 'allowed');
    expect(granted).toEqual([]);
  });

  test('let listed producers send and nothing else', () => {
    const policy = properties(prod, 'QueuePolicy')['PolicyDocument'];
    const reads = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue', 'sqs:SetQueueAttributes'];
    const listed = [role('210987654321', 'orders'), role('345678901234'), topic('orders')];
    const granted = reads.filter((action) =>
      listed.some((caller) => judge(policy, action, caller) === 'allowed'),
    );
    expect(granted).toEqual([]);
  });

  test.each([
    ['QueuePolicy', 'Queue'],
    ['DeadLetterQueuePolicy', 'DeadLetterQueue'],
  ])('are about their own queue: %s', (policy, queue) => {
    expect(properties(prod, policy)['Queues']).toEqual([evaluate(prod, { Ref: queue })]);
    expect(statements(prod, policy).flatMap(({ Resource }) => Resource)).toEqual(
      statements(prod, policy).map(() => `<${queue}>.Arn`),
    );
  });
});

describe('the permissions', () => {
  test('of the function: its log, its queues, nothing else', () => {
    expect(allowed(functionStatements(dev))).toEqual([
      'logs:CreateLogStream on <UnassignLogGroup>.Arn',
      'logs:PutLogEvents on <UnassignLogGroup>.Arn',
      'sqs:DeleteMessage on <Queue>.Arn',
      'sqs:GetQueueAttributes on <Queue>.Arn',
      'sqs:ReceiveMessage on <Queue>.Arn',
      'sqs:SendMessage on <DeadLetterQueue>.Arn',
      'sqs:SendMessage on <Queue>.Arn',
    ]);
  });

  test('of the function where a secret is named: that secret', () => {
    expect(
      allowed(functionStatements(prod)).filter((permission) => permission.startsWith('secretsmanager:')),
    ).toEqual([`secretsmanager:GetSecretValue on ${SECRET}`]);
  });

  test('of the function in a VPC: network interfaces, which Lambda makes', () => {
    expect(allowed(functionStatements(prod)).filter((permission) => permission.startsWith('ec2:'))).toEqual([
      'ec2:AssignPrivateIpAddresses on *',
      'ec2:CreateNetworkInterface on *',
      'ec2:DeleteNetworkInterface on *',
      'ec2:DescribeNetworkInterfaces on *',
      'ec2:DescribeSubnets on *',
      'ec2:UnassignPrivateIpAddresses on *',
    ]);
  });

  test.each([
    ['CamundaSecretArn', 'secretsmanager:'],
    ['CamundaSecretKmsKeyArn', `kms:Decrypt on ${SECRETS_KEY}`],
    ['FirstSubnetId', 'ec2:'],
    ['TracingMode', 'xray:'],
  ])('of the function depend on %s alone for %s', (parameter, prefix) => {
    const without = { ...prod, Parameters: { ...prod.Parameters, [parameter]: { Default: '' } } };
    const lost = allowed(functionStatements(prod)).filter(
      (permission) => !allowed(functionStatements(without)).includes(permission),
    );
    expect(lost).toEqual(
      allowed(functionStatements(prod)).filter((permission) => permission.startsWith(prefix)),
    );
  });

  test.each([
    ['the function', () => functionStatements(prod)],
    ['producers', () => statements(prod, 'ProducerPolicy')],
    ['dead-letter operators', () => statements(prod, 'DeadLetterOperatorPolicy')],
  ])("of %s on the queues' key: what SQS needs, through SQS only", (_who, policy) => {
    expect(policy().filter(({ Resource }) => Resource.includes(QUEUES_KEY))).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: [QUEUES_KEY],
        Condition: { StringLike: { 'kms:ViaService': 'sqs.eu-central-1.amazonaws.com*' } },
      }),
    ]);
  });

  test("of the function on the secret's key: decrypt that secret, through Secrets Manager only", () => {
    expect(functionStatements(prod).filter(({ Resource }) => Resource.includes(SECRETS_KEY))).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: [SECRETS_KEY],
        Condition: {
          StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com*' },
          StringEquals: { 'kms:EncryptionContext:SecretARN': SECRET },
        },
      }),
    ]);
  });

  test('of anybody on any key: none where none is named', () => {
    const all = [
      ...functionStatements(dev),
      ...statements(dev, 'ProducerPolicy'),
      ...statements(dev, 'DeadLetterOperatorPolicy'),
    ];
    expect(allowed(all).filter((permission) => permission.startsWith('kms:'))).toEqual([]);
  });

  test('of the function where it is traced: write traces', () => {
    expect(allowed(functionStatements(prod)).filter((permission) => permission.startsWith('xray:'))).toEqual([
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ]);
  });

  test("of the function's own code in a VPC: no network interfaces", () => {
    const denied = functionStatements(prod).find(({ Effect }) => Effect === 'Deny');
    const granted = functionStatements(prod).find(({ Sid }) => Sid === 'LambdaManagesNetworkInterfaces');
    expect(denied).toEqual({
      ...granted,
      Sid: denied?.Sid,
      Effect: 'Deny',
      Condition: {
        ArnEquals: {
          'lambda:SourceFunctionArn':
            'arn:aws:lambda:eu-central-1:123456789012:function:camunda-unassign-prod-unassign',
        },
      },
    });
  });

  test("of the function's role: for Lambda only", () => {
    expect(properties(dev, 'FunctionRole')['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    });
  });

  test('of producers: send to the queue and find it', () => {
    expect(allowed(statements(dev, 'ProducerPolicy'))).toEqual([
      'sqs:GetQueueUrl on <Queue>.Arn',
      'sqs:SendMessage on <Queue>.Arn',
      `ssm:GetParameter on ${ssm('queue-arn')}`,
      `ssm:GetParameter on ${ssm('queue-url')}`,
      `ssm:GetParameters on ${ssm('queue-arn')}`,
      `ssm:GetParameters on ${ssm('queue-url')}`,
    ]);
  });

  test('of dead-letter operators: look, discard, redrive, find the queues', () => {
    expect(
      allowed(statements(dev, 'DeadLetterOperatorPolicy')).filter(
        (permission) => !permission.startsWith('ssm:GetParameters'),
      ),
    ).toEqual([
      'cloudwatch:GetMetricData on *',
      'sqs:CancelMessageMoveTask on <DeadLetterQueue>.Arn',
      'sqs:ChangeMessageVisibility on <DeadLetterQueue>.Arn',
      'sqs:DeleteMessage on <DeadLetterQueue>.Arn',
      'sqs:GetQueueAttributes on <DeadLetterQueue>.Arn',
      'sqs:GetQueueAttributes on <Queue>.Arn',
      'sqs:ListMessageMoveTasks on <DeadLetterQueue>.Arn',
      'sqs:ReceiveMessage on <DeadLetterQueue>.Arn',
      'sqs:SendMessage on <Queue>.Arn',
      'sqs:StartMessageMoveTask on <DeadLetterQueue>.Arn',
      `ssm:GetParameter on ${ssm('dead-letter-queue-arn')}`,
      `ssm:GetParameter on ${ssm('dead-letter-queue-url')}`,
      `ssm:GetParameter on ${ssm('queue-arn')}`,
      `ssm:GetParameter on ${ssm('queue-url')}`,
    ]);
  });

  test('are all in these three: nothing else grants any', () => {
    const granting = Object.entries(dev.Resources)
      .filter(([, { Type }]) => Type.startsWith('AWS::IAM::') || Type === 'AWS::Lambda::Permission')
      .map(([logicalId]) => logicalId);
    expect(granting.sort()).toEqual(['DeadLetterOperatorPolicy', 'FunctionRole', 'ProducerPolicy']);
  });
});

test('two stages in one account share no name', () => {
  const names = (template: Template) =>
    Object.keys(template.Resources).flatMap((logicalId) => {
      const { Type } = template.Resources[logicalId] ?? {};
      const own = Object.entries(properties(template, logicalId) ?? {}).find(([key]) =>
        ['Name', `${Type?.split('::')[2]}Name`].includes(key),
      );
      return own === undefined ? [] : [`${Type} ${own[1]}`];
    });
  const [inDev, inProd] = [names(dev), names(prod)];
  expect([inDev.length > 20, inDev.filter((name) => inProd.includes(name))]).toEqual([true, []]);
});

describe('other services find', () => {
  test.each([
    ['queue-url', { Ref: 'Queue' }],
    ['queue-arn', { 'Fn::GetAtt': ['Queue', 'Arn'] }],
    ['dead-letter-queue-url', { Ref: 'DeadLetterQueue' }],
    ['dead-letter-queue-arn', { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] }],
  ])('%s as an SSM parameter', (name, value) => {
    const parameters = Object.values(dev.Resources).filter(({ Type }) => Type === 'AWS::SSM::Parameter');
    expect(parameters.map(({ Properties }) => Properties)).toContainEqual(
      expect.objectContaining({ Name: `/camunda-unassign/dev/${name}`, Type: 'String', Value: value }),
    );
  });

  test.each([
    ['QueueUrl', { Ref: 'Queue' }],
    ['QueueArn', { 'Fn::GetAtt': ['Queue', 'Arn'] }],
    ['DeadLetterQueueUrl', { Ref: 'DeadLetterQueue' }],
    ['DeadLetterQueueArn', { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] }],
    ['FunctionName', { Ref: 'UnassignLambdaFunction' }],
    ['FunctionArn', { 'Fn::GetAtt': ['UnassignLambdaFunction', 'Arn'] }],
    ['ProducerPolicyArn', { Ref: 'ProducerPolicy' }],
    ['DeadLetterOperatorPolicyArn', { Ref: 'DeadLetterOperatorPolicy' }],
  ])('%s as an output', (name, value) => {
    expect(dev.Outputs[name]?.Value).toEqual(value);
  });
});

describe.concurrent('packaging', { timeout: PACKAGING_TIMEOUT_MS }, () => {
  const attempt = async (options: readonly string[], yaml = '') => {
    const packaging = await packageDeployment(options, yaml);
    await removeCheckout(packaging);
    return packaging;
  };

  test.for([
    ['prod', () => prodPackaging, 1],
    ['dev', () => devPackaging, 0],
  ] as const)(
    'says at its end where alarms should notify and have nobody to: %s, %i times',
    ([_stage, packaging, times], { expect }) => {
      const [last = '', before = ''] = packaging().output.trim().split('\n\n').reverse();
      expect([last.match(/^Warning: the alarms of stage prod notify nobody/g) ?? [], before]).toEqual([
        Array(times).fill(expect.anything()),
        times === 0 ? expect.anything() : expect.stringContaining('Service packaged'),
      ]);
    },
  );

  test('says where credentials would cross the network in clear text', async ({ expect }) => {
    const { exitCode, output } = await attempt([
      '--param=camundaRestAddress=http://camunda.internal:8080',
      '--param=camundaSecretArn=arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda/prod-AbC123',
    ]);
    const warnings =
      output.match(/camundaRestAddress \(http:\/\/camunda\.internal:8080\) is not https/g) ?? [];
    expect({ exitCode, warnings: warnings.length }).toEqual({ exitCode: 0, warnings: 1 });
  });

  test('without an address makes a placeholder, and says so', async ({ expect }) => {
    const { exitCode, output } = await attempt(['--stage=test']);
    expect({ exitCode, output }).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/Warning: this package is a PLACEHOLDER, .* under params for stage test/),
    });
  });

  test('with wrong parameters fails and says nothing but what is wrong with them', async ({ expect }) => {
    const wrong = ['--param=maximumConcurrency=1', '--param=queueMaxReceiveCount=5', '--param=batchsize=5'];
    const { exitCode, output } = await attempt(
      [ADDRESS, ...wrong],
      'params: { dev: { camundaClientId: 7 } }\n',
    );
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: `
Error: these parameters cannot be deployed:
  - camundaClientId (7) expected a client id; YAML has read a number: put it in quotes
  - maximumConcurrency (1) expected a whole number from 2 to 1000
  - batchsize is an unknown parameter: did you mean batchSize?
  - queueMaxReceiveCount (5) expected more than maxReceiveCount (5), so that the function says why before SQS moves the message
  - camundaOauthUrl is required with camundaAuthStrategy OAUTH
  - camundaSecretArn is required with camundaAuthStrategy OAUTH: it holds CAMUNDA_CLIENT_SECRET
`,
    });
  });

  test('with a parameter without a value fails and says so', async ({ expect }) => {
    expect(await attempt(['--param=camundaRestAddress'])).toMatchObject({
      exitCode: 1,
      output: `
Error: these parameters cannot be deployed:
  - --param=camundaRestAddress expected name=value
`,
    });
  });

  test('takes an account id that YAML reads as a number', async ({ expect }) => {
    const packaging = await packageDeployment(
      [ADDRESS],
      'params: { dev: { producerAccounts: 345678901234 } }\n',
    );
    const template = JSON.stringify(await readTemplate(packaging));
    await removeCheckout(packaging);
    expect(template).toContain('345678901234');
  });

  test.for(['default', 'dev'])(
    'with a misspelt parameter in serverless.yml fails: %s',
    async (section, { expect }) => {
      expect(await attempt([ADDRESS], `params: { ${section}: { batchsize: 5 } }\n`)).toMatchObject({
        exitCode: 1,
        output: expect.stringContaining('batchsize is an unknown parameter'),
      });
    },
  );

  test("takes a stage's parameters from serverless.yml, and --param before them", async ({ expect }) => {
    const packaging = await packageDeployment(
      ['--stage=prod', '--param=batchSize=3'],
      `params:
  default: { batchSize: 1, maxReceiveCount: 7 }
  prod: { camundaRestAddress: "https://prod.example.org", batchSize: 2 }
`,
    );
    const template = await readTemplate(packaging);
    await removeCheckout(packaging);
    expect([
      properties(template, 'UnassignEventSourceMappingSQSQueue')['BatchSize'],
      environment(template)['MAX_RECEIVE_COUNT'],
      environment(template)['CAMUNDA_REST_ADDRESS'],
    ]).toEqual([3, '7', 'https://prod.example.org']);
  });
});
