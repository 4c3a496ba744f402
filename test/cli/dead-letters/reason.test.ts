// The question why, in production.
import { describe, expect, it } from 'vitest';
import { chooseConnection } from '../../../cli/connection.ts';
import { reasonFor, requireReason } from '../../../cli/dead-letters/audit/reason.ts';
import { UsageError } from '../../../cli/exit-codes.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { playWorld } from '../support/surroundings.ts';

const inStage = (stage: string, reason?: string) => ({ connection: chooseConnection({ stage }, {}), reason });

describe('at a terminal', () => {
  it.each([
    ['INC-4711\n', { isGiven: true, reason: 'INC-4711' }],
    [' \u001b[2J twice \n', { isGiven: true, reason: expect.not.stringContaining('\u001b') }],
    ['\n', { isGiven: false, reason: '' }],
    ['', { isGiven: false, reason: '' }],
  ])('takes the answer %j', async (stdin, answer) => {
    const { surroundings, stderr } = playWorld({ terminal: true, stdin });
    expect(await reasonFor(inStage('prod'), surroundings)).toEqual(answer);
    expect(stderr()).toContain('Why (for dead-letters history)? ');
  });

  it.each([
    ['where it is given', inStage('prod', 'INC-4711'), 'INC-4711'],
    ['in another stage', inStage('dev'), undefined],
    [
      'where no stage is named',
      { connection: chooseConnection({ local: true }, {}), reason: undefined },
      undefined,
    ],
  ])('asks nothing %s', async (_, reasoned, reason) => {
    const { surroundings, stderr } = playWorld({ terminal: true });
    expect(await reasonFor(reasoned, surroundings)).toEqual({ isGiven: true, reason });
    expect(stderr()).toBe('');
  });

  it('takes Ctrl-C for no reason', async () => {
    const { surroundings, stderr } = playWorld({ terminal: true });
    const asking = reasonFor(inStage('prod'), surroundings);
    await eventually(() => expect(stderr()).toContain('Why'));
    surroundings.interrupt();
    expect(await asking).toMatchObject({ isGiven: false });
  });

  it('is in no hurry', () => {
    expect(() => requireReason(inStage('prod'), playWorld({ terminal: true }).surroundings)).not.toThrow();
  });
});

it('is wanted beforehand where there is no terminal, also for a stage that the environment names', () => {
  const connection = chooseConnection({}, { UNASSIGN_STAGE: 'prod' });
  const { surroundings } = playWorld();
  expect(() => requireReason({ connection, reason: undefined }, surroundings)).toThrow(UsageError);
});
