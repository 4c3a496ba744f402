// Requests as the tests of `enqueue` write them, and what SQS was sent of them.
import type { SentEntry, SqsTap } from '../../support/sqs-tap.ts';

export const A = '2251799813685249';
export const B = '2251799813685250';
export const C = '2251799813685251';

/** The keys from 1 to that number. */
export function keysTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

/** The body of a request that has nothing but a key. */
export function bodyOf(userTaskKey: string): string {
  return JSON.stringify({ userTaskKey });
}

/** The key in a body. */
export function keyIn(body: string): string {
  return JSON.parse(body).userTaskKey;
}

/** The values of JSON lines. */
export function jsonLines(text: string) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Bodies in the order of their keys: batches under way at once may overtake each other. */
export function bodiesSent(tap: SqsTap): string[] {
  return tap
    .sentTo(tap.queueUrl)
    .map(({ MessageBody }) => MessageBody)
    .sort();
}

/** Makes SQS refuse the messages with these keys. */
export function refuse(tap: SqsTap, refused: readonly string[]): void {
  tap.fault = ({ entries }) => {
    const isRefused = ({ MessageBody }: SentEntry) => refused.includes(keyIn(MessageBody));
    const ids = entries.filter(isRefused).map(({ Id }) => Id);
    if (ids.length === 0) return undefined;
    return { kind: 'failed-entries', ids, code: 'InvalidMessageContents', senderFault: true };
  };
}

/** The options that name the queue behind a tap to a command that runs in the test's own process. */
export function localArgs({ queueUrl }: SqsTap): string[] {
  return ['--local', '--port', new URL(queueUrl).port];
}
