import dns from 'node:dns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../../cli/local-queues.ts';
import { REQUEST_HANDLER } from '../../../client/sqs/timeouts.ts';
import { CAN_BE_SLOW, lookUp, startSlowAddress } from '../../support/slow-address.ts';
import { startTappedQueue } from '../sending/tapped-queue.ts';

it.runIf(CAN_BE_SLOW)(
  'a host is reached over the address that answers after a second, where its other one has no route',
  async () => {
    const { direct } = await startTappedQueue();
    const slow = await startSlowAddress(Number(new URL(direct.queueUrl).port));
    vi.spyOn(dns, 'lookup').mockImplementation(lookUp as typeof dns.lookup);
    onTestFinished(() => void vi.restoreAllMocks());
    const sqs = new SQSClient({
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
      endpoint: `http://sqs.test:${slow.port}`,
      maxAttempts: 1,
      requestHandler: REQUEST_HANDLER,
    });
    onTestFinished(() => sqs.destroy());
    const [{ QueueUrls }] = await Promise.all([sqs.send(new ListQueuesCommand()), slow.openOnceTried()]);
    expect(QueueUrls).toHaveLength(2);
  },
);
