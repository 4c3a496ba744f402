// `redrive --watch` through the real binary: what it says of messages that come back, and of those that do not.
import { expect, it, onTestFinished } from 'vitest';
import {
  burial,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { settleAll } from '../../client/dead-letters/simulated-function.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { type Running, startCli } from '../support/binary.ts';

const REFUSED = '{"userTaskKey":"7"}';
const ACCEPTED = '{"userTaskKey":"8"}';

interface Scene {
  readonly stage: DeadLetterStage;
  readonly ids: string[];
  redrive(...args: readonly string[]): Running;
}

async function sceneWith(bodies: readonly string[]): Promise<Scene> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(bodies.map((body, index) => burial({ body, messageId: `original ${index}` })));
  const { queueUrl, deadLetterQueueUrl } = stage.embedded;
  const urls = ['--queue-url', queueUrl, '--dead-letter-queue-url', deadLetterQueueUrl];
  return {
    stage,
    ids,
    redrive: (...args) => startCli(['dlq', 'redrive', '--all', '--yes', ...args, ...urls]),
  };
}

/** The function has had its turn with this many messages. */
async function settle(stage: DeadLetterStage, expected: number): Promise<void> {
  let settled = 0;
  await eventually(async () => {
    settled += await settleAll(stage, (body) => (body === REFUSED ? 'dead' : 'done'));
    expect(settled).toBe(expected);
  });
}

it('ends with 3 once all have come back, and says why', async () => {
  const { stage, ids, redrive } = await sceneWith([REFUSED]);
  const running = redrive('--watch');
  await settle(stage, 1);
  const { code, stdout, stderr } = await running.end;
  expect({ code, stdout }, stderr).toEqual({
    code: 3,
    stdout: expect.stringMatching(/^Redriven 1 of 1\.\n/),
  });
  const [letter] = await stage.drain(stage.embedded.deadLetterQueueUrl);
  const back = `${ids[0]}  as ${letter?.MessageId?.slice(0, 8)}  wrong-state: 409 INVALID_STATE: it is in state`;
  expect(stdout).toContain(back);
  expect(stdout).toMatch(/\n1 of 1 came back to the dead-letter queue\.\n$/);
});

it('says on Ctrl-C what is known so far', async () => {
  const { stage, ids, redrive } = await sceneWith([REFUSED, ACCEPTED]);
  const running = redrive('--watch-for', '1d', '--output', 'json');
  await settle(stage, 2);
  await eventually(() => expect(running.stderr()).toContain('1 of 2 came back.'));
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.end;
  const [letter] = await stage.drain(stage.embedded.deadLetterQueueUrl);
  const { messages, done, watch } = JSON.parse(stdout);
  expect({ code, done, watch }, stderr).toEqual({
    code: 130,
    done: 2,
    watch: {
      watched: 2,
      cameBack: 1,
      unknown: 1,
      looks: expect.any(Number),
      complete: expect.any(Boolean),
      interrupted: true,
    },
  });
  const fates = new Map(
    messages.map((row: { messageId: string; cameBack: unknown }) => [row.messageId, row.cameBack]),
  );
  expect([fates.get(ids[0]), fates.get(ids[1])]).toEqual([
    {
      messageId: letter?.MessageId,
      kind: 'wrong-state',
      status: 409,
      reason: "wrong-state: 409 INVALID_STATE: it is in state 'ASSIGNING'",
    },
    null,
  ]);
  expect(stderr).toContain('1 of 2 came back to the dead-letter queue; 1 did not so far.');
});

it('ends with 0 where none came back in time, and says what that does not tell', async () => {
  const { ids, redrive } = await sceneWith([ACCEPTED]);
  const { code, stdout, stderr } = await redrive('--watch', '--watch-for', '1s').end;
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(`${ids[0]}  no`);
  expect(stdout).toContain('0 of 1 came back to the dead-letter queue; 1 did not within 1.0 s.');
  expect(stderr).toContain('may have been carried out, or may still be on the queue');
});

it('is refused where it would end before the delay does', async () => {
  const { redrive } = await sceneWith([ACCEPTED]);
  const { code, stderr } = await redrive('--watch', '--delay', '2m').end;
  expect(code).toBe(2);
  expect(stderr).toContain('--watch would end before --delay does');
});
