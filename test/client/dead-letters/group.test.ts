import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBody } from '../../../client/contract/request.ts';
import {
  groupDeadLetters,
  groupIdOf,
  patternOf,
  patternOfReason,
} from '../../../client/dead-letters/group.ts';
import type { DeadLetterSummary } from '../../../client/dead-letters/index.ts';

describe('a pattern', () => {
  it.each([
    [
      "Expected to assign user task with key '2251799813685249', but no such user task was found",
      "Expected to assign user task with key '#', but no such user task was found",
    ],
    [
      "Command 'ASSIGN' rejected with code 'INVALID_STATE': key '1', but it is in state 'ASSIGNING'",
      "Command 'ASSIGN' rejected with code 'INVALID_STATE': key '#', but it is in state 'ASSIGNING'",
    ],
    [
      "user 'anna' may not update task of process 'invoice-v2'",
      "user '…' may not update task of process '…'",
    ],
    ['unknown field "assignee"', 'unknown field "…"'],
    ['expiresAt 2026-11-23T12:00:00Z has passed', 'expiresAt # has passed'],
    ['expiresAt 2026-11-23T12:00:00.123+01:00 has passed', 'expiresAt # has passed'],
    ['request 5fea7756-0ea4-451a-a703-a558b933e274 of trace 4bf92f3577b34da6', 'request # of trace #'],
    ['after 1,204.5 ms at 10.0.0.7:8080', 'after # ms at #:#'],
    ['a facade of deadbeef', 'a facade of deadbeef'],
    ['', ''],
  ])('of %j', (text, pattern) => {
    expect(patternOf(text)).toBe(pattern);
  });

  it('is the same for every key', () => {
    const detail = (key: bigint) => `Expected to assign user task with key '${key}', but it is gone`;
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (key) => {
        expect(patternOf(detail(key))).toBe("Expected to assign user task with key '#', but it is gone");
      }),
    );
  });

  it.each(["'", '"a', '1,', '12345678-', 'deadbee1', '`', 'a', '1'])(
    'takes time in proportion to the text, also of many %j',
    (unit) => {
      const startedAt = performance.now();
      patternOf(unit.repeat(100_000));
      // A tenth of a second. In proportion to the square of it, it would take half a minute and more.
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
  );
});

describe('the pattern of a reason', () => {
  const expectedKey =
    'expected a string of 1 to 19 digits (0 to 9) without a leading zero, from 1 to 9223372036854775807';

  it.each([
    [
      `userTaskKey: ${expectedKey}, got the number 7 (a JSON number loses digits above 2^53-1: send the key as a string)`,
      `userTaskKey: ${expectedKey}, got the number # (a JSON number loses digits above 2^53-1: send the key as a string)`,
    ],
    [
      `userTaskKey: ${expectedKey}, got the string "12a"; unknown field "x7": expected userTaskKey and, optionally, expiresAt and expectedAssignee`,
      `userTaskKey: ${expectedKey}, got the string "…"; unknown field "…": expected userTaskKey and, optionally, expiresAt and expectedAssignee`,
    ],
    ['body: expected at most 16384 bytes, got 20000', 'body: expected at most 16384 bytes, got #'],
    ['gave up after receive 5', 'gave up after receive #'],
    ['still unavailable 86400 s after the first call', 'still unavailable # s after the first call'],
    ['expiresAt 2026-11-23T12:00:00Z has passed', 'expiresAt # has passed'],
  ])('%s', (reason, pattern) => {
    expect(patternOfReason(reason)).toBe(pattern);
  });

  it('is the same for the reason of every number in place of a key', () => {
    const reasonOf = (body: string) => {
      const parsed = parseBody(body);
      return parsed.ok ? '' : parsed.reason;
    };
    fc.assert(
      fc.property(fc.nat(), (number) => {
        const pattern = patternOfReason(reasonOf(`{"userTaskKey":${number}}`));
        expect(pattern).toBe(patternOfReason(reasonOf('{"userTaskKey":1}')));
        expect(pattern).toContain(expectedKey);
      }),
    );
  });
});

function letter(wish: Partial<DeadLetterSummary>): DeadLetterSummary {
  return {
    messageId: 'm',
    userTaskKey: null,
    kind: 'not-found',
    status: 404,
    title: 'NOT_FOUND',
    detail: "no task '1'",
    reason: null,
    attempts: 1,
    sender: null,
    firstSentAt: '2026-11-23T12:00:00.000Z',
    redriven: 0,
    redrivenAt: null,
    failedAt: '2026-11-23T12:00:00.000Z',
    expiresAt: null,
    wouldReturn: null,
    lostAttributes: [],
    ...wish,
  };
}

describe('groups', () => {
  it('count, know their oldest and newest, and show the newest as the example', () => {
    const [group, ...others] = groupDeadLetters([
      letter({ messageId: 'b', failedAt: '2026-11-23T12:00:02.000Z', detail: "no task '2'" }),
      letter({
        messageId: 'c',
        failedAt: '2026-11-23T12:00:03.000Z',
        detail: "no task '3'",
        userTaskKey: '3',
      }),
      letter({ messageId: 'a', failedAt: '2026-11-23T12:00:01.000Z' }),
    ]);
    expect(others).toEqual([]);
    expect(group).toEqual({
      // As it was computed when ids came; people may have written it down.
      id: '02b444ca',
      kind: 'not-found',
      status: 404,
      title: 'NOT_FOUND',
      pattern: "no task '#'",
      count: 3,
      oldest: '2026-11-23T12:00:01.000Z',
      newest: '2026-11-23T12:00:03.000Z',
      senders: [{ sender: null, count: 3 }],
      redriven: 0,
      advice: 'Usually nothing: a task that is over has no assignee to take away. Discard it.',
      example: { messageId: 'c', userTaskKey: '3' },
    });
  });

  it('have an id that no number, key or name changes', () => {
    const ids = groupDeadLetters([
      letter({ detail: "no task '1' of 'anna'" }),
      letter({ detail: 'other' }),
    ]).map(({ id }) => id);
    const [later] = groupDeadLetters([letter({ detail: "no task '99' of 'bert'", messageId: 'z' })]);
    expect(ids).toContain(later?.id);
    expect(new Set(ids).size).toBe(2);
    expect(
      groupIdOf({ kind: 'not-found', status: 404, title: 'NOT_FOUND', reason: undefined, detail: 'other' }),
    ).toBe(ids.find((id) => id !== later?.id));
  });

  it('say who sent them, the most frequent first, and no more than five', () => {
    const senders = ['b', 'a', 'b', 'c', 'd', 'e', 'f', 'b', 'a'];
    const [group] = groupDeadLetters(senders.map((sender) => letter({ sender })));
    expect(group?.senders).toHaveLength(5);
    expect(group?.senders.slice(0, 2)).toEqual([
      { sender: 'b', count: 3 },
      { sender: 'a', count: 2 },
    ]);
  });

  it('say how many have been redriven before', () => {
    const [group] = groupDeadLetters([letter({ redriven: 2 }), letter({}), letter({ redriven: 1 })]);
    expect(group?.redriven).toBe(2);
  });

  it.each<[string, Partial<DeadLetterSummary>]>([
    ['kind', { kind: 'rejected' }],
    ['status', { status: 503 }],
    ['title', { title: 'OTHER' }],
    ['detail', { detail: 'no process' }],
    ['reason', { reason: 'given up on receive 3' }],
  ])('differ by %s', (_, difference) => {
    expect(groupDeadLetters([letter({}), letter(difference)])).toHaveLength(2);
  });

  it('come in the order of their size', () => {
    const groups = groupDeadLetters([letter({}), letter({ status: 409 }), letter({ status: 409 })]);
    expect(groups.map(({ status }) => status)).toEqual([409, 404]);
  });
});
