// What people read of dead letters fits their terminal.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tallyText } from '../../../cli/dead-letters/action-report.ts';
import { groupsText } from '../../../cli/dead-letters/groups-text.ts';
import { letterText } from '../../../cli/dead-letters/letter-text.ts';
import { listShape } from '../../../cli/dead-letters/rows.ts';
import { renderTable } from '../../../cli/output.ts';
import { wrap } from '../../../cli/wrap.ts';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import {
  type DeadLetterSummary,
  groupDeadLetters,
  LETTER_KINDS,
} from '../../../client/dead-letters/index.ts';
import { burial } from '../../client/dead-letters/dead-letter-stage.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

/** One with the longest that there is of everything. */
const ROW: DeadLetterSummary = {
  messageId: '5fea7756-0ea4-451a-a703-a558b933e274',
  userTaskKey: '9223372036854775807',
  kind: 'unavailable-too-long',
  status: 503,
  title: 'A title of some length that nobody expects',
  detail: 'x'.repeat(500),
  reason: 'still unavailable 86400 s after the first call',
  attempts: 1_234,
  sender: 'AROAEXAMPLE:a-session-with-a-name-of-some-length',
  firstSentAt: '2026-11-09T13:00:00.000Z',
  redriven: 2,
  redrivenAt: '2026-11-10T12:00:00.000Z',
  failedAt: '2026-11-09T13:00:00.000Z',
  expiresAt: '2026-11-09T13:00:00.000Z',
  wouldReturn: 'expired',
  lostAttributes: [],
};
const ROWS = LETTER_KINDS.flatMap((kind) => [
  { ...ROW, kind },
  { ...ROW, kind, userTaskKey: null },
]);

const tooWide = (text: string, width: number) => text.split('\n').filter((line) => line.length > width);

describe.each([60, 72, 80, 100, 149, 150, 200])('on a terminal of %i columns', (width) => {
  const look = { width, colours: false };

  it('a list fits', () => {
    const { columns } = listShape(ROWS, NOW, width);
    expect(tooWide(renderTable(columns, ROWS, look), width)).toEqual([]);
  });

  it('groups fit', () => {
    expect(tooWide(groupsText(groupDeadLetters(ROWS), NOW, look), width)).toEqual([]);
  });

  it('a dead letter fits, but for its body and its attributes', () => {
    const end = { lastDetail: `https://example.org/${'x'.repeat(300)} ${'word '.repeat(100)}` };
    const letter = readDeadLetter({ ...received(burial({ end })) }, NOW);
    expect(tooWide(letterText(letter, 1_209_600, NOW, look), width)).toEqual([]);
  });
});

function received({ MessageBody, MessageAttributes }: ReturnType<typeof burial>) {
  return { MessageId: ROW.messageId, Body: MessageBody, MessageAttributes };
}

it('a list of a narrow terminal keeps age, kind and key, and tells messages without a key apart', () => {
  const { columns } = listShape(ROWS, NOW, 60);
  const [head, withKey, without] = renderTable(columns, ROWS, { width: 60, colours: false }).split('\n');
  expect(head?.split(/ +/).filter((title) => title !== '')).toEqual(
    expect.arrayContaining(['AGE', 'KIND', 'KEY']),
  );
  expect([withKey, without]).toEqual([
    expect.stringContaining('9223372036854775807'),
    expect.stringContaining(' 5fea7756'),
  ]);
});

it('a body of many lines leaves room for the rest', () => {
  const MessageBody = Array.from({ length: 3_000 }, (_, index) => `line ${index}`).join('\n');
  const letter = readDeadLetter({ MessageId: ROW.messageId, Body: MessageBody }, NOW);
  const lines = letterText(letter, undefined, NOW, { width: 80, colours: false }).split('\n');
  expect(lines).toContain('  line 39');
  expect(lines).toContain('  … and 2,960 more lines: export writes them all');
  expect(lines.length).toBeLessThan(80);
});

it('lines that are wrapped fit, and lose nothing but blanks', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, width) => {
      const lines = wrap(text, width);
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});

it('a tally does not call what is in doubt failed', () => {
  const coverage = {
    seen: 600,
    about: 600,
    inFlightElsewhere: 0,
    missing: 0,
    ended: 'queue-empty' as const,
    unreleased: 0,
    releaseFault: undefined,
    hiddenForSeconds: 0,
    retentionSeconds: undefined,
  };
  const nothing = { notMet: new Set<string>(), holdLost: new Set<string>(), coverage };
  expect(tallyText({ ...nothing, done: 510, failed: 90, inDoubt: 60 }, 'discarded', false)).toBe(
    'Discarded 510 of 600; 30 failed and are where they were; 60 in doubt, since SQS did not say (look again).',
  );
});
