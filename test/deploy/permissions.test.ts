// Who may do what on a deployed stack: the emulator enforces the policies of users, of the function's role and of
// the queues.
import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { beforeAll, describe, expect, test } from 'vitest';
import { aws, clientConfig, iam, ROOT, sqs, type User, userWith } from './aws.ts';
import { type Deployment, deploy, type Places, places } from './deployment.ts';

const STAGE = 'permissions';
const SECRET = `arn:aws:secretsmanager:${aws.region}:${aws.account}:secret:camunda/permissions-AbC123`;

const LISTED_ACCOUNT = '345678901234';
const OTHER_ACCOUNT = '234567890123';

let deployed: Deployment;
let found: Places;
let producer: User;
let operator: User;

beforeAll(async () => {
  // nobody answers there: messages stay where they are put
  deployed = await deploy(STAGE, {
    camundaRestAddress: 'http://127.0.0.1:9',
    camundaBasicAuthUsername: 'unassign',
    camundaSecretArn: SECRET,
    producerAccounts: LISTED_ACCOUNT,
  });
  found = await places(STAGE);
  producer = await userWith(deployed.outputs['ProducerPolicyArn'] ?? '');
  operator = await userWith(deployed.outputs['DeadLetterOperatorPolicyArn'] ?? '');
});

const parameter = (name: string) => new GetParameterCommand({ Name: `/camunda-unassign/${STAGE}/${name}` });
const body = JSON.stringify({ userTaskKey: '2251799813685249' });

describe('a service with the producers’ policy', () => {
  test('finds the queue and sends to it', async () => {
    const { Parameter } = await producer.ssm.send(parameter('queue-url'));
    const sent = await producer.sqs.send(
      new SendMessageCommand({ QueueUrl: Parameter?.Value, MessageBody: body }),
    );
    expect(sent.MessageId).toBeTruthy();
  });

  test.for([
    ['receive from the queue', () => producer.sqs.send(receive('queue-url'))],
    ['send to the dead-letter queue', () => producer.sqs.send(send('dead-letter-queue-url'))],
    ['receive from the dead-letter queue', () => producer.sqs.send(receive('dead-letter-queue-url'))],
    ['purge the queue', () => producer.sqs.send(new PurgeQueueCommand({ QueueUrl: found['queue-url'] }))],
    ['find the dead-letter queue', () => producer.ssm.send(parameter('dead-letter-queue-url'))],
  ] as const)('may not %s', async ([, attempt]) => {
    await expect(attempt()).rejects.toThrow(/not authorized/);
  });
});

describe('a person with the dead-letter operators’ policy', () => {
  test('looks at a dead letter, sends it back and discards it', async () => {
    await sqs.send(send('dead-letter-queue-url'));
    const { Parameter } = await operator.ssm.send(parameter('dead-letter-queue-url'));
    const QueueUrl = Parameter?.Value;
    const { Messages = [] } = await operator.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages.map(({ Body }) => Body)).toEqual([body]);
    await operator.sqs.send(send('queue-url'));
    await operator.sqs.send(
      new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }),
    );
    const { Attributes } = await operator.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '0' });
  });

  test.for(['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'])(
    'may use SQS’s own redrive: %s',
    async (action) => {
      expect(await decide(operator.arn, action, found['dead-letter-queue-arn'])).toBe('allowed');
    },
  );

  test.for([
    ['receive from the queue', () => operator.sqs.send(receive('queue-url'))],
    ['make a queue', () => operator.sqs.send(new CreateQueueCommand({ QueueName: 'another' }))],
    [
      'purge the dead-letter queue',
      () => operator.sqs.send(new PurgeQueueCommand({ QueueUrl: found['dead-letter-queue-url'] })),
    ],
  ] as const)('may not %s', async ([, attempt]) => {
    await expect(attempt()).rejects.toThrow(/not authorized/);
  });
});

describe('another account', () => {
  // the emulator's name for an account's root
  const rootOf = (account: string) => new SQSClient(clientConfig({ ...ROOT, accessKeyId: account }));

  test('that is listed as a producer may send to the queue', async () => {
    const { MessageId } = await rootOf(LISTED_ACCOUNT).send(send('queue-url'));
    expect(MessageId).toBeTruthy();
  });

  test.for([
    [LISTED_ACCOUNT, 'receive from the queue', (them: SQSClient) => them.send(receive('queue-url'))],
    [LISTED_ACCOUNT, 'send to the dead-letter queue', (them) => them.send(send('dead-letter-queue-url'))],
    [OTHER_ACCOUNT, 'send to the queue', (them) => them.send(send('queue-url'))],
    [
      OTHER_ACCOUNT,
      'receive from the dead-letter queue',
      (them) => them.send(receive('dead-letter-queue-url')),
    ],
  ] satisfies [string, string, (them: SQSClient) => Promise<unknown>][])(
    '%s may not %s',
    async ([account, , attempt]) => {
      await expect(attempt(rootOf(account))).rejects.toThrow(/denied|not authorized/);
    },
  );
});

describe('the queues', () => {
  test.for(['queue-url', 'dead-letter-queue-url'] as const)(
    'refuse root itself without TLS: %s',
    async (place) => {
      const withoutTls = new SQSClient({
        ...clientConfig(),
        endpoint: aws.plainEndpoint,
        useQueueUrlAsEndpoint: false,
      });
      await expect(withoutTls.send(receive(place))).rejects.toThrow(/denied|not authorized/);
      await expect(sqs.send(receive(place))).resolves.toBeDefined();
    },
  );
});

/** What the emulator does not ask for; the rest of what the role is for is tried by messages.test.ts. */
describe('the function’s role', () => {
  const log = (group: string | undefined) =>
    `arn:aws:logs:${aws.region}:${aws.account}:log-group:${group}:log-stream:any`;
  const ownLog = () => log(deployed.resources.get('UnassignLogGroup')?.physicalId);

  test.for([
    ['allowed', 'sqs:ReceiveMessage', 'the queue', () => found['queue-arn']],
    ['allowed', 'sqs:DeleteMessage', 'the queue', () => found['queue-arn']],
    ['allowed', 'sqs:GetQueueAttributes', 'the queue', () => found['queue-arn']],
    ['allowed', 'logs:CreateLogStream', 'its log', ownLog],
    ['allowed', 'logs:PutLogEvents', 'its log', ownLog],
    ['implicitDeny', 'logs:PutLogEvents', 'another log', () => log('/aws/lambda/another')],
    ['implicitDeny', 'secretsmanager:GetSecretValue', 'another secret', () => SECRET.replace('AbC', 'XyZ')],
    ['implicitDeny', 'sqs:ReceiveMessage', 'the dead-letter queue', () => found['dead-letter-queue-arn']],
    ['implicitDeny', 'sqs:PurgeQueue', 'the queue', () => found['queue-arn']],
    ['implicitDeny', 'sqs:SendMessage', 'another queue', () => `${found['queue-arn']}-2`],
  ] as const)('%s: %s on %s', async ([decision, action, , resource]) => {
    const role = `arn:aws:iam::${aws.account}:role/${deployed.resources.get('FunctionRole')?.physicalId}`;
    expect(await decide(role, action, resource())).toBe(decision);
  });
});

/** What IAM's policy simulator says. */
async function decide(principal: string, action: string, resource: string | undefined) {
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: principal,
      ActionNames: [action],
      ResourceArns: [resource ?? ''],
    }),
  );
  return EvaluationResults[0]?.EvalDecision;
}

type QueuePlace = 'queue-url' | 'dead-letter-queue-url';

function send(place: QueuePlace): SendMessageCommand {
  return new SendMessageCommand({ QueueUrl: found[place], MessageBody: body });
}

function receive(place: QueuePlace): ReceiveMessageCommand {
  return new ReceiveMessageCommand({ QueueUrl: found[place], VisibilityTimeout: 0 });
}
