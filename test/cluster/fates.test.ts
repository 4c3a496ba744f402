// What becomes of a message, by what the real cluster at CAMUNDA_REST_ADDRESS answers.
import { expect, inject, onTestFinished, test } from 'vitest';
import { createCluster } from '../../functions/unassign/cluster.ts';
import { createHttp } from '../../functions/unassign/http.ts';
import { type Access, claim, complete, makeTasks } from '../../infra/local/camunda/tasks.ts';
import { failureOf, journeyOf, only, SETTLED, secondsUntilReceived, setStage } from './stage.ts';

const given = inject('given');
const cluster: Access = { address: given.address };

test('204, and 204 again: acknowledged, and the task is without assignee', async () => {
  const key = await assignedTask();
  const stage = await setStage();
  const unassign = await stage.startFunction(given.address);

  for (const time of ['first', 'again']) {
    await stage.send(key);
    expect(await stage.deliver(await stage.receive(), unassign), time).toEqual(SETTLED);
    expect(await stage.counts(), time).toEqual({ queue: 0, deadLetters: 0 });
  }
  expect(await claim(cluster, key, 'somebody else')).toBe('claimed');
});

test('404 of an unknown key: dead letter with Camunda’s title and detail', async () => {
  await expectNotFound(keyOfPartition(1, 2n ** 50n));
});

test('404 of a completed task: dead letter with Camunda’s title and detail', async () => {
  const key = await assignedTask();
  await complete(cluster, key);
  await expectNotFound(key);
});

test('404 of a wrong base path: dead letter that says that no problem detail came', async () => {
  const key = await assignedTask();
  const stage = await setStage();
  await stage.send(key);
  const unassign = await stage.startFunction(`${given.address}/elsewhere`);

  expect(await stage.deliver(await stage.receive(), unassign)).toEqual(SETTLED);
  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 1 });
  const deadLetter = only(await stage.deadLetters());
  expect(failureOf(deadLetter)).toMatch(
    /^not-found: the 404 came without a problem detail.*CAMUNDA_REST_ADDRESS/,
  );
  expect(journeyOf(deadLetter)).toMatchObject({ kind: 'not-found', attempts: 1, lastStatus: 404 });
  expect(journeyOf(deadLetter)).not.toHaveProperty('lastTitle');
  expect(await claim(cluster, key, 'somebody else')).toBe('assigned to somebody else');
});

test('503 of a partition that is missing: requeued with a delay, and dead letter past the retry budget', async () => {
  const key = keyOfPartition(given.partitions + 1, 1n);
  const stage = await setStage();
  await stage.send(key);
  const original = await stage.receive();
  expect(await stage.deliver(original, await stage.startFunction(given.address))).toEqual(SETTLED);
  expect(await stage.counts()).toEqual({ queue: 1, deadLetters: 0 });

  const batch = await stage.receive();
  const copy = only(batch);
  expect(copy.body).toBe(only(original).body);
  expect(secondsUntilReceived(copy)).toBeGreaterThanOrEqual(1);
  const answer = {
    lastStatus: 503,
    lastTitle: 'io.camunda.zeebe.broker.client.api.PartitionNotFoundException',
    lastDetail: 'Expected to handle REST API request, but request could not be delivered',
  };
  const origin = { firstMessageId: only(original).messageId };
  expect(journeyOf(copy)).toMatchObject({ attempts: 1, ...origin, ...answer });
  expect(failureOf(copy)).toBeUndefined();

  const impatient = await stage.startFunction(given.address, { RETRY_FOR_SECONDS: '1' });
  expect(await stage.deliver(batch, impatient)).toEqual(SETTLED);
  await stage.deliverAll(impatient);
  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 1 });
  const deadLetter = only(await stage.deadLetters());
  expect(journeyOf(deadLetter)).toMatchObject({
    kind: 'unavailable-too-long',
    ...origin,
    ...answer,
  });
  expect(failureOf(deadLetter)).toMatch(
    /^unavailable-too-long: .*503 io\.camunda\..*PartitionNotFoundException: /,
  );
});

test('500 of paused processing: redelivered, and dead letter on the last receive', async () => {
  const key = await assignedTask();
  const stage = await setStage();
  await stage.send(key);
  const unassign = await stage.startFunction(given.address);

  await whileProcessingIsPaused(key, async () => {
    for (let receive = 1; receive < 5; receive++) {
      const batch = await stage.receive(1, 1);
      const { messageId, attributes } = only(batch);
      expect(attributes.ApproximateReceiveCount).toBe(String(receive));
      expect(await stage.deliver(batch, unassign)).toEqual({
        batchItemFailures: [{ itemIdentifier: messageId }],
      });
      expect(await stage.counts()).toEqual({ queue: 1, deadLetters: 0 });
    }
    expect(await stage.deliver(await stage.receive(), unassign)).toEqual(SETTLED);
  });

  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 1 });
  const deadLetter = only(await stage.deadLetters());
  expect(failureOf(deadLetter)).toMatch(
    /^failed-repeatedly: .*500 INTERNAL_ERROR: .*Processing paused for partition/,
  );
  expect(journeyOf(deadLetter)).toMatchObject({
    kind: 'failed-repeatedly',
    lastStatus: 500,
    lastTitle: 'INTERNAL_ERROR',
  });
  expect(await claim(cluster, key, 'somebody else')).toBe('assigned to somebody else');
});

test('a batch of several fates: each message meets its own', async () => {
  const [assigned, unknown, missing] = [
    await assignedTask(),
    keyOfPartition(1, 2n ** 50n),
    keyOfPartition(given.partitions + 1, 1n),
  ];
  const stage = await setStage();
  for (const key of [assigned, unknown, missing]) await stage.send(key);
  const batch = await stage.receive(3);

  expect(await stage.deliver(batch, await stage.startFunction(given.address))).toEqual(SETTLED);
  expect(await claim(cluster, assigned, 'somebody else')).toBe('claimed');
  expect(only(await stage.deadLetters()).body).toContain(unknown);
  expect(only(await stage.receive()).body).toContain(missing);
});

test('400: the client of the cluster brings Camunda’s title and detail', async () => {
  // through the function it is out of reach, since a key is checked before any call
  const http = createHttp(given.address, 1, Date.now);
  onTestFinished(() => http.destroy());
  const authorization = {
    access: async () =>
      ({ type: 'access', header: undefined, secrets: [], renewable: false, tls: {} }) as const,
    renew: async () => undefined,
    doubt() {},
  };
  const { unassign } = createCluster('/v2', { http, authorization, now: Date.now });

  expect(await unassign('9223372036854775808', 20_000)).toMatchObject({
    type: 'response',
    calls: 1,
    status: 400,
    problem: true,
    title: 'Bad Request',
    detail: "Failed to convert 'userTaskKey' with value: '9223372036854775808'",
  });
});

async function assignedTask(): Promise<string> {
  const [task] = await makeTasks(cluster, 1, { assignee: 'someone' });
  if (task === undefined) throw new Error('no task was made');
  return task.userTaskKey;
}

async function expectNotFound(key: string): Promise<void> {
  const stage = await setStage();
  const attributes = { correlation: { DataType: 'String', StringValue: 'order 17' } };
  await stage.send(key, attributes);
  const original = await stage.receive();

  expect(await stage.deliver(original, await stage.startFunction(given.address))).toEqual(SETTLED);
  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 1 });
  const deadLetter = only(await stage.deadLetters());
  const detail = `Command 'ASSIGN' rejected with code 'NOT_FOUND': Expected to assign user task with key '${key}', but no such user task was found`;
  expect(deadLetter.body).toBe(only(original).body);
  expect(deadLetter.messageAttributes['correlation']?.stringValue).toBe('order 17');
  expect(failureOf(deadLetter)).toBe(`not-found: 404 NOT_FOUND: ${detail}`);
  expect(journeyOf(deadLetter)).toMatchObject({
    kind: 'not-found',
    attempts: 1,
    firstMessageId: only(original).messageId,
    lastStatus: 404,
    lastTitle: 'NOT_FOUND',
    lastDetail: detail,
  });
}

/** Zeebe, Protocol.encodePartitionId: the partition is in the bits above the 51st. */
function keyOfPartition(partition: number, key: bigint): string {
  return String((BigInt(partition) << 51n) + key);
}

/** The cluster is as it was afterwards, also where `during` throws. */
async function whileProcessingIsPaused(key: string, during: () => Promise<void>): Promise<void> {
  const ask = (action: string) =>
    fetch(`${given.managementAddress}/actuator/partitions/${action}`, { method: 'POST' });
  const answered = async (isExpected: (status: number) => boolean) => {
    const probe = async () =>
      (
        await fetch(`${given.address}/v2/user-tasks/${key}/assignment`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ assignee: 'prober', allowOverride: false }),
        })
      ).status;
    while (!isExpected(await probe())) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  try {
    expect((await ask('pauseProcessing')).status).toBe(200);
    await answered((status) => status === 500);
    await during();
  } finally {
    await ask('resumeProcessing');
    await answered((status) => status !== 500);
  }
}
