// The real command, interrupted at any of its requests to SQS: nothing is lost, and what was done is said.
import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import {
  burials,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { type Ended, startCli } from '../support/binary.ts';
import { openGate } from './sqs-gate.ts';

const MESSAGES = 45;

const ALL = burials(MESSAGES)
  .map(({ MessageBody = '' }) => MessageBody)
  .sort();

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGKILL';

interface Interrupted {
  readonly stage: DeadLetterStage;
  readonly ended: Ended;
  readonly requests: number;
}

/** Runs a command, and sends it the signal when it makes that request. */
async function interrupt(args: readonly string[], signal: Signal, at: number): Promise<Interrupted> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury(burials(MESSAGES));
  const gate = await openGate(stage.embedded, (count) => {
    if (count === at) running.child.kill(signal);
  });
  const urls = ['--dead-letter-queue-url', gate.deadLetterQueueUrl];
  if (args.includes('redrive')) urls.push('--queue-url', gate.queueUrl);
  const running = startCli(['dlq', ...args, ...urls]);
  return { stage, ended: await running.end, requests: gate.count };
}

async function bodiesOn(stage: DeadLetterStage, queueUrl: string): Promise<string[]> {
  return (await stage.drain(queueUrl)).map(({ Body = '' }) => Body);
}

const REDRIVE = ['redrive', '--all', '--yes'];

/** Several at once: each spends most of its time waiting. */
async function several(
  signal: Signal,
  runs: number,
  check: (run: Interrupted) => Promise<void>,
): Promise<void> {
  const { requests } = await interrupt(REDRIVE, signal, Number.POSITIVE_INFINITY);
  const points = fc.sample(fc.integer({ min: 1, max: requests }), runs);
  await Promise.all(
    points.map(async (at) => {
      const run = await interrupt(REDRIVE, signal, at);
      await check(run).catch((error: unknown) => {
        throw new Error(`${signal} at request ${at} of ${requests}:\n${run.ended.stderr}`, { cause: error });
      });
    }),
  );
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('a redrive on %s', async (signal) => {
  await several(signal, 6, async ({ stage, ended: { code, stdout, stderr } }) => {
    const queue = await bodiesOn(stage, stage.embedded.queueUrl);
    const deadLetterQueue = await bodiesOn(stage, stage.embedded.deadLetterQueueUrl);
    expect([...queue, ...deadLetterQueue].sort()).toEqual(ALL);
    const isComplete = queue.length === MESSAGES;
    expect(code).toBe(isComplete ? 0 : 130);
    // Nobody else is there who could hold one.
    expect(`${stdout}${stderr}`).not.toMatch(/somebody else|not found again|elsewhere/);
    if (queue.length === 0)
      expect(`${stdout}${stderr}`).toMatch(/Nothing was redriven|redriven 0 of|Interrupted/);
    else expect(stdout).toContain(`edriven ${queue.length} of ${MESSAGES}`);
  });
});

it('a redrive that is killed', async () => {
  await several('SIGKILL', 6, async ({ stage }) => {
    // What it held comes back when its visibility timeout has passed.
    await pause(35_000);
    const queue = await bodiesOn(stage, stage.embedded.queueUrl);
    const deadLetterQueue = await bodiesOn(stage, stage.embedded.deadLetterQueueUrl);
    const there = [...queue, ...deadLetterQueue];
    expect([...new Set(there)].sort()).toEqual(ALL);
    for (const list of [queue, deadLetterQueue]) expect(new Set(list).size).toBe(list.length);
  });
});

it('a look on Ctrl-C', async () => {
  const { stage, ended } = await interrupt(['list', '--output', 'json'], 'SIGINT', 3);
  expect(ended.code).toBe(130);
  expect(ended.stderr).toMatch(/Interrupted: saw \d+ of about 45\./);
  expect(JSON.parse(ended.stdout).coverage).toMatchObject({ complete: false, unreleased: 0 });
  expect((await bodiesOn(stage, stage.embedded.deadLetterQueueUrl)).sort()).toEqual(ALL);
});

it('a look whose reader goes away', async () => {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury(burials(MESSAGES));
  const running = startCli([
    'dlq',
    'export',
    '--all',
    '--dead-letter-queue-url',
    stage.embedded.deadLetterQueueUrl,
  ]);
  running.child.stdout?.destroy();
  const { code, stderr } = await running.end;
  expect(code, stderr).toBe(0);
  expect((await bodiesOn(stage, stage.embedded.deadLetterQueueUrl)).sort()).toEqual(ALL);
});
