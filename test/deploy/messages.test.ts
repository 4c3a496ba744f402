// What becomes of messages on a deployed stack: sent by a service with the producers' policy, looked at by a person
// with the dead-letter operators'.
import { randomBytes } from 'node:crypto';
import { DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILURE_ATTRIBUTE, JOURNEY_ATTRIBUTE, parseJourney } from '../../client/contract/journey.ts';
import { type StandInCluster, startStandInCluster } from '../../infra/local/stand-in/cluster.ts';
import { eventually } from '../infra/local/eventually.ts';
import { cloudwatch, logs, secretsManager, sqs, userWith } from './aws.ts';
import { type Deployment, deploy, type Places, places } from './deployment.ts';
import { mathAlarms } from './limits.ts';
import { metricsOfAlarm, metricsOfDashboard, metricsOfLine } from './metrics.ts';

const USERNAME = 'unassign';
const PASSWORD = randomBytes(16).toString('hex');

let cluster: StandInCluster;
let deployed: Deployment;
let found: Places;
let producer: SQSClient;
let operator: SQSClient;

beforeAll(async () => {
  cluster = await startStandInCluster({
    authentication: { basic: { username: USERNAME, password: PASSWORD } },
  });
  const secret = await secretsManager.send(
    new CreateSecretCommand({
      Name: 'camunda/messages',
      SecretString: JSON.stringify({ CAMUNDA_BASIC_AUTH_PASSWORD: PASSWORD }),
    }),
  );
  deployed = await deploy('messages', {
    camundaRestAddress: cluster.url,
    camundaBasicAuthUsername: USERNAME,
    camundaSecretArn: secret.ARN ?? '',
  });
  found = await places('messages');
  producer = (await userWith(deployed.outputs['ProducerPolicyArn'] ?? '')).sqs;
  operator = (await userWith(deployed.outputs['DeadLetterOperatorPolicyArn'] ?? '')).sqs;
});

afterAll(() => cluster?.close());

test('a task is unassigned, with the credentials from the secret', async () => {
  const { key } = cluster.tasks.create();
  await request(key);
  await eventually(() => expect(cluster.tasks.get(key)?.assignee).toBeNull());
  expect(callsOf(key)).toEqual([204]);
  await eventually(async () => expect(await count('queue-url')).toBe(0));
});

test('a task that is not there: a dead letter with its reason, as it was sent', async () => {
  const key = cluster.tasks.newKey();
  await request(key);
  const deadLetter = await eventually(() => receiveDeadLetter(key));

  expect(deadLetter.Body).toBe(JSON.stringify({ userTaskKey: key }));
  expect(deadLetter.MessageAttributes?.['origin']?.StringValue).toBe('test');
  expect(deadLetter.MessageAttributes?.[FAILURE_ATTRIBUTE]?.StringValue).toMatch(
    /^not-found: 404 NOT_FOUND: /,
  );
  const journey = parseJourney(deadLetter.MessageAttributes?.[JOURNEY_ATTRIBUTE]?.StringValue ?? '');
  expect(journey).toMatchObject({ kind: 'not-found', attempts: 1, lastStatus: 404 });
  expect(callsOf(key)).toEqual([404]);
});

test('a body that breaks the contract: a dead letter, and no call', async () => {
  const calls = cluster.calls.length;
  const body = '{"userTaskKey":2251799813685249}';
  await producer.send(new SendMessageCommand({ QueueUrl: found['queue-url'], MessageBody: body }));
  const deadLetter = await eventually(() => receiveDeadLetter('2251799813685249'));

  expect(deadLetter.Body).toBe(body);
  expect(deadLetter.MessageAttributes?.[FAILURE_ATTRIBUTE]?.StringValue).toMatch(/^malformed: /);
  expect(cluster.calls.slice(calls)).toEqual([]);
});

test('a 503: a copy comes back long before SQS would deliver the original again', async () => {
  const { key } = cluster.tasks.create();
  cluster.settings.fault = (call) =>
    call.key === key && call.attempt === 1
      ? { kind: 'situation', situation: { is: 'exhausted', partition: '1' } }
      : undefined;
  await request(key);
  await eventually(() => expect(cluster.tasks.get(key)?.assignee).toBeNull());
  expect(callsOf(key)).toEqual([503, 204]);
});

test('the log is in the log group of the stack, without the password', async () => {
  const key = cluster.tasks.newKey();
  await request(key);
  const lines = await eventually(async () => {
    const written = await logLines();
    expect(written.some((line) => line.includes(key))).toBe(true);
    return written;
  });
  expect(lines.filter((line) => line.includes(PASSWORD))).toEqual([]);
});

test('the function writes the metrics that the alarms and the dashboard look at', async () => {
  const key = cluster.tasks.newKey();
  await request(key);
  await eventually(() => receiveDeadLetter(key));
  const lookedAt = (await metricsLookedAt()).filter((metric) => metric.startsWith('CamundaUnassign '));
  expect(lookedAt).not.toEqual([]);

  // one kind of dead letter stands for all
  const anyKind = (metric: string) => metric.replace(/kind=\S+/, 'kind');
  await eventually(async () => {
    const written = new Set((await logLines()).flatMap(metricsOfLine).map(anyKind));
    expect(lookedAt.map(anyKind).filter((metric) => !written.has(metric))).toEqual([]);
  });
});

async function logLines(): Promise<string[]> {
  const logGroupName = deployed.resources.get('UnassignLogGroup')?.physicalId;
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.flatMap(({ message = '' }) => message.split('\n'));
}

async function metricsLookedAt(): Promise<string[]> {
  const { MetricAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: 'camunda-unassign-messages-' }),
  );
  const DashboardName = deployed.resources.get('Dashboard')?.physicalId;
  const { DashboardBody = '' } = await cloudwatch.send(new GetDashboardCommand({ DashboardName }));
  const alarms = [...MetricAlarms, ...mathAlarms(deployed.template)];
  return [...alarms.flatMap(metricsOfAlarm), ...metricsOfDashboard(DashboardBody)];
}

async function request(userTaskKey: string): Promise<void> {
  await producer.send(
    new SendMessageCommand({
      QueueUrl: found['queue-url'],
      MessageBody: JSON.stringify({ userTaskKey }),
      MessageAttributes: { origin: { DataType: 'String', StringValue: 'test' } },
    }),
  );
}

/** The statuses that calls for this task were answered with. */
function callsOf(key: string): (number | undefined)[] {
  return cluster.calls.filter((call) => call.key === key).map(({ status }) => status);
}

/** The dead letter whose body has that text; those before it stay hidden. */
async function receiveDeadLetter(text: string): Promise<Message> {
  const { Messages = [] } = await operator.send(
    new ReceiveMessageCommand({
      QueueUrl: found['dead-letter-queue-url'],
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 1,
      MessageAttributeNames: ['All'],
    }),
  );
  const message = Messages.find(({ Body = '' }) => Body.includes(text));
  if (message === undefined) throw new Error(`no dead letter with ${text}`);
  return message;
}

/** How many messages there are, whether visible, hidden or delayed. */
async function count(place: 'queue-url' | 'dead-letter-queue-url'): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: found[place], AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
    Number(Attributes.ApproximateNumberOfMessagesDelayed)
  );
}
