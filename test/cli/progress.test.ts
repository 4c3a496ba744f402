import { expect, it } from 'vitest';
import { barText, type Progress, paceText, spanText, startProgress } from '../../cli/progress.ts';
import { say } from '../../cli/surroundings.ts';
import { textSink } from '../../cli/text-sink.ts';
import { type PlayedWorld, playWorld } from './support/surroundings.ts';

/** To the line's start, and clear it and what is below (ECMA-48: CR, ED). */
const CLEAR = '\r\u001b[J';

/** With what a terminal obeys as the pictures of it. */
function spelled(text: string): string {
  return text.replaceAll('\r', '␍').replaceAll('\u001b', '␛');
}

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
  expect(stderr().endsWith(CLEAR)).toBe(true);
});

it('asks nothing else of a terminal that a kill would leave as it is', () => {
  const { surroundings, clock, stderr } = playWorld({ terminal: true });
  const progress = startProgress(surroundings, 'sent', 2408);
  for (let second = 2; second < 5; second += 1) {
    clock.now += 1000;
    progress.update(second * 100);
  }
  progress.stop();
  // Not to break lines, for the bar alone.
  const rest = spelled(stderr()).replaceAll(/␍␛\[J|␛\[\?7l[^␛]*␛\[\?7h␍/g, '');
  expect(rest).toBe('');
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
  expect(shown.endsWith(CLEAR)).toBe(true);
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

/** Draws a bar, and returns how many characters were written before what comes next. */
function drawBar(world: PlayedWorld): { readonly progress: Progress; readonly before: number } {
  const progress = startProgress(world.surroundings, 'sent', 2408);
  world.clock.now += 2000;
  progress.update(1204);
  return { progress, before: world.stderr().length };
}

it('is gone while the process is suspended, and there again when it goes on', () => {
  const world = playWorld({ terminal: true });
  const { before } = drawBar(world);
  world.suspend();
  expect(spelled(world.stderr().slice(before))).toMatch(/^␍␛\[J␍␛\[J\S*█+░+ 50%/);
});

it('does not come back after a suspension when it was stopped', () => {
  const world = playWorld({ terminal: true });
  const { progress } = drawBar(world);
  progress.stop();
  const shown = world.stderr();
  world.suspend();
  expect(world.stderr()).toBe(shown);
});

it('listens to nothing any more when it was stopped', () => {
  const world = playWorld({ terminal: true });
  const { progress } = drawBar(world);
  progress.stop();
  expect(world.surroundings.stderr.listenerCount('resize')).toBe(0);
});

it('is taken away before anything is said, and comes back with the next message', () => {
  const world = playWorld({ terminal: true });
  const { progress, before } = drawBar(world);
  say(world.surroundings, 'a word');
  world.clock.now += 200;
  progress.update(1300);
  expect(spelled(world.stderr().slice(before))).toMatch(/^␍␛\[Ja word\n␍␛\[J\S*█+░+ 53%/);
});

it('is taken away before a result is written to the same terminal, and does not cut a line in two', async () => {
  const world = playWorld({ terminal: true, columns: 80 });
  const { progress, before } = drawBar(world);
  const sink = textSink(world.surroundings.stdout);
  await sink.write('{"messages":[');
  expect(world.stderr().slice(before)).toBe(CLEAR);
  world.clock.now += 200;
  progress.update(1300);
  expect(world.stderr().slice(before)).toBe(CLEAR);
  await sink.write(']}\n');
  world.clock.now += 200;
  progress.update(1400);
  expect(world.stderr().slice(before)).toMatch(/58%/);
});

/**
 * What a terminal of so many columns shows that breaks the lines it has when it is made narrower, and leaves its cursor at its
 * character, as those of VTE do; `shown` is one line, in which the cursor is at the start.
 */
function afterReflow(shown: string, columns: number, written: string): string[] {
  const rows = shown.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [];
  for (const [part] of spelled(written).matchAll(/␍|␛\[(?:J|2K|\?7[lh])|[^␍␛]+/g)) {
    if (part === '␍' || part.startsWith('␛[?')) continue;
    if (part === '␛[J') rows.splice(0);
    else if (part === '␛[2K') rows[0] = '';
    else rows[0] = part;
  }
  return rows;
}

it('leaves no rests where a terminal has broken it into several lines', () => {
  const world = playWorld({ terminal: true });
  const { before } = drawBar(world);
  const shown = barText('sent', 1204, 2408, '602/s, 2.0 s left', 80);
  Object.assign(world.surroundings.stderr, { columns: 20 });
  world.surroundings.stderr.emit('resize');
  expect(afterReflow(shown, 20, world.stderr().slice(before))).toEqual(['██░░ 50%  1,204/2,4']);
});
