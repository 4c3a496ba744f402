// What becomes of a message while a real cluster is under pressure, refuses the token or hangs. These tests bring
// about what they look at, so they have a cluster of their own.
import { expect, inject, type TestContext, test } from 'vitest';
import { AUDIENCE } from '../../infra/local/camunda/issuer.ts';
import { type Access, claim, makeTasks } from '../../infra/local/camunda/tasks.ts';
import type { OwnCluster } from './clusters.ts';
import { journeyOf, only, SETTLED, secondsUntilReceived, setStage } from './stage.ts';

const BATCH = 10;

test('429 of backpressure: requeued with a delay until the cluster takes it', async (context) => {
  const { gatewayAddress: address } = ownCluster(context);
  const [busy = '', ...keys] = await assignedTasks({ address }, BATCH + 1);
  const stage = await setStage();
  const unassign = await stage.startFunction(address);

  await whileUnderPressure(`${address}/v2/user-tasks/${busy}/assignee`, async () => {
    // once is nearly always enough
    do {
      for (const key of keys) await stage.send(key);
      expect(await stage.deliver(await stage.receive(BATCH), unassign)).toEqual(SETTLED);
    } while ((await stage.counts()).queue === 0);
  });

  const { queue: requeued } = await stage.counts();
  const batch = await stage.receive(requeued);
  for (const copy of batch) {
    expect(secondsUntilReceived(copy)).toBeGreaterThanOrEqual(1);
    expect(journeyOf(copy)).toMatchObject({
      lastStatus: 429,
      lastTitle: 'RESOURCE_EXHAUSTED',
      lastDetail: "Failed to write client request to partition '1', because the request limit is exhausted.",
    });
  }
  expect(await stage.deliver(batch, unassign)).toEqual(SETTLED);
  await stage.deliverAll(unassign);
  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 0 });
  for (const key of keys) expect(await claim({ address }, key, 'somebody else')).toBe('claimed');
});

test('401 of a token that is refused: one fresh token, then requeued; acknowledged with a good one', async (context) => {
  const { address, gatewayAddress, tokenEndpoint } = ownCluster(context);
  const [key = ''] = await assignedTasks({ address: gatewayAddress }, 1);
  const oauth = {
    CAMUNDA_AUTH_STRATEGY: 'OAUTH',
    CAMUNDA_OAUTH_URL: tokenEndpoint,
    CAMUNDA_CLIENT_ID: 'unassign',
    CAMUNDA_CLIENT_SECRET: 'unassign',
  };
  const stage = await setStage();
  await stage.send(key);
  const refused = await stage.startFunction(address, { ...oauth, CAMUNDA_TOKEN_AUDIENCE: 'another-api' });
  expect(await stage.deliver(await stage.receive(), refused)).toEqual(SETTLED);
  expect(await stage.counts()).toEqual({ queue: 1, deadLetters: 0 });

  const batch = await stage.receive();
  expect(secondsUntilReceived(only(batch))).toBeGreaterThanOrEqual(1);
  expect(journeyOf(only(batch))).toMatchObject({
    attempts: 2,
    lastStatus: 401,
    lastTitle: 'Unauthorized',
    lastDetail: 'the provided claims are invalid',
  });
  expect(await claim({ address: gatewayAddress }, key, 'somebody else')).toBe('assigned to somebody else');

  const accepted = await stage.startFunction(address, { ...oauth, CAMUNDA_TOKEN_AUDIENCE: AUDIENCE });
  expect(await stage.deliver(batch, accepted)).toEqual(SETTLED);
  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 0 });
  expect(await claim({ address: gatewayAddress }, key, 'somebody else')).toBe('claimed');
});

test('401 without a token: requeued after one call', async (context) => {
  const { address, gatewayAddress } = ownCluster(context);
  const [key = ''] = await assignedTasks({ address: gatewayAddress }, 1);
  const stage = await setStage();
  await stage.send(key);

  expect(await stage.deliver(await stage.receive(), await stage.startFunction(address))).toEqual(SETTLED);
  expect(await stage.counts()).toEqual({ queue: 1, deadLetters: 0 });
  expect(journeyOf(only(await stage.receive()))).toMatchObject({ attempts: 1, lastStatus: 401 });
});

test('504 of a broker that hangs: requeued with a delay, and acknowledged when it is back', async (context) => {
  const { gatewayAddress: address, brokerPid } = ownCluster(context);
  const [key = ''] = await assignedTasks({ address }, 1);
  const stage = await setStage();
  const unassign = await stage.startFunction(address);
  await stage.send(key);

  try {
    process.kill(brokerPid, 'SIGSTOP');
    expect(await stage.deliver(await stage.receive(), unassign)).toEqual(SETTLED);
    expect(await stage.counts()).toEqual({ queue: 1, deadLetters: 0 });
  } finally {
    process.kill(brokerPid, 'SIGCONT');
  }

  const batch = await stage.receive();
  expect(secondsUntilReceived(only(batch))).toBeGreaterThanOrEqual(1);
  expect(journeyOf(only(batch))).toMatchObject({
    attempts: 1,
    lastStatus: 504,
    lastTitle: 'java.util.concurrent.TimeoutException',
    lastDetail: 'Expected to handle REST API request, but request timed out between gateway and broker',
  });
  expect(await stage.deliver(batch, unassign)).toEqual(SETTLED);
  await stage.deliverAll(unassign);
  expect(await stage.counts()).toEqual({ queue: 0, deadLetters: 0 });
  expect(await claim({ address }, key, 'somebody else')).toBe('claimed');
});

function ownCluster(context: TestContext): OwnCluster {
  const own = inject('own');
  return 'missing' in own ? context.skip(own.missing) : own;
}

async function assignedTasks(cluster: Access, count: number): Promise<string[]> {
  return (await makeTasks(cluster, count)).map(({ userTaskKey }) => userTaskKey);
}

/** With so many callers a broker that takes one request at a time is hardly ever free. */
async function whileUnderPressure(url: string, during: () => Promise<void>): Promise<void> {
  let over = false;
  const callAgainAndAgain = async () => {
    while (!over) await (await fetch(url, { method: 'DELETE' })).text();
  };
  const callers = Array.from({ length: 16 }, callAgainAndAgain);
  try {
    await during();
  } finally {
    over = true;
    await Promise.all(callers);
  }
}
