// Whatever a file holds: the command ends as documented, and every request of it is accounted for.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { runProgram } from '../../../cli/program.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import { type SqsTap, startSqsTap } from '../../support/sqs-tap.ts';
import { playWorld } from '../support/surroundings.ts';

let sqs: EmbeddedSqs;
let tap: SqsTap;

beforeEach(async () => {
  sqs = await startEmbeddedSqs();
  tap = await startSqsTap(sqs);
  return async () => {
    await tap.close();
    await sqs.close();
  };
});

const key = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
const line = fc.oneof(
  { weight: 4, arbitrary: key },
  { weight: 2, arbitrary: key.map((userTaskKey) => JSON.stringify({ userTaskKey })) },
  {
    weight: 2,
    arbitrary: key.map((userTaskKey) => JSON.stringify({ body: JSON.stringify({ userTaskKey }) })),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '# none', 'Ada', '"', '{', 'userTaskKey', '7,8', '\u0000') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const content = fc.oneof(
  { weight: 6, arbitrary: fc.array(line, { maxLength: 30 }).map((lines) => Buffer.from(lines.join('\n'))) },
  {
    weight: 2,
    arbitrary: fc
      .array(line, { maxLength: 30 })
      .map((lines) => Buffer.from(['userTaskKey', ...lines].join('\r\n'))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
);

it('accounts for every line', async () => {
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.constantFrom('keys', 'csv', 'jsonl'),
      fc.integer({ min: 2, max: 9 }),
      async (stdin, format, every) => {
        let seen = 0;
        tap.sends.length = 0;
        tap.fault = ({ entries }) => {
          const ids = entries.filter(() => (seen++ + 1) % every === 0).map(({ Id }) => Id);
          return ids.length === 0
            ? undefined
            : { kind: 'failed-entries', ids, code: 'InvalidMessageContents', senderFault: true };
        };
        const { surroundings, stdout, stderr } = playWorld({
          stdin,
          environment: { AWS_REGION: 'us-east-1' },
        });
        const local = ['--local', '--port', new URL(tap.queueUrl).port];
        const options = ['--format', format, '--skip-invalid', '--yes', '--output', 'json'];
        const code = await runProgram(['enqueue', '--file', '-', ...options, ...local], surroundings);
        expect([0, 1, 2, 3], stderr()).toContain(code);
        expect(stderr()).not.toMatch(/--verbose shows where/);
        // A CSV that cannot be read to its end.
        if (code === 2) {
          expect(tap.sends).toEqual([]);
          return;
        }
        const told = JSON.parse(stdout());
        const states = told.failed.map(({ state }: { state: string }) => state);
        expect(told.sent + told.failedCount).toBe(told.requests);
        expect(states.filter((state: string) => state === 'failed')).toHaveLength(told.failedCount);
        expect(states.filter((state: string) => state === 'invalid')).toHaveLength(told.invalidCount);
        expect(tap.sentTo(tap.queueUrl)).toHaveLength(told.requests);
        const undone = told.failedCount + told.invalidCount;
        expect(code).toBe(undone === 0 ? 0 : told.sent > 0 ? 3 : 1);
      },
    ),
    { numRuns: 60 },
  );
});
