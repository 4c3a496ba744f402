// Dead letters that are gathered: up to a bound, and exactly as they were.
import { randomBytes } from 'node:crypto';
import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import { createPortion, type HeldLetter } from '../../../client/dead-letters/portion.ts';

const held = (messageId: string, message: Message = {}): HeldLetter => ({
  letter: readDeadLetter({ MessageId: messageId, ...message }, 0),
  receipt: { messageId, receiptHandle: `handle of ${messageId}` },
});

/** What does not pack. */
const noise = (bytes: number) => randomBytes(bytes).toString('latin1');

/** More than two blocks of them. */
const MANY = 123;

describe('a portion', () => {
  it.each([
    ['as many as asked for', () => ({ Body: '' }), 20_000, 20_000],
    ['64 MiB of bodies', () => ({ Body: noise(1024 * 1024) }), Number.POSITIVE_INFINITY, 64],
    [
      '64 MiB of attributes',
      () => ({
        MessageAttributes: {
          a: { DataType: 'String', StringValue: noise(640 * 1024) },
          b: { DataType: 'Binary', BinaryValue: randomBytes(384 * 1024) },
        },
      }),
      Number.POSITIVE_INFINITY,
      64,
    ],
  ])('holds %s', (_, message, most, expected) => {
    const portion = createPortion(most);
    while (portion.add(held('1', message())));
    expect({ size: portion.size, isFull: portion.isFull }).toEqual({ size: expected, isFull: true });
  });

  it('hands each out as it was', () => {
    const portion = createPortion(MANY);
    const message: Message = {
      Body: 'a body of text — ✓',
      Attributes: { SentTimestamp: '1700000000000', MessageGroupId: 'tenant-a' },
      MessageAttributes: Object.fromEntries([
        ['text', { DataType: 'String', StringValue: 'x' }],
        ['bytes', { DataType: 'Binary.png', BinaryValue: new Uint8Array([0, 255, 1]) }],
        ['__proto__', { DataType: 'String' }],
      ]),
    };
    const all = Array.from({ length: MANY }, (_, index) =>
      held(`id-${index}`, { ...message, Body: `${message.Body} ${index}` }),
    );
    for (const one of all) portion.add(one);
    expect([...portion]).toEqual(all);
    expect([...portion.drain()]).toEqual(all);
  });

  it('forgets what it has handed out for good', () => {
    const portion = createPortion(MANY);
    for (let index = 0; index < MANY; index += 1) portion.add(held(`id-${index}`));
    expect([...portion.drain()]).toHaveLength(MANY);
    expect([...portion]).toEqual([]);
  });
});
