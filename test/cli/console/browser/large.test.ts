// A hundred thousand messages: the document holds those that can be seen, and the others are where one scrolls to.
import { randomUUID } from 'node:crypto';
import type { Message } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import {
  burials,
  createStages,
  type DeadLetterStage,
} from '../../../client/dead-letters/dead-letter-stage.ts';
import { openPage, settled, startTestConsole } from './console-page.ts';

const COUNT = 100_000;

const startStage = createStages();

/** Lets a queue answer with so many dead letters, once each, without a network in between. */
function fill(stage: DeadLetterStage, count: number): void {
  const waiting: Message[] = burials(count).map(({ MessageBody = '', MessageAttributes }) => ({
    MessageId: randomUUID(),
    ReceiptHandle: randomUUID(),
    Body: MessageBody,
    Attributes: { SentTimestamp: String(Date.now()), SenderId: 'AROAEXAMPLE:function' },
    ...(MessageAttributes === undefined ? {} : { MessageAttributes }),
  }));
  const answers: Readonly<Record<string, () => object>> = {
    GetQueueAttributes: () => ({
      Attributes: {
        ApproximateNumberOfMessages: String(waiting.length),
        ApproximateNumberOfMessagesNotVisible: '0',
        ApproximateNumberOfMessagesDelayed: '0',
        MessageRetentionPeriod: '1209600',
      },
    }),
    ReceiveMessage: () => ({ Messages: waiting.splice(-10) }),
  };
  stage.play = async ({ name, input }) => {
    const { Entries = [] } = input as { Entries?: readonly { Id: string }[] };
    return answers[name]?.() ?? { Successful: Entries.map(({ Id }) => ({ Id })) };
  };
}

it('the table has all, the document has few', { timeout: 400_000 }, async () => {
  const { stage } = await startStage([]);
  fill(stage, COUNT);
  const running = await startTestConsole(stage);
  const { page, show } = await openPage(running);
  running.look();
  await page.getByText('Saw 100,000 of about 100,000').waitFor({ timeout: 300_000 });
  await show('#/messages');
  const grid = page.getByRole('grid', { name: 'Messages' });
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(COUNT + 1));
  const most = { rows: 0, elements: 0 };
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    await page.locator('.rows').evaluate((rows, part) => rows.scrollTo(0, rows.scrollHeight * part), share);
    await settled(page);
    const [rows, elements] = await page.evaluate(() => [
      document.querySelectorAll('[data-row]').length,
      document.querySelectorAll('*').length,
    ]);
    most.rows = Math.max(most.rows, rows ?? 0);
    most.elements = Math.max(most.elements, elements ?? 0);
  }
  expect(most.rows).toBeLessThan(80);
  expect(most.elements).toBeLessThan(2_500);
  await page.locator(`[data-row="${COUNT - 1}"]`).waitFor();
});
