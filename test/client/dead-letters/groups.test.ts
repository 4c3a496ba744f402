// Groups of dead letters: what stands first, what they show, and which texts count as the same.
import { describe, expect, it } from 'vitest';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import { groupDeadLetters, patternOf } from '../../../client/dead-letters/group.ts';
import { type DeadLetterSummary, summarise } from '../../../client/dead-letters/summary.ts';

function letter(wish: Partial<DeadLetterSummary>): DeadLetterSummary {
  return { ...summarise(readDeadLetter({ Body: '' }, 0), 0), ...wish };
}

const at = (second: number) => `2026-11-23T12:00:0${second}.000Z`;

describe('groups', () => {
  it.each([[[1, 2]], [[2, 1]]])('of one size come with the newest first: %j', (seconds) => {
    const groups = groupDeadLetters(
      seconds.map((second) => letter({ status: 400 + second, failedAt: at(second) })),
    );
    expect(groups.map(({ newest }) => newest)).toEqual([at(2), at(1)]);
  });

  it('of one letter show that one', () => {
    const [group] = groupDeadLetters([letter({ messageId: 'a', userTaskKey: '5', failedAt: at(1) })]);
    expect(group).toMatchObject({
      count: 1,
      oldest: at(1),
      newest: at(1),
      example: { messageId: 'a', userTaskKey: '5' },
    });
  });

  it('know their oldest in whatever order they come, and show the last of several newest', () => {
    const [group] = groupDeadLetters([
      letter({ messageId: 'a', failedAt: at(1) }),
      letter({ messageId: 'b', failedAt: at(2) }),
      letter({ messageId: 'c', failedAt: at(2) }),
    ]);
    expect(group).toMatchObject({ oldest: at(1), newest: at(2), example: { messageId: 'c' } });
  });

  it('have a pattern of the reason and of the detail', () => {
    const [group] = groupDeadLetters([letter({ reason: 'given up on receive 5', detail: 'no task 1' })]);
    expect(group?.pattern).toBe('given up on receive #; no task #');
  });
});

describe('a pattern', () => {
  it.each([
    ["of the trace 'a1b2c3d4e5f6'", "of the trace '…'"],
    ['the trace f0000000aaaa1', 'the trace #'],
    ['the trace 00000000a', 'the trace #'],
    ['the trace 1deadbeef', 'the trace #'],
    ['the trace deadbeef1', 'the trace #'],
    ["the user '12 monkeys'", "the user '…'"],
    ["the version '1.2,3-4+5'", "the version '#'"],
    ["the user 'Anna KEY'", "the user '…'"],
    ["the state 'ASSIGNING now'", "the state '…'"],
    ["the name ''", "the name ''"],
  ])('of %j is %j', (text, pattern) => {
    expect(patternOf(text)).toBe(pattern);
  });
});
