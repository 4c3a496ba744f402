// Where a redrive may go: as people run it, over the embedded SQS.
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import { startParameterStore } from '../../client/sending/parameter-store.ts';
import { runHere } from '../support/binary.ts';

const BODY = JSON.stringify({ userTaskKey: '2251799813685249' });

/** An SQS with one dead letter. */
async function withDeadLetter(): Promise<EmbeddedSqs> {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());
  await sqs.client.send(new SendMessageCommand({ QueueUrl: sqs.deadLetterQueueUrl, MessageBody: BODY }));
  return sqs;
}

async function anotherQueue(
  { client }: EmbeddedSqs,
  Attributes: Record<string, string> = {},
): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'another', Attributes }));
  return QueueUrl;
}

function redrive({ deadLetterQueueUrl }: EmbeddedSqs, queueUrl: string, ...more: string[]) {
  const queues = ['--dead-letter-queue-url', deadLetterQueueUrl, '--queue-url', queueUrl];
  return runHere(['dead-letters', 'redrive', ...queues, '--all', '--yes', ...more]);
}

describe('a redrive', () => {
  it('goes to the queue whose dead-letter queue this is', async () => {
    const sqs = await withDeadLetter();
    expect(await redrive(sqs, sqs.queueUrl)).toMatchObject({ code: 0 });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['has none', {}, /: it has no dead-letter queue\. Check the two queues; --force-destination/],
    [
      'has another',
      {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:unassign',
          maxReceiveCount: 3,
        }),
      },
      /: its dead-letter queue is arn:aws:sqs:us-east-1:123456789012:unassign\. Check the two queues/,
    ],
  ])('does not go to a queue that %s, unless it is forced to', async (_, attributes, problem) => {
    const sqs = await withDeadLetter();
    const queueUrl = await anotherQueue(sqs, attributes);
    const { code, stderr } = await redrive(sqs, queueUrl);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(problem) });
    expect(await redrive(sqs, queueUrl, '--force-destination')).toMatchObject({ code: 0 });
  });
});

describe('the queues of a stage', () => {
  it.each([
    ['a foreign host', 'https://queues.example.org/123456789012/x'],
    ['no TLS', 'http://sqs.eu-west-1.amazonaws.com/123456789012/x'],
    ['a terminal escape', 'https://sqs.eu-west-1.amazonaws.com/123456789012/x\u001b[2J'],
  ])('are not believed with %s', async (_, url) => {
    const endpoint = await startParameterStore({ '/camunda-unassign/prod/dead-letter-queue-url': url });
    const environment = { AWS_ENDPOINT_URL_SSM: endpoint };
    const { code, stderr } = await runHere(['dead-letters', 'list', '--stage', 'prod'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The SSM parameter .*dead-letter-queue-url: expected /);
    expect(stderr).not.toContain('\u001b');
  });

  it('are not believed in two accounts', async () => {
    const endpoint = await startParameterStore({
      '/camunda-unassign/prod/dead-letter-queue-url': 'https://sqs.eu-west-1.amazonaws.com/123456789012/x',
      '/camunda-unassign/prod/queue-url': 'https://sqs.eu-west-1.amazonaws.com/999999999999/x',
    });
    const environment = { AWS_ENDPOINT_URL_SSM: endpoint };
    const { code, stderr } = await runHere(['dead-letters', 'redrive', '--stage', 'prod', '--all'], {
      environment,
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'The queue of stage prod is in another AWS account than the dead-letter queue: nothing was sent.\n',
    });
  });
});
