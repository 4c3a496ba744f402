// Settlement, SDK and connections together, over real HTTP, against an SQS that takes its time.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createSettlement } from '../../../../functions/unassign/sending/settlement.ts';
import { createSend } from '../../../../functions/unassign/sending/sqs.ts';
import { createSqsRequestHandler } from '../../../../functions/unassign/sending/sqs-requests.ts';
import { afterSent, journey, message } from '../../../support/messages.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** As the function has it. */
const ATTEMPT_TIMEOUT_MS = 2_500;

/** An SQS that takes everything and says so after a while; `taken` has every body as often as it was sent. */
async function startSlowSqs(afterMs: number) {
  const taken: string[] = [];
  const server = createServer(async (request, response) => {
    const { Entries } = (await json(request)) as { Entries: { Id: string; MessageBody: string }[] };
    taken.push(...Entries.map(({ MessageBody }) => MessageBody));
    await setTimeout(afterMs);
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    response.end(JSON.stringify({ Successful }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { taken, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('copies that have to be sent all at once are each sent once, however long they wait for their turn', async () => {
  const sqs = await startSlowSqs(700);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url);
  const requestHandler = createSqsRequestHandler(ATTEMPT_TIMEOUT_MS, Date.now);
  onTestFinished(() => requestHandler.destroy());
  const settlement = createSettlement(
    {
      send: createSend(requestHandler),
      prepareSend: () => {},
      queueUrl: `${sqs.url}/000000000000/queue`,
      deadLetterQueueUrl: `${sqs.url}/000000000000/dead-letters`,
      now: Date.now,
      random: Math.random,
      pause: () => setTimeout(0),
    },
    new AbortController(),
  );
  const bodies = Array.from({ length: 2_500 }, (_, index) => `body ${index}`);
  const settling = bodies.map((body) =>
    settlement.settle(message({ body }), {
      type: 'requeue',
      delaySeconds: 3,
      journey: journey({ attempts: 1, firstTriedAt: afterSent(1) }),
    }),
  );
  await settlement.flush();
  const results = await Promise.all(settling);
  expect({
    errors: new Set(results.map(({ sendError }) => sendError)),
    taken: sqs.taken.sort(),
  }).toEqual({ errors: new Set([undefined]), taken: bodies.sort() });
});
