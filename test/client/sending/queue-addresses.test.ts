import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { SSMClientConfig } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import {
  findDeadLetterQueueUrl,
  findQueueUrl,
  type QueueLookup,
} from '../../../client/sending/queue-addresses.ts';
import { startParameterStore } from './parameter-store.ts';

const URL_1 = 'https://sqs.eu-central-1.amazonaws.com/123456789012/one';
const URL_2 = 'https://sqs.eu-central-1.amazonaws.com/123456789012/two';
const PROD = 'https://sqs.eu-central-1.amazonaws.com/123456789012/prod';
const PROD_DEAD = 'https://sqs.eu-central-1.amazonaws.com/123456789012/prod-dead-letters';

const PARAMETERS: Record<string, string> = {
  '/camunda-unassign/prod/queue-url': PROD,
  '/camunda-unassign/prod/dead-letter-queue-url': PROD_DEAD,
  '/camunda-unassign/odd/queue-url': 'not a URL',
};

async function ssm(
  error?: { status: number; type: string },
  connected?: (socket: Socket) => void,
): Promise<SSMClientConfig> {
  return {
    endpoint: await startParameterStore(PARAMETERS, { error, connected }),
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
}

describe('the queue', () => {
  it.each<[string, QueueLookup, string]>([
    [
      'the URL that is given',
      { url: URL_1, stage: 'prod', environment: { UNASSIGN_QUEUE_URL: URL_2 } },
      URL_1,
    ],
    ['the stage that is given', { stage: 'prod', environment: { UNASSIGN_QUEUE_URL: URL_2 } }, PROD],
    [
      'the URL of the environment',
      { environment: { UNASSIGN_QUEUE_URL: URL_2, UNASSIGN_STAGE: 'prod' } },
      URL_2,
    ],
    ['the stage of the environment', { environment: { UNASSIGN_STAGE: 'prod' } }, PROD],
  ])('is found by %s', async (_, lookup, url) => {
    expect(await findQueueUrl({ ...lookup, ssm: () => ssm() })).toBe(url);
  });

  it.each([
    ['found', undefined],
    ['not found', { status: 400, type: 'AccessDeniedException' }],
  ])('leaves no connection behind when it is %s', { timeout: 15_000 }, async (_, error) => {
    const sockets: Socket[] = [];
    const lookup = { stage: 'prod', ssm: () => ssm(error, (socket) => sockets.push(socket)) };
    await findQueueUrl(lookup).catch(() => undefined);
    expect(sockets).toHaveLength(1);
    for (const socket of sockets) if (!socket.destroyed) await once(socket, 'close');
  });

  it.each<[string, QueueLookup, RegExp]>([
    [
      'nothing says where it is',
      { environment: {} },
      /^nothing says where the queue is: .* UNASSIGN_QUEUE_URL nor UNASSIGN_STAGE is set\. .*\/camunda-unassign\/<stage>\/queue-url holds it$/,
    ],
    [
      'its URL is none',
      { url: 'unassign' },
      /^the queue's URL: expected a URL such as https:.*, got "unassign"$/,
    ],
    [
      'the environment’s URL is none',
      { environment: { UNASSIGN_QUEUE_URL: 'ftp://x' } },
      /^the environment variable UNASSIGN_QUEUE_URL: expected a URL .*, got "ftp:\/\/x"$/,
    ],
    ['it is a FIFO queue', { url: `${URL_1}.fifo` }, /is a FIFO queue, which takes no delay per message/],
    [
      'the stage could not have been deployed',
      { stage: '../x' },
      /^the stage: expected letters, .*, got "\.\.\/x"$/,
    ],
    [
      'nothing was deployed in that stage',
      { stage: 'test' },
      /SSM parameter \/camunda-unassign\/test\/queue-url in eu-central-1: ParameterNotFound.* Check the stage, the region and the account, or give the URL itself \(queueUrl, or UNASSIGN_QUEUE_URL\)$/,
    ],
    [
      'the parameter holds no URL',
      { stage: 'odd' },
      /^the SSM parameter \/camunda-unassign\/odd\/queue-url: expected a URL/,
    ],
  ])('is not found where %s', async (_, lookup, message) => {
    await expect(findQueueUrl({ ...lookup, ssm: () => ssm() })).rejects.toThrow(message);
  });

  it.each([
    ['AccessDeniedException', /Have ProducerPolicy or DeadLetterOperatorPolicy of the stack granted/],
    ['ExpiredTokenException', /Check the AWS credentials/],
    ['InternalServerError', /Check the region, the credentials and the network/],
  ])('is not found where the parameter cannot be read: %s', async (type, advice) => {
    const lookup = { stage: 'prod', ssm: () => ssm({ status: 400, type }) };
    await expect(findQueueUrl(lookup)).rejects.toThrow(advice);
  });
});

describe('the dead-letter queue', () => {
  it.each<[string, QueueLookup, string]>([
    ['a URL', { url: URL_1 }, URL_1],
    ['a stage', { stage: 'prod' }, PROD_DEAD],
    [
      'the environment',
      { environment: { UNASSIGN_QUEUE_URL: URL_1, UNASSIGN_DEAD_LETTER_QUEUE_URL: URL_2 } },
      URL_2,
    ],
  ])('is found by %s', async (_, lookup, url) => {
    expect(await findDeadLetterQueueUrl({ ...lookup, ssm: () => ssm() })).toBe(url);
  });

  it('is not found by what says where the queue is', async () => {
    const environment = { UNASSIGN_QUEUE_URL: URL_1 };
    await expect(findDeadLetterQueueUrl({ environment })).rejects.toThrow(
      /nothing says where the dead-letter queue is: .*UNASSIGN_DEAD_LETTER_QUEUE_URL/,
    );
  });
});

describe('a queue’s URL', () => {
  it.each([
    [{ url: null }, /^the queue's URL: expected a URL such as .*, got "null"$/],
    [{ url: 7 }, /^the queue's URL: .*, got "7"$/],
    [{ stage: null }, /^the stage: expected letters, digits and hyphens, .*, got "null"$/],
  ])('is not taken from %j, which JavaScript may pass', async (lookup, problem) => {
    await expect(findQueueUrl(lookup as object)).rejects.toThrow(problem);
  });
});
