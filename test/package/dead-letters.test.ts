// `camunda-unassign/dead-letters` as an empty project uses it. `npm run build:package` comes first.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { burials, startDeadLetterStage } from '../client/dead-letters/dead-letter-stage.ts';
import { type EmptyProject, ROOT, startEmptyProject } from './installed-package.ts';

let project: EmptyProject;
beforeAll(async () => {
  project = await startEmptyProject();
});
afterAll(() => project?.remove());

const TYPED = `
  import { SQSClient } from '@aws-sdk/client-sqs';
  import {
    type ActionResult, type Coverage, type DeadLetter, type DeadLetterSummary, discard, exportLine, groupDeadLetters,
    look, planRedrive, type QueueAccess, redrive, summarise,
  } from 'camunda-unassign/dead-letters';

  export async function everything(queueUrl: string, signal: AbortSignal): Promise<number> {
    const deadLetterQueue: QueueAccess = { sqs: new SQSClient({}), queueUrl };
    const letters: DeadLetter[] = [];
    const summaries: DeadLetterSummary[] = [];
    const planner = planRedrive({ expiresAt: null }, Date.now());
    const coverage: Coverage = await look(deadLetterQueue, (letter) => {
      letters.push(letter);
      planner.add(letter);
      summaries.push(summarise(letter, Date.now()));
      return undefined;
    }, { filter: { kinds: new Set(['not-found']) }, signal });
    await look(deadLetterQueue, async (letter) => (letter.title === 'NOT_FOUND' ? 'enough' : undefined));
    const failed: ActionResult[] = [];
    const { done } = await redrive(deadLetterQueue, deadLetterQueue, planner.plan().messageIds, {
      perSecond: 50,
      onResult: (result) => void failed.push(result),
    });
    await discard(deadLetterQueue, new Set(letters.map(({ messageId }) => messageId)));
    return done + coverage.seen + groupDeadLetters(summaries).length + letters.map((l) => exportLine(l, 0)).length;
  }
`;

it.each([
  ['nodenext', 'nodenext'],
  ['bundler', 'esnext'],
])('type-checks under strict with moduleResolution %s', async (moduleResolution, module) => {
  await project.write('typed.ts', TYPED);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    types: ['node'],
    module,
    moduleResolution,
  };
  await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  expect(await project.run([tsc]).catch((error: { stdout: string }) => error.stdout)).toBe('');
});

it('looks from an empty JavaScript project', async () => {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury(burials(12));
  await project.write(
    'look.mjs',
    `import { SQSClient } from '@aws-sdk/client-sqs';
     import { groupDeadLetters, look, summarise } from 'camunda-unassign/dead-letters';
     const letters = [];
     const { seen } = await look({ sqs: new SQSClient(), queueUrl: process.env.DEAD_LETTER_QUEUE_URL }, (letter) => {
       letters.push(summarise(letter, Date.now()));
     });
     console.log(seen, groupDeadLetters(letters)[0].kind);`,
  );
  const output = await project.run(['look.mjs'], {
    DEAD_LETTER_QUEUE_URL: stage.embedded.deadLetterQueueUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  expect(output).toBe('12 not-found\n');
});
