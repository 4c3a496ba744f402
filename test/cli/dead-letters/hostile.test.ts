// Every dead-letter command over messages that nobody means well with.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runProgram } from '../../../cli/program.ts';
import { parseBody } from '../../../client/contract/request.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { runs } from '../../properties/runs.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { brokenLinesOn, createScreen } from '../support/screen.ts';
import { playWorld, type World } from '../support/surroundings.ts';
import { hostileLetter, KNOWN_LETTERS } from './hostile-letters.ts';
import { startVerbatimQueues, type VerbatimQueues, type WireMessage } from './verbatim-queues.ts';

/** So many at once, with {@link PLAIN} among them. */
const LETTERS = 12;
const RUNS = 4;

/** Requests of somebody who means well. */
const PLAIN: readonly WireMessage[] = ['2251799813685249', '2251799813685250'].map((key) => ({
  Body: JSON.stringify({ userTaskKey: key }),
  MessageAttributes: [['tenant', { DataType: 'String', StringValue: 'a' }]],
  Attributes: { SentTimestamp: '1795435200000', SenderId: 'AROAEXAMPLE:producer' },
}));

interface Run {
  readonly args: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type RunDlq = (args: readonly string[], world?: World) => Promise<Run>;

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

async function setScene() {
  const queues = await startVerbatimQueues();
  const cluster = await start();
  // The SDK looks for them in the process.
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const environment = {
    AWS_REGION: 'us-east-1',
    CAMUNDA_REST_ADDRESS: cluster.url,
    TERM: 'xterm-256color',
    XDG_STATE_HOME: await temporaryFolder(),
  };
  const run: RunDlq = async (args, world = {}) => {
    const { surroundings, stdout, stderr } = playWorld({ ...world, environment });
    const urls = ['--dead-letter-queue-url', queues.deadLetterQueueUrl];
    if (args[0] === 'redrive') urls.push('--queue-url', queues.queueUrl);
    const code = await runProgram(['dlq', ...args, ...(args[0] === 'history' ? [] : urls)], surroundings);
    return checked({ args, code, stdout: stdout(), stderr: stderr() });
  };
  return { queues, run };
}

/** What styleText writes for the colours that tables have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const OUR_COLOURS = /\u001b\[(1|2|22|3[1-6]|39|90)m/g;

/** Holds whatever a command is about. */
function checked(run: Run): Run {
  const { args, code, stdout, stderr } = run;
  const told = `${args.join(' ')}: exit ${code}\n${stderr}`;
  // All is seen and all succeeds; of some tasks the cluster cannot say anything.
  expect(args[0] === 'triage' ? [0, 1, 3] : [0], told).toContain(code);
  expect(stderr, told).not.toMatch(/\n {4}at |--verbose shows where|Cannot read/);
  for (const text of [stdout, stderr]) {
    const shown = text.replace(OUR_COLOURS, '');
    const driven = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u.exec(shown);
    expect(
      driven && `${told}: ${JSON.stringify(shown.slice(Math.max(0, driven.index - 80), driven.index + 20))}`,
    ).toBeNull();
  }
  const output = args[args.indexOf('--output') + 1];
  const documents = output === 'json' ? [stdout] : isLines(run, output) ? linesOf(stdout) : [];
  for (const document of documents)
    expect(() => JSON.parse(document), `${told}: ${document.slice(0, 200)}`).not.toThrow();
  return run;
}

function isLines({ args }: Run, output: string | undefined): boolean {
  return output === 'jsonl' || (args[0] === 'export' && !args.includes('--to'));
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

const WORLDS: readonly World[] = [{}, { terminal: true, columns: 60 }, { terminal: true, columns: 80 }];

/** In each form, and as a table in each world. */
async function inAllForms(run: RunDlq, args: readonly string[]): Promise<unknown> {
  for (const world of WORLDS) {
    const { stdout, stderr } = await run(args, world);
    const isTable = args[0] !== 'show' && !args.includes('--dry-run');
    if (isTable && world.columns !== undefined)
      await expectToFit(stdout, world.columns, `${args.join(' ')}\n${stderr}`);
  }
  await run([...args, '--output', 'jsonl']);
  return JSON.parse((await run([...args, '--output', 'json'])).stdout);
}

/** As a real terminal has it. A body that `show` shows whole need not fit, nor the address of a queue in a plan. */
async function expectToFit(text: string, columns: number, told: string): Promise<void> {
  const terminal = createScreen(columns);
  await new Promise<void>((resolve) => terminal.write(text.replaceAll('\n', '\r\n'), resolve));
  expect(brokenLinesOn(terminal), told).toEqual([]);
  terminal.dispose();
}

interface Listed {
  readonly messageId: string;
  readonly userTaskKey: string | null;
}

/** Everything on the dead-letter queue, by id. */
function bodiesById(queues: VerbatimQueues): Map<string, string> {
  return new Map(queues.onDeadLetterQueue().map(({ MessageId, Body }) => [MessageId, Body]));
}

it('no message hinders another, drives a terminal, or is lost or changed, whatever it holds', {
  // Each example goes through some hundred commands.
  timeout: 300_000,
}, async () => {
  const { queues, run } = await setScene();
  const files = await temporaryFolder();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(hostileLetter, { minLength: LETTERS, maxLength: LETTERS }), async (hostile) => {
      count += 1;
      const ids = queues.replace([...hostile, ...PLAIN]);
      const before = bodiesById(queues);
      const list = await lookAtAll(run, ids);
      expect(bodiesById(queues)).toEqual(before);
      expect(queues.onQueue()).toEqual([]);
      await redriveAll(run, queues, before, list);
      await discardAll(run, queues, join(files, `discarded-${count}.jsonl`));
      await inAllForms(run, ['history']);
    }),
    { ...runs(RUNS), examples: [[[...KNOWN_LETTERS]]] },
  );
});

async function lookAtAll(run: RunDlq, ids: readonly string[]): Promise<Map<string, string | null>> {
  const { deadLetters } = (await inAllForms(run, ['list'])) as { deadLetters: Listed[] };
  expect(deadLetters.map(({ messageId }) => messageId).sort()).toEqual(ids.toSorted());
  await inAllForms(run, ['groups']);
  await inAllForms(run, ['triage', '--all']);
  await inAllForms(run, ['redrive', '--all', '--dry-run']);
  await inAllForms(run, ['discard', '--all', '--dry-run']);
  for (const { messageId, userTaskKey } of deadLetters.slice(0, 4)) {
    await inAllForms(run, ['show', messageId]);
    if (userTaskKey !== null) {
      const shown = (await inAllForms(run, ['show', userTaskKey])) as { deadLetters: Listed[] };
      expect(shown.deadLetters.map((letter) => letter.messageId)).toContain(messageId);
    }
  }
  return new Map(deadLetters.map(({ messageId, userTaskKey }) => [messageId, userTaskKey]));
}

interface Row {
  readonly messageId: string;
  readonly outcome: string;
  readonly newMessageId: string | null;
}

/** What can be sent is on the queue once, with its body and for the key that was shown; all else is where it was. */
async function redriveAll(
  run: RunDlq,
  queues: VerbatimQueues,
  before: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, string | null>,
): Promise<void> {
  const { stdout, stderr } = await run(['redrive', '--all', '--yes', '--output', 'json']);
  expect(queues.violations).toEqual([]);
  const { messages } = JSON.parse(stdout) as { messages: Row[] };
  const sent = messages.filter(({ outcome }) => outcome === 'redriven');
  expect(sent.length, stderr).toBeGreaterThanOrEqual(PLAIN.length);
  expect(messages.length - sent.length).toBe(messages.filter(({ outcome }) => outcome === 'left-out').length);
  const onQueue = new Map(queues.onQueue().map(({ MessageId, Body }) => [MessageId, Body]));
  expect(onQueue.size).toBe(sent.length);
  const left = new Map(before);
  for (const { messageId, newMessageId } of sent) {
    const body = onQueue.get(newMessageId ?? '');
    expect(body).toBe(before.get(messageId));
    const request = parseBody(body ?? '');
    expect(request.ok && request.request.userTaskKey).toBe(keys.get(messageId));
    left.delete(messageId);
  }
  expect(bodiesById(queues)).toEqual(left);
}

/** All that is left is in the file, byte by byte. */
async function discardAll(run: RunDlq, queues: VerbatimQueues, file: string): Promise<void> {
  const left = bodiesById(queues);
  const exported = await run(['export', '--all']);
  expect(bodiesIn(exported.stdout)).toEqual(left);
  await run(['discard', '--all', '--yes', '--export-to', file], { terminal: true, columns: 80 });
  expect(queues.onDeadLetterQueue()).toEqual([]);
  if (left.size > 0) expect(bodiesIn(await readFile(file, 'utf8'))).toEqual(left);
}

function bodiesIn(lines: string): Map<string, string> {
  return new Map(
    linesOf(lines).map((line) => {
      const { messageId, body } = JSON.parse(line) as { messageId: string; body: string };
      return [messageId, body];
    }),
  );
}
