import { expect, it } from 'vitest';
import { collectEdits, editsText } from '../../../cli/dead-letters/body-diff.ts';

const PLAIN = { colours: false };

function shown(...bodies: readonly (readonly [before: string, after: string])[]): string | undefined {
  const edits = collectEdits();
  for (const [index, [before, after]] of bodies.entries())
    edits.add({ messageId: `m${index}`, before, after });
  return editsText(edits.edits(), PLAIN);
}

it('says nothing of bodies that stay as they are', () => {
  expect(shown(['a', 'a'], ['b', 'b'])).toBeUndefined();
});

it('shows the lines that go and that come, and none that stay', () => {
  expect(shown(['{\n  "userTaskKey": 8\n}', '{\n  "userTaskKey": "8"\n}'])).toBe(
    [
      'Bodies that differ from those on the queue: 1.',
      '  m0',
      '  - "userTaskKey": 8',
      '  + "userTaskKey": "8"',
    ].join('\n'),
  );
});

it.each([
  ['a line more', 'a\nb', 'a\nx\nb', ['  + x']],
  ['a line less', 'a\nx\nb', 'a\nb', ['  - x']],
  ['one of two lines that are the same', 'a\na', 'a', ['  - a']],
  ['everything', 'a', 'b', ['  - a', '  + b']],
])('shows %s', (_, before, after, lines) => {
  expect(shown([before, after])?.split('\n').slice(2)).toEqual(lines);
});

it('drives no terminal', () => {
  const text = shown(['\u001b[31m', '\u202e']);
  expect([text?.includes('\u001b'), text?.includes('\u202e')]).toEqual([false, false]);
});

it('shows ten of many, ten lines of each, and how many there are', () => {
  const many = Array.from({ length: 12 }, (_, index) => [`${index}`, 'x\n'.repeat(30)] as const);
  const lines = shown(...many)?.split('\n') ?? [];
  expect(lines[0]).toBe('Bodies that differ from those on the queue: 12.');
  expect(lines.filter((line) => line.startsWith('  m'))).toHaveLength(10);
  expect(lines.filter((line) => line === '  + … and 21 more lines')).toHaveLength(10);
  expect(lines.at(-1)).toBe('  … and 2 messages more');
});

it('paints what goes red and what comes green', () => {
  const edits = collectEdits();
  edits.add({ messageId: 'm', before: 'a', after: 'b' });
  const [, , gone, come] = editsText(edits.edits(), { colours: true })?.split('\n') ?? [];
  expect([gone, come]).toEqual(['\u001b[31m  - a\u001b[39m', '\u001b[32m  + b\u001b[39m']);
});
