// A clock of a function's process that a test sets: the wall clock alone, as it is set on a real machine. Timers go on.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A clock that is as right as this machine's until it is shifted. */
export interface ShiftedClock {
  /** For the function's process. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it forward, or back by less than nothing. */
  shift(milliseconds: number): void;
}

/** Makes a clock for the test that runs. */
export function createShiftedClock(): ShiftedClock {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'shift');
  writeFileSync(file, '0');
  const preload = join(folder, 'preload.mjs');
  writeFileSync(
    preload,
    `import { readFileSync } from 'node:fs';
     const now = Date.now;
     Date.now = () => now() + Number(readFileSync(${JSON.stringify(file)}, 'utf8'));`,
  );
  return {
    env: { NODE_OPTIONS: `--import=${preload}` },
    shift: (milliseconds) => writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + milliseconds)),
  };
}
