import { expect, it } from 'vitest';
import { barText, paceText, spanText, startProgress } from '../../cli/progress.ts';
import { playWorld } from './support/surroundings.ts';

it.each([
  [0, '0.0 s'],
  [420, '0.4 s'],
  [9_949, '9.9 s'],
  [10_000, '10 s'],
  [119_000, '119 s'],
  [150_000, '3 min'],
  [7_199_000, '2 h'],
  [7_800_000, '2 h 10 min'],
  [172_800_000, '2 d'],
  [187_200_000, '2 d 4 h'],
])('says %d ms as %s', (span, text) => {
  expect(spanText(span)).toBe(text);
});

it.each([
  [0, 100, 0, '0.0/s'],
  [5, 100, 1000, '5.0/s, 19 s left'],
  [12_000, 100_000, 4000, '3,000/s, 29 s left'],
  [100, 100, 1000, '100/s'],
  [100, undefined, 1000, '100/s'],
])('tells the pace of %s of %s after %d ms', (done, total, elapsed, text) => {
  expect(paceText(done, total, elapsed)).toBe(text);
});

it('says a line now and then where there is no terminal', () => {
  const { surroundings, clock, stderr } = playWorld();
  const progress = startProgress(surroundings, 'sent', 100_000);
  for (let second = 1; second <= 12; second += 1) {
    clock.now += 1000;
    progress.update(second * 1000);
    progress.update(second * 1000 + 1);
  }
  progress.stop();
  expect(stderr().trimEnd().split('\n')).toEqual([
    'sent 1,000 of 100,000, 1,000/s, 99 s left',
    'sent 6,000 of 100,000, 1,000/s, 94 s left',
    'sent 11,000 of 100,000, 1,000/s, 89 s left',
  ]);
});

it('says nothing of work that is over soon', () => {
  for (const terminal of [true, false]) {
    const { surroundings, clock, stderr } = playWorld({ terminal });
    const progress = startProgress(surroundings, 'sent', 3);
    clock.now += 999;
    progress.update(3);
    progress.stop();
    expect(stderr()).toBe('');
  }
});

it('draws a bar on a terminal, and takes it away', () => {
  const { surroundings, clock, stderr } = playWorld({ terminal: true });
  const progress = startProgress(surroundings, 'sent', 2408);
  clock.now += 2000;
  progress.update(1204);
  progress.stop();
  expect(stderr()).toMatch(/█+░+ 50% {2}1,204\/2,408 {2}602\/s, 2\.0 s left/);
  // To the line's start, and clear it (ECMA-48: CR, EL).
  expect(stderr().endsWith('\r\u001b[2K')).toBe(true);
});

it('asks nothing else of a terminal, which Ctrl-Z or a kill would leave as it is', () => {
  const { surroundings, clock, stderr } = playWorld({ terminal: true });
  const progress = startProgress(surroundings, 'sent', 2408);
  for (let second = 2; second < 5; second += 1) {
    clock.now += 1000;
    progress.update(second * 100);
  }
  progress.stop();
  expect(stderr().replaceAll('\r\u001b[2K', '')).not.toMatch(/\p{Cc}/u);
});

it('is gone from a terminal before anything is said on Ctrl-C, and does not come back', () => {
  const { surroundings, clock, stderr } = playWorld({ terminal: true });
  const progress = startProgress(surroundings, 'sent', 2408);
  clock.now += 2000;
  progress.update(1204);
  surroundings.interrupt();
  const shown = stderr();
  clock.now += 2000;
  progress.update(1300);
  progress.stop();
  expect(shown.endsWith('\r\u001b[2K')).toBe(true);
  expect(stderr()).toBe(shown);
});

it.each([
  [120, '████████████░░░░░░░░░░░░ 50%  1,204/2,408  602/s, 2.0 s left'],
  [60, '████████████░░░░░░░░░░░ 50%  1,204/2,408  602/s, 2.0 s left'],
  [40, '██░░ 50%  1,204/2,408  602/s, 2.0 s left'],
  [20, '██░░ 50%  1,204/2,4'],
])('fits into %i columns', (columns, text) => {
  const shown = barText('sent', 1204, 2408, '602/s, 2.0 s left', columns);
  expect(shown).toBe(text.slice(0, columns - 1));
});
