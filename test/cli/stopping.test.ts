// Stopping: npm and npx pass the terminal's signal on a second time, and a person who means it presses again.
import { expect, it, onTestFinished, vi } from 'vitest';
import { stopOn } from '../../cli/stopping.ts';

function setScene() {
  vi.useFakeTimers({ toFake: ['Date'] });
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  const said: string[] = [];
  const stopping = stopOn({
    signals: ['SIGUSR2'],
    announcement: 'Stopping.',
    say: (text) => said.push(text),
  });
  onTestFinished(() => {
    stopping.forget();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return { stopping, exit, said, signal: () => process.emit('SIGUSR2') };
}

it('stops in good order at the first signal', () => {
  const { stopping, exit, said, signal } = setScene();
  signal();
  expect(stopping.signal.aborted).toBe(true);
  expect(said).toEqual(['\nStopping. Ctrl-C again stops at once.']);
  expect(exit).not.toHaveBeenCalled();
});

it('takes a second one within half a second for the same key', () => {
  const { exit, said, signal } = setScene();
  signal();
  vi.advanceTimersByTime(499);
  signal();
  expect({ exits: exit.mock.calls, said: said.length }).toEqual({ exits: [], said: 1 });
});

it('stops at once when one comes again later', () => {
  const { exit, signal } = setScene();
  signal();
  vi.advanceTimersByTime(499);
  signal();
  vi.advanceTimersByTime(1);
  signal();
  expect(exit.mock.calls).toEqual([[130]]);
});

it('leaves the signals to Node.js when it is told to', () => {
  const { stopping, said, signal } = setScene();
  stopping.forget();
  signal();
  expect({ aborted: stopping.signal.aborted, said }).toEqual({ aborted: false, said: [] });
});
