import { expect, it } from 'vitest';
import { confirm } from '../../cli/confirm.ts';
import { UsageError } from '../../cli/exit-codes.ts';
import { eventually } from '../infra/local/eventually.ts';
import { playWorld } from './support/surroundings.ts';

it.each([
  ['y', true],
  ['Y', true],
  ['yes', true],
  [' Yes ', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
])('takes the answer %j for %s', async (answer, goesOn) => {
  const { surroundings, stderr } = playWorld({ terminal: true, stdin: `${answer}\n` });
  expect(await confirm(surroundings, 'Send 3 requests to q', false)).toBe(goesOn);
  expect(stderr()).toContain('Send 3 requests to q? [y/N] ');
});

it('does not ask where the answer is given beforehand', async () => {
  const { surroundings, stderr } = playWorld();
  expect(await confirm(surroundings, 'Send', true)).toBe(true);
  expect(stderr()).toBe('');
});

it('refuses without a terminal to ask on', async () => {
  const { surroundings } = playWorld({ stdin: 'y\n' });
  const asking = confirm(surroundings, 'Send', false);
  await expect(asking).rejects.toThrow(UsageError);
  await expect(asking).rejects.toThrow(/no terminal.*--yes/);
});

it('takes the end of the input for no', async () => {
  const { surroundings } = playWorld({ terminal: true, stdin: '' });
  expect(await confirm(surroundings, 'Send', false)).toBe(false);
});

it('takes Ctrl-C at the question for no, and for an interrupt', async () => {
  const { surroundings, stdin, stderr } = playWorld({ terminal: true });
  const asking = confirm(surroundings, 'Send', false);
  await eventually(() => expect(stderr()).toContain('[y/N]'));
  stdin.write('\u0003');
  expect(await asking).toBe(false);
  expect(surroundings.signal.aborted).toBe(true);
});

it('takes an interrupt from elsewhere for no', async () => {
  const { surroundings, stderr } = playWorld({ terminal: true });
  const asking = confirm(surroundings, 'Send', false);
  await eventually(() => expect(stderr()).toContain('[y/N]'));
  surroundings.interrupt();
  expect(await asking).toBe(false);
});
