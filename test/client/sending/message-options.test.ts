import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JOURNEY_TEXT } from '../../../client/contract/journey.ts';
import { type AttributeInput, readOptions } from '../../../client/sending/message-options.ts';
import type { DeadLetterJourney } from '../../../functions/unassign/decision/outcome.ts';
import { deadLetterCopy, requeueCopy } from '../../../functions/unassign/sending/copy.ts';
import { sqsViolations } from '../../support/sqs-rules.ts';

/** Three bytes of UTF-8 for one character: the longest that a journey can be. */
const longest = (length: number) => '✓'.repeat(length);

const NOW = '2026-11-23T10:00:00.000Z';
const JOURNEY: DeadLetterJourney = {
  attempts: 1_000_000,
  firstTriedAt: NOW,
  firstSentAt: NOW,
  firstMessageId: longest(JOURNEY_TEXT.messageId),
  senderId: longest(JOURNEY_TEXT.senderId),
  lastStatus: 409,
  lastTitle: longest(JOURNEY_TEXT.title),
  lastDetail: longest(JOURNEY_TEXT.detail),
  kind: 'unavailable-too-long',
  reason: longest(JOURNEY_TEXT.reason),
  failedAt: NOW,
};

function copies(attributes: Readonly<Record<string, AttributeInput>>) {
  const read = readOptions({ attributes }, undefined);
  if (!read.ok) return read.problems;
  const message = {
    messageId: 'm',
    body: JSON.stringify({
      userTaskKey: '9223372036854775807',
      expiresAt: '2026-11-23T10:00:00.000000000+14:00',
      expectedAssignee: longest(256),
    }),
    sentAt: 0,
    receiveCount: 1,
    attributes: read.template.message.attributes,
    traceHeader: undefined,
    messageGroupId: undefined,
    journey: JOURNEY,
    senderId: undefined,
    unreadable: undefined,
    request: { malformed: '' },
  };
  return [deadLetterCopy(message, JOURNEY), requeueCopy(message, JOURNEY, 0)];
}

/** Whether every attempt, its memory and its end fit beside the attributes, with nothing left out. */
function isWhole(copy: ReturnType<typeof copies>[number]): boolean {
  if (typeof copy !== 'object') return false;
  const journey = copy.entry.MessageAttributes?.['UnassignJourney']?.StringValue ?? '{}';
  return (
    JSON.parse(journey).lastDetail === JOURNEY.lastDetail &&
    sqsViolations([{ Id: '0', ...copy.entry }]).length === 0
  );
}

describe('attributes that are accepted', () => {
  it('leave room for the longest journey and reason, however large they are', () => {
    const value = fc.oneof(
      fc.integer({ min: 1, max: 400_000 }).map((length) => '"'.repeat(length)),
      fc.integer({ min: 1, max: 400_000 }).map((length) => new Uint8Array(length)),
      fc.constant('x'),
    );
    const attributes = fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), value, { maxKeys: 10 });
    fc.assert(
      fc.property(attributes, (record) => {
        const made = copies(record);
        fc.pre(typeof made[0] !== 'string');
        expect(made.map(isWhole)).toEqual([true, true]);
      }),
      { numRuns: 100 },
    );
  });

  it('may be ten, up to what the function can still carry', () => {
    const ten = (bytes: number) =>
      Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, 'x'.repeat(bytes)]));
    expect({ fits: copies(ten(103_000)).map(isWhole), tooMuch: copies(ten(103_300)) }).toEqual({
      fits: [true, true],
      tooMuch: [expect.stringMatching(/^attributes: expected at most 1032192 bytes/)],
    });
  });

  it('are counted as a dead letter carries them: two of ten as JSON inside the journey', () => {
    const large = Array.from({ length: 8 }, (_, index) => [`a${index}`, 'x'.repeat(115_000)]);
    const small = (value: string) => ['b', 'c'].map((name) => [name, value.repeat(50_000)]);
    expect({
      plain: copies(Object.fromEntries([...large, ...small('x')])).map(isWhole),
      escaped: copies(Object.fromEntries([...large, ...small('"')])),
    }).toEqual({
      plain: [true, true],
      escaped: [expect.stringMatching(/^attributes: expected at most 1032192 bytes/)],
    });
  });
});
