// The dead-letter queue as a table for people.
import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import Table from 'cli-table3';
import { FAILURE_ATTRIBUTE, JOURNEY_ATTRIBUTE, parseJourney } from '../../client/journey.ts';
import { oneLine } from '../../client/text.ts';

/** Everything that is on a queue and not hidden. When it returns, nothing is held back from other readers. */
export async function look(client: SQSClient, queueUrl: string): Promise<Message[]> {
  const seen: Message[] = [];
  try {
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 60,
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) return seen;
      seen.push(...Messages);
    }
  } finally {
    await release(client, queueUrl, seen);
  }
}

/**
 * One row a message.
 *
 * @param width of the whole table, in columns
 */
export function deadLetterTable(messages: readonly Message[], width: number): string {
  const fixed = { kind: 22, task: 22, calls: 7 };
  const why = Math.max(24, width - fixed.kind - fixed.task - fixed.calls - 5);
  const table = new Table({
    head: ['kind', 'task', 'calls', 'why'],
    colWidths: [fixed.kind, fixed.task, fixed.calls, why],
    colAligns: ['left', 'left', 'right', 'left'],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push(...messages.map(row));
  return table.toString();
}

/** What a body asks for, in a few characters: its key, or what there is instead. */
export function shortly(body: string): string {
  try {
    const key: unknown = JSON.parse(body).userTaskKey;
    if (typeof key === 'string' && key !== '') return oneLine(key, 20);
  } catch {
    // Not JSON: shown as it is.
  }
  return oneLine(body, 20);
}

function row(message: Message): string[] {
  const failure = message.MessageAttributes?.[FAILURE_ATTRIBUTE]?.StringValue;
  const journey = parseJourney(message.MessageAttributes?.[JOURNEY_ATTRIBUTE]?.StringValue ?? '');
  const task = shortly(message.Body ?? '');
  if (failure === undefined) {
    return ['', task, '', 'moved by SQS after too many receives: the function never ran or could not send'];
  }
  const [, kind = '', why = ''] = /^([\w-]+): (.*)$/.exec(oneLine(failure, 1024)) ?? ['', '', failure];
  return [kind, task, String(journey?.attempts ?? ''), why];
}

async function release(client: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += 10) {
    const Entries = messages.slice(start, start + 10).map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}
