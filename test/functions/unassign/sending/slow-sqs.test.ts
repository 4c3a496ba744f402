// Settlement, SDK and connections together, over real HTTP, against an SQS that takes its time: how many sends are begun.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { MAX_ENTRIES } from '../../../../client/sqs/limits.ts';
import { createSettlement, SENDS_AT_ONCE } from '../../../../functions/unassign/sending/settlement.ts';
import { createSend } from '../../../../functions/unassign/sending/sqs.ts';
import { createSqsRequestHandler } from '../../../../functions/unassign/sending/sqs-requests.ts';
import { afterSent, journey, message } from '../../../support/messages.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Whatever the machine is busy with. That a send's time counts from its connection is in exchange.test.ts. */
const ATTEMPT_TIMEOUT_MS = 600_000;

const BODIES = Array.from({ length: 1_000 }, (_, index) => `body ${index}`);
const SENDS = BODIES.length / MAX_ENTRIES;

/** An SQS that holds its answers back; `taken` has every body as often as it was sent. */
async function startHoldingSqs() {
  const taken: string[] = [];
  const held: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const { Entries } = (await json(request)) as { Entries: { Id: string; MessageBody: string }[] };
    taken.push(...Entries.map(({ MessageBody }) => MessageBody));
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    held.push(() => response.end(JSON.stringify({ Successful })));
    server.emit('held');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    taken,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Resolves when so many wait for their answers. */
    async whenHeld(count: number) {
      while (held.length < count) await once(server, 'held');
    },
    /** Answers the one that has waited for longest. */
    release: () => held.shift()?.(),
  };
}

it('no copy waits for a connection while its time runs: as many sends are begun as there are connections', async () => {
  const sqs = await startHoldingSqs();
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url);
  const requestHandler = createSqsRequestHandler(ATTEMPT_TIMEOUT_MS, Date.now);
  onTestFinished(() => requestHandler.destroy());
  const send = vi.fn(createSend(requestHandler));
  const settlement = createSettlement(
    {
      send,
      prepareSend: () => {},
      queueUrl: `${sqs.url}/000000000000/queue`,
      deadLetterQueueUrl: `${sqs.url}/000000000000/dead-letters`,
      now: Date.now,
      random: Math.random,
      pause: () => setImmediate(),
    },
    new AbortController(),
  );
  const settling = BODIES.map((body) =>
    settlement.settle(message({ body }), {
      type: 'requeue',
      delaySeconds: 3,
      journey: journey({ attempts: 1, firstTriedAt: afterSent(1) }),
    }),
  );
  for (let answered = 0; answered < SENDS; answered += 1) {
    const underWay = Math.min(SENDS_AT_ONCE, SENDS - answered);
    await sqs.whenHeld(underWay);
    expect(send.mock.calls.length - answered).toBe(underWay);
    sqs.release();
  }
  await settlement.flush();
  const results = await Promise.all(settling);
  expect({
    errors: new Set(results.map(({ sendError }) => sendError)),
    taken: sqs.taken.sort(),
  }).toEqual({ errors: new Set([undefined]), taken: [...BODIES].sort() });
});
