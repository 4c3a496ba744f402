// Two stages beside each other through the life of a deployment: paused, resumed, removed, deployed again.
import { ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILURE_ATTRIBUTE } from '../../client/contract/journey.ts';
import { type StandInCluster, startStandInCluster } from '../../infra/local/stand-in/cluster.ts';
import { eventually } from '../infra/local/eventually.ts';
import { lambda, sqs } from './aws.ts';
import {
  type Deployment,
  deploy,
  isDeployed,
  type Places,
  places,
  remove,
  switchEventSource,
} from './deployment.ts';

/** A stage with a cluster of its own. */
interface Lane {
  readonly stage: string;
  readonly cluster: StandInCluster;
  deployment: Deployment;
  found: Places;
}

let one: Lane;
let other: Lane;

beforeAll(async () => {
  [one, other] = await Promise.all([lane('one'), lane('other')]);
});

afterAll(() => Promise.all([one?.cluster.close(), other?.cluster.close()]));

test('two stages share no resource', () => {
  const physicalIds = ({ deployment }: Lane) =>
    Array.from(deployment.resources.values(), ({ type, physicalId }) => `${type} ${physicalId}`);
  expect(physicalIds(one).filter((id) => physicalIds(other).includes(id))).toEqual([]);
  expect(physicalIds(one)).not.toEqual([]);
});

test('a request is carried out by the stage that it was sent to, and by no other', async () => {
  const key = await sendRequest(one);
  await expectUnassigned(one, key);
  expect(other.cluster.calls.filter((call) => call.key === key)).toEqual([]);
});

test('paused: requests wait, and the other stage goes on', async () => {
  expect(await switchEventSource('pause', 'one')).toMatch(/after: {2}Disabled/);
  expect(await mappingState('one')).toEqual(['Disabled']);

  const waiting = await sendRequest(one);
  // sent later and carried out: an event source that still polled would have had the first one by now
  await expectUnassigned(other, await sendRequest(other));
  expect(one.cluster.calls.filter((call) => call.key === waiting)).toEqual([]);
  expect(await visible(one.found['queue-url'])).toBe(1);

  expect(await switchEventSource('resume', 'one')).toMatch(/after: {2}Enabled/);
  await expectUnassigned(one, waiting);
});

test('deployed again without a change: the same queues, and requests are carried out', async () => {
  const before = one.found;
  await redeploy(one);
  expect(one.found).toEqual(before);
  await expectUnassigned(one, await sendRequest(one));
});

test('removed: the queues stay with their messages and policies; the rest of the stage goes', async () => {
  const { found } = one;
  await send(one, JSON.stringify({ userTaskKey: 'no key' }));
  await eventually(async () => expect(await visible(found['dead-letter-queue-url'])).toBe(1));
  await switchEventSource('pause', 'one');
  const waiting = await sendRequest(one);
  const policies = await Promise.all([
    policyOf(found['queue-url']),
    policyOf(found['dead-letter-queue-url']),
  ]);

  await remove(one.deployment);

  expect(await isDeployed('one')).toBe(false);
  expect(await places('one')).toEqual({});
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  expect(Functions.map(({ FunctionName }) => FunctionName)).not.toContain('camunda-unassign-one-unassign');
  expect(await receive(found['queue-url'])).toMatchObject([
    { Body: JSON.stringify({ userTaskKey: waiting }) },
  ]);
  expect(await receive(found['dead-letter-queue-url'])).toMatchObject([
    { MessageAttributes: { [FAILURE_ATTRIBUTE]: { StringValue: expect.stringMatching(/^malformed: /) } } },
  ]);
  expect(policies.join()).toContain('aws:SecureTransport');
  expect(await Promise.all([policyOf(found['queue-url']), policyOf(found['dead-letter-queue-url'])])).toEqual(
    policies,
  );
});

test('the other stage does not notice', async () => {
  expect(await places('other')).toEqual(other.found);
  await expectUnassigned(other, await sendRequest(other));
});

test('deployed again after it was removed: new queues where services look for them, and they work', async () => {
  const before = one.found;
  await redeploy(one);
  expect(Object.keys(one.found).sort()).toEqual(Object.keys(before).sort());
  // the dead-letter queue's name: see limits.ts
  expect(one.found['queue-url']).not.toBe(before['queue-url']);
  expect(one.found['queue-arn']).not.toBe(before['queue-arn']);
  await expectUnassigned(one, await sendRequest(one));
});

async function lane(stage: string): Promise<Lane> {
  const cluster = await startStandInCluster();
  const deployment = await deploy(stage, { camundaRestAddress: cluster.url });
  return { stage, cluster, deployment, found: await places(stage) };
}

async function redeploy(lane: Lane): Promise<void> {
  lane.deployment = await deploy(lane.stage, { camundaRestAddress: lane.cluster.url });
  lane.found = await places(lane.stage);
}

/** Asks to unassign a task that is there; returns its key. */
async function sendRequest(lane: Lane): Promise<string> {
  const { key } = lane.cluster.tasks.create();
  await send(lane, JSON.stringify({ userTaskKey: key }));
  return key;
}

async function send({ found }: Lane, body: string): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: found['queue-url'], MessageBody: body }));
}

function expectUnassigned({ cluster }: Lane, key: string): Promise<void> {
  return eventually(() => expect(cluster.tasks.get(key)?.assignee).toBeNull());
}

async function mappingState(stage: string): Promise<(string | undefined)[]> {
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: `camunda-unassign-${stage}-unassign` }),
  );
  return EventSourceMappings.map(({ State }) => State);
}

async function attributes(queueUrl: string | undefined): Promise<Partial<Record<string, string>>> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return Attributes;
}

async function policyOf(queueUrl: string | undefined): Promise<string | undefined> {
  return (await attributes(queueUrl))['Policy'];
}

async function visible(queueUrl: string | undefined): Promise<number> {
  return Number((await attributes(queueUrl))['ApproximateNumberOfMessages']);
}

async function receive(queueUrl: string | undefined) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}
