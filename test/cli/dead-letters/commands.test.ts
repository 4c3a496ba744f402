// Each dead-letter command through the real binary, over the embedded SQS.
import { existsSync, readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JOURNEY_ATTRIBUTE, type MessageAttribute, parseJourney } from '../../../client/contract/journey.ts';
import type { ExportLine } from '../../../client/dead-letters/index.ts';
import {
  type Burial,
  burial,
  burials,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { stringAttributes } from '../../support/messages.ts';
import { createShiftedClock } from '../../support/shifted-clock.ts';
import { sqsViolations } from '../../support/sqs-rules.ts';
import { type SqsTap, startSqsTap } from '../../support/sqs-tap.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { type Ended, runCli, runHere, type StartOptions, startCli } from '../support/binary.ts';
import { openGate } from './sqs-gate.ts';

interface Scene {
  readonly stage: DeadLetterStage;
  readonly ids: string[];
  /** Runs `dlq` with these arguments on this scene's queues, in this process. */
  dlq(args: readonly string[], options?: Pick<StartOptions, 'stdin' | 'environment'>): Promise<Ended>;
  /** The same in a process of its own: where the editor has its terminal, or the clock is another one. */
  dlqAlone(args: readonly string[], options?: StartOptions): Promise<Ended>;
  /** What can be received, sorted by body. */
  onQueue(): Promise<string[]>;
  onDeadLetterQueue(): Promise<string[]>;
}

async function sceneWith(entries: readonly Burial[], tapped = false): Promise<Scene & { tap?: SqsTap }> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(entries);
  const tap = tapped ? await startSqsTap(stage.embedded) : undefined;
  if (tap !== undefined) onTestFinished(() => tap.close());
  const { queueUrl, deadLetterQueueUrl } = tap ?? stage.embedded;
  const bodies = async (url: string) => (await stage.drain(url)).map(({ Body = '' }) => Body).sort();
  const withQueues = (args: readonly string[]) => [
    'dlq',
    ...args,
    ...['--dead-letter-queue-url', deadLetterQueueUrl],
    ...(args[0] === 'redrive' ? ['--queue-url', queueUrl] : []),
  ];
  return {
    stage,
    ids,
    ...(tap === undefined ? {} : { tap }),
    dlq: (args, options) => runHere(withQueues(args), options),
    dlqAlone: (args, options) => runCli(withQueues(args), options),
    onQueue: () => bodies(stage.embedded.queueUrl),
    onDeadLetterQueue: () => bodies(stage.embedded.deadLetterQueueUrl),
  };
}

const EXPIRED = '{"userTaskKey":"7","expiresAt":"2020-01-01T00:00:00Z"}';
const MALFORMED = '{"userTaskKey":8}';
const GUARDED = '{"userTaskKey":"7","expectedAssignee":"demo"}';

/** One of several kinds, three of one group. */
const MIXED: readonly Burial[] = [
  ...burials(3),
  burial({
    kind: 'wrong-state',
    body: '{"userTaskKey":"6"}',
    end: { lastStatus: 409, lastTitle: 'INVALID_STATE', lastDetail: "task '6' is in state 'ASSIGNING'" },
  }),
  burial({ kind: 'expired', body: EXPIRED, end: { attempts: 0, reason: 'expiresAt has passed' } }),
  burial({ kind: 'malformed', body: MALFORMED, end: { attempts: 0, reason: 'userTaskKey: a number' } }),
];

describe('looking', () => {
  it.each([
    ['groups', ['groups']],
    ['list', ['list']],
    ['show', ['show', '6']],
    ['export', ['export', '--all']],
    ['a dry run', ['redrive', '--all', '--dry-run']],
    ['a plan that nobody says yes to', ['discard', '--all']],
  ])('%s leaves all messages where they are, and receivable', async (_, args) => {
    const { dlq, onQueue, onDeadLetterQueue } = await sceneWith(MIXED);
    await dlq(args);
    expect(await onQueue()).toEqual([]);
    expect(await onDeadLetterQueue()).toEqual(MIXED.map(({ MessageBody = '' }) => MessageBody).sort());
  });

  it('groups by kind, status, title and pattern, the largest first', async () => {
    const { dlq } = await sceneWith(MIXED);
    const { code, stdout, stderr } = await dlq(['groups', '--output', 'json']);
    expect(code, stderr).toBe(0);
    const { groups, matched, coverage } = JSON.parse(stdout);
    expect(matched).toBe(6);
    expect(coverage).toEqual({
      seen: 6,
      about: 6,
      inFlightElsewhere: 0,
      complete: true,
      incompleteBecause: null,
      unreleased: 0,
    });
    expect(groups).toHaveLength(4);
    expect(groups[0]).toMatchObject({
      kind: 'not-found',
      status: 404,
      title: 'NOT_FOUND',
      pattern: "Expected to assign user task with key '#', but no such user task was found",
      count: 3,
    });
    expect(stderr).toContain('Saw 6 of about 6.');
  });

  it('writes groups for people with the reason whole, and no colours where nobody sees them', async () => {
    const { dlq } = await sceneWith(MIXED);
    const { stdout } = await dlq(['groups']);
    expect(stdout).toMatch(
      /^GROUP {2}COUNT {2}KIND +ANSWER +OLDEST +NEWEST +EXAMPLE\n[0-9a-f]{4} +3 {2}not-found +404 NOT_FOUND/,
    );
    expect(stdout).toContain("Expected to assign user task with key '#', but no such user task was found");
    expect(stdout).not.toContain('\u001b');
    const coloured = await dlq(['groups'], { environment: { FORCE_COLOR: '1' } });
    expect(coloured.stdout).toContain('\u001b[');
  });

  it('shows, groups and lists a kind that only a newer function knows', async () => {
    const { dlq, ids } = await sceneWith([
      ...burials(1),
      burial({ kind: 'paused-process', body: MALFORMED }),
    ]);
    const groups = await dlq(['groups']);
    const list = await dlq(['list', '--kind', 'paused-process', '--output', 'jsonl']);
    const { messageId } = JSON.parse(list.stdout);
    const shown = await dlq(['show', messageId]);
    expect([groups.stdout, shown.stdout, ids]).toEqual([
      expect.stringMatching(/ paused-process /),
      expect.stringMatching(/^paused-process .*newer version/s),
      expect.arrayContaining([messageId]),
    ]);
  });

  it.each([
    ['list', ['list', '--kind', 'not-fuond'], 'Did you mean not-found?'],
    ['groups', ['groups', '--kind', 'expired,not_found'], 'Did you mean not-found?'],
    ['export', ['export', '--kind', 'wrong-stat'], 'Did you mean wrong-state?'],
    ['redrive', ['redrive', '--kind', 'Expired', '--yes'], 'Did you mean expired?'],
    ['discard', ['discard', '--kind', 'malformd', '--yes'], 'Did you mean malformed?'],
  ])('%s says that a kind may be a slip', async (_, args, words) => {
    const { dlq } = await sceneWith(MIXED);
    const { stderr } = await dlq(args);
    expect(stderr).toMatch(/^No kind \S+ is known here; only a newer function could have written it\. /);
    expect(stderr.split('\n', 1)[0]).toContain(words);
  });

  it.each([
    ['nothing of kinds that are known', 'moved-by-sqs,unexplained', ''],
    [
      'no other kind where none is near',
      'paused-process',
      'No kind paused-process is known here; only a newer function could have written it.\n',
    ],
    [
      'it once',
      'not-fuond,not-fuond',
      'No kind not-fuond is known here; only a newer function could have written it. Did you mean not-found?\n',
    ],
  ])('says %s', async (_, kinds, note) => {
    const { dlq } = await sceneWith(burials(1));
    const { stderr } = await dlq(['list', '--kind', kinds]);
    expect(stderr.startsWith(note)).toBe(true);
    expect(stderr.match(/No kind/g) ?? []).toHaveLength(note === '' ? 0 : 1);
  });

  it.each([
    [['--kind', 'wrong-state,expired'], 2],
    [['--kind', 'nonsense'], 0],
    [['--status', '404'], 3],
    [['--key', '6'], 1],
    [['--match', 'assigning'], 1],
    [['--since', '1h'], 0],
    [['--until', '2025-06-01T12:00:02Z'], 6],
    [['--limit', '2'], 2],
    [[], 6],
  ])('lists what %j asks for', async (args, count) => {
    const { dlq } = await sceneWith(MIXED);
    const { code, stdout } = await dlq(['list', '--output', 'jsonl', ...args]);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line !== '')).toHaveLength(count);
  });

  it('lists with the documented fields', async () => {
    const { dlq, ids } = await sceneWith([MIXED[3] ?? burial()]);
    const { stdout } = await dlq(['list', '--output', 'json']);
    expect(JSON.parse(stdout).deadLetters).toEqual([
      {
        messageId: ids[0],
        userTaskKey: '6',
        kind: 'wrong-state',
        status: 409,
        title: 'INVALID_STATE',
        detail: "task '6' is in state 'ASSIGNING'",
        reason: null,
        attempts: 1,
        sender: 'AROAEXAMPLE:producer',
        firstSentAt: '2025-06-01T12:00:00.000Z',
        redriven: 0,
        redrivenAt: null,
        failedAt: '2025-06-01T12:00:02.000Z',
        expiresAt: null,
        wouldReturn: null,
        lostAttributes: [],
      },
    ]);
  });

  it('shows everything about one, with what to do about it', async () => {
    const { dlq, ids } = await sceneWith([
      ...MIXED,
      burial({
        body: '{"userTaskKey":"9"}',
        attributes: new Map([['tenant', { dataType: 'String', stringValue: 'a\u001b[31m' }]]),
        traceHeader: 'Root=1-5e272390-8c398be037738dc042009320',
      }),
    ]);
    const byId = await dlq(['show', ids[6] ?? '']);
    expect(byId.code, byId.stderr).toBe(0);
    for (const part of [
      `not-found  ${ids[6]}`,
      '404 NOT_FOUND',
      '{"userTaskKey":"9"}',
      'tenant (String): a\ufffd[31m',
      'Root=1-5e272390-8c398be037738dc042009320',
      'AROAEXAMPLE:producer',
      '2025-06-01 12:00:00 UTC',
      'kept until  ',
      'What to do\n  1. ',
    ]) {
      expect(byId.stdout).toContain(part);
    }
    expect(byId.stdout).not.toContain('\u001b');
    const byKey = await dlq(['show', '6', '--output', 'jsonl']);
    expect(JSON.parse(byKey.stdout)).toMatchObject({
      userTaskKey: '6',
      advice: { steps: expect.any(Array) },
    });
  });

  it.each([
    ['in capitals', (id: string) => id.toUpperCase()],
    ['by its first eight characters', (id: string) => id.slice(0, 8)],
    ['by what a narrow terminal has copied', (id: string) => id.slice(0, 20).toUpperCase()],
  ])('shows one whose id is written %s', async (_, written) => {
    const { dlq, ids } = await sceneWith(burials(2));
    const [id = ''] = ids;
    const { code, stdout, stderr } = await dlq(['show', written(id), '--output', 'jsonl']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).messageId).toBe(id);
  });

  it('shows and lists how often one was redriven, and when last', async () => {
    const end = { redriven: 2, redrivenAt: '2025-06-01T11:59:00.000Z' };
    const { dlq } = await sceneWith([burial({ body: GUARDED, end })]);
    const shown = await dlq(['show', '7']);
    const listed = await dlq(['list']);
    const { stdout } = await dlq(['list', '--output', 'jsonl']);
    expect(shown.stdout).toMatch(/ {2}redriven {4}2×, last 2025-06-01 11:59:00 UTC, /);
    expect(listed.stdout).toMatch(/ NOTE .*\n.* redriven 2× /);
    expect(JSON.parse(stdout)).toMatchObject(end);
  });

  it('shows and exports one with who must have the task', async () => {
    const { dlq } = await sceneWith([burial({ body: GUARDED })]);
    const shown = await dlq(['show', '7']);
    const exported = await dlq(['export', '--all']);
    expect(shown.stdout).toContain('only while  demo has the task\n');
    expect(JSON.parse(exported.stdout).body).toBe(GUARDED);
  });

  it('says what others hold', async () => {
    const { dlq, stage } = await sceneWith(burials(15));
    const { client, deadLetterQueueUrl } = stage.embedded;
    await client.send(new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 3 }));
    const { code, stdout, stderr } = await dlq(['list', '--output', 'json']);
    expect(code).toBe(3);
    expect(stderr).toContain(
      'Saw 12 of about 15; 3 are in flight elsewhere. So this is not all: look again later.',
    );
    expect(JSON.parse(stdout).coverage).toEqual({
      seen: 12,
      about: 15,
      inFlightElsewhere: 3,
      complete: false,
      incompleteBecause: 'in-flight-elsewhere',
      unreleased: 0,
    });
  });

  it.each([
    ['groups', ['groups']],
    ['list', ['list']],
    ['show', ['show', '2251799813685249']],
    ['export', ['export', '--all']],
    ['a dry run', ['redrive', '--all', '--dry-run']],
    ['a redrive', ['redrive', '--all', '--yes']],
    ['a discard', ['discard', '--kind', 'not-found', '--yes']],
  ])('%s does not say success where others hold everything', async (_, args) => {
    const { dlq, stage } = await sceneWith(burials(3));
    const { client, deadLetterQueueUrl } = stage.embedded;
    await client.send(new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10 }));
    const { code, stderr } = await dlq(args);
    expect(stderr).toContain('Saw 0 of about 3; 3 are in flight elsewhere. So this is not all');
    expect(code).toBe(3);
  });

  it.each([
    [['redrive', '--all', '--yes', '--output', 'json'], 'redriven'],
    [['discard', '--all', '--yes', '--output', 'json'], 'discarded'],
  ])('%j says that there may be more where others hold some', async (args, outcome) => {
    const { dlq, stage } = await sceneWith(burials(3));
    const { client, deadLetterQueueUrl } = stage.embedded;
    await client.send(new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 1 }));
    const { code, stdout } = await dlq(args);
    expect({ code, result: JSON.parse(stdout) }).toMatchObject({
      code: 3,
      result: {
        messages: [{ outcome }, { outcome }],
        coverage: { seen: 2, about: 3, complete: false, incompleteBecause: 'in-flight-elsewhere' },
      },
    });
  });

  it('says where there is no such dead letter', async () => {
    const { dlq } = await sceneWith(burials(1));
    const { code, stdout, stderr } = await dlq(['show', '4711']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('No dead letter for the user task 4711. Saw 1 of about 1.');
  });
});

describe('a message with an attribute whose value the SDK loses', () => {
  const LOST = '{"userTaskKey":"66"}';

  async function sceneWithLost(): Promise<Scene> {
    const scene = await sceneWith(burials(2));
    const attribute = { DataType: 'String', StringValue: 'lost' };
    const MessageAttributes = Object.fromEntries([['__proto__', attribute]]);
    await scene.stage.bury([{ MessageBody: LOST, MessageAttributes }]);
    return scene;
  }

  it.each([
    ['groups', ['groups', '--output', 'json'], /"matched":3/],
    ['list', ['list'], /unexplained .* 66 .*has an attribute that cannot be carried/],
    ['show', ['show', '66'], /has an attribute that cannot be\s+carried.*__proto__: its value did not come/s],
    ['export', ['export', '--key', '66'], /"lostAttributes":\["__proto__"\]/],
  ])('%s shows it', async (_, args, words) => {
    const { dlq } = await sceneWithLost();
    const { code, stdout, stderr } = await dlq(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(words);
  });

  it('is not redriven, and says why, while the others are', async () => {
    const { dlq, onQueue, onDeadLetterQueue } = await sceneWithLost();
    const { code, stdout, stderr } = await dlq(['redrive', '--all', '--yes']);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'Redriven 2 of 2.\n' });
    expect(stderr).toContain('Left out: 1 with an attribute that cannot be carried');
    expect(await onQueue()).toHaveLength(2);
    expect(await onDeadLetterQueue()).toEqual([LOST]);
  });

  it('can be discarded', async () => {
    const { dlq, onDeadLetterQueue } = await sceneWithLost();
    const { code, stdout } = await dlq(['discard', '--key', '66', '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Discarded 1 of 1.\n' });
    expect(await onDeadLetterQueue()).toHaveLength(2);
  });
});

describe('redriving', () => {
  it('sends what would not come straight back, and says what is left out', async () => {
    const { dlq, onQueue, onDeadLetterQueue } = await sceneWith(MIXED);
    const { code, stdout, stderr } = await dlq(['redrive', '--all', '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Redriven 4 of 4.\n' });
    expect(stderr).toContain('Redrive 4 messages to http://127.0.0.1');
    expect(stderr).toContain('Left out: 1 expired');
    expect(stderr).toContain('Left out: 1 malformed');
    expect(await onQueue()).toHaveLength(4);
    expect(await onDeadLetterQueue()).toEqual([EXPIRED, MALFORMED].sort());
  });

  it('warns where requests are older than a day', async () => {
    const { dlq } = await sceneWith([burial(), { MessageBody: '{"userTaskKey":"1"}' }]);
    const { stderr } = await dlq(['redrive', '--all', '--dry-run']);
    expect(stderr).toMatch(
      /Warning: 1 without expectedAssignee was first sent more than 24 h ago\. Camunda unassigns whoever has/,
    );
  });

  it('does not warn where the old ones only take the task from who is expected to have it', async () => {
    const { dlq } = await sceneWith([burial({ body: GUARDED })]);
    const { stderr, stdout } = await dlq(['redrive', '--all', '--dry-run', '--output', 'json']);
    expect({ warns: stderr.includes('Warning'), plan: JSON.parse(stdout) }).toMatchObject({
      warns: false,
      plan: { messages: 1, late: 0 },
    });
  });

  it.each([
    ['as it is', []],
    ['with a new time', ['--expires-in', '2h']],
    ['without its time', ['--no-expiry']],
    ['edited', ['--edit']],
  ])('keeps who must have the task: %s', async (_, options) => {
    const { dlq, onQueue } = await sceneWith([burial({ body: GUARDED })]);
    const args = ['redrive', '--key', '7', '--yes', ...options];
    const { code, stderr } = await dlq(args, { environment: { EDITOR: 'sed -i s/7/8/' } });
    expect(code, stderr).toBe(0);
    expect((await onQueue()).map((body) => JSON.parse(body))).toMatchObject([{ expectedAssignee: 'demo' }]);
  });

  it('gives the expired a new time', async () => {
    const { dlq, onQueue } = await sceneWith(MIXED);
    const { code } = await dlq(['redrive', '--kind', 'expired', '--expires-in', '2h', '--yes']);
    expect(code).toBe(0);
    const [body = ''] = await onQueue();
    const left = Date.parse(JSON.parse(body).expiresAt) - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(2 * 3600 * 1000);
  });

  it('takes the time away', async () => {
    const { dlq, onQueue } = await sceneWith(MIXED);
    await dlq(['redrive', '--kind', 'expired', '--no-expiry', '--yes']);
    expect(await onQueue()).toEqual(['{"userTaskKey":"7"}']);
  });

  it('opens the body of one in the editor, and checks it before it is sent', async () => {
    const { dlqAlone, ids, onQueue, onDeadLetterQueue } = await sceneWith(MIXED);
    const editor = join(await temporaryFolder(), 'editor.sh');
    await writeFile(editor, '#!/bin/sh\nsed -i "s/8/$NEW/" "$2"\n');
    await chmod(editor, 0o700);
    const edit = (NEW: string) =>
      dlqAlone(['redrive', '--edit', ids[5] ?? '', '--yes'], {
        environment: { EDITOR: `${editor} --wait`, NEW },
      });
    const wrong = await edit('"x"');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(
      'The body breaks the contract: userTaskKey: expected a string of 1 to 19 digits',
    );
    const right = await edit('"8"');
    expect(right.code, right.stderr).toBe(0);
    expect(await onQueue()).toEqual(['{"userTaskKey":"8"}']);
    expect(await onDeadLetterQueue()).not.toContain(MALFORMED);
  });

  it('takes a file that export wrote and somebody edited', async () => {
    const { dlq, onQueue, onDeadLetterQueue } = await sceneWith(MIXED);
    const file = join(await temporaryFolder(), 'malformed.jsonl');
    const exported = await dlq(['export', '--kind', 'malformed', '--to', file]);
    expect(exported.code, exported.stderr).toBe(0);
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('{\\"userTaskKey\\":8}', '{\\"userTaskKey\\":\\"8\\"}'),
    );
    const { code, stdout } = await dlq(['redrive', '--from-file', file, '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Redriven 1 of 1.\n' });
    expect(await onQueue()).toEqual(['{"userTaskKey":"8"}']);
    expect(await onDeadLetterQueue()).toHaveLength(5);
  });

  it('shows the bodies that a file changes, and takes one with a byte order mark', async () => {
    const { dlq, ids } = await sceneWith(MIXED);
    const [good = '', , , , , malformed = ''] = ids;
    const lines = [
      { messageId: malformed, body: '{"userTaskKey":"8"}' },
      { messageId: good, body: MIXED[0]?.MessageBody },
    ];
    const file = await temporaryFile(
      'letters.jsonl',
      `\ufeff${lines.map((line) => JSON.stringify(line)).join('\r\n')}\r\n`,
    );
    const { code, stderr } = await dlq(['redrive', '--from-file', file, '--dry-run']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      `Bodies that differ from those on the queue: 1.\n  ${malformed}\n  - {"userTaskKey":8}\n  + {"userTaskKey":"8"}\n`,
    );
  });

  it('edits one message and no more', async () => {
    const { dlq, onDeadLetterQueue } = await sceneWith(burials(2));
    const args = ['redrive', '--all', '--edit', '--yes'];
    const { code, stderr } = await dlq(args, { environment: { EDITOR: 'true' } });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--edit is for one') });
    expect(await onDeadLetterQueue()).toHaveLength(2);
  });

  it('shows the body that was edited', async () => {
    const { dlq, ids } = await sceneWith(MIXED);
    const environment = { EDITOR: `sed -i 's/8/"8"/'` };
    const { stderr, stdout } = await dlq(
      ['redrive', '--edit', ids[5] ?? '', '--dry-run', '--output', 'json'],
      { environment },
    );
    expect(stderr).toContain('\n  - {"userTaskKey":8}\n  + {"userTaskKey":"8"}\n');
    expect(JSON.parse(stdout)).toMatchObject({ messages: 1, edited: 1 });
  });

  it.each([
    ['nobody has chosen an editor', undefined, 2, /^--edit finds no terminal to open an editor on\./],
    [
      'the editor needs one',
      `sh -c "printf '\\033[?1049h flood'; printf '\\033[31m no terminal' >&2; exit 1"`,
      1,
      /ended with 1 \(\ufffd\[31m no terminal\): nothing was redriven\./,
    ],
  ])('floods no pipe with what an editor draws, where %s', async (_, EDITOR, exitCode, words) => {
    const { dlq, ids } = await sceneWith(MIXED);
    const args = ['redrive', '--edit', ids[5] ?? '', '--yes'];
    const { code, stdout, stderr } = await dlq(args, { environment: { EDITOR } });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('\u001b');
  });

  it('closes its JSON where the queue cannot be read any more, with what was done and why', async () => {
    const { stage, ids } = await sceneWith([...burials(2), burial({ body: MALFORMED })]);
    let counts = 0;
    const gate = await openGate(stage.embedded, undefined, (action) => {
      counts += action === 'GetQueueAttributes' ? 1 : 0;
      // Two are of the queues themselves, one of the look.
      return action === 'ReceiveMessage' && counts === 4 ? 'AccessDenied' : undefined;
    });
    const { code, stdout } = await runCli([
      // At a rate, what is planned is received again.
      ...['dlq', 'redrive', ...ids, '--yes', '--rate', '100/s', '--output', 'json'],
      ...['--queue-url', gate.queueUrl, '--dead-letter-queue-url', gate.deadLetterQueueUrl],
    ]);
    expect({ code, result: JSON.parse(stdout) }).toMatchObject({
      code: 1,
      result: {
        messages: [{ messageId: ids[2], outcome: 'left-out' }],
        done: 0,
        notMet: 2,
        error: expect.stringContaining('AccessDenied'),
      },
    });
  });

  it('names the lines of a file that are wrong, and does nothing', async () => {
    const { dlq, ids, onDeadLetterQueue } = await sceneWith(burials(1));
    const good = { messageId: ids[0], body: '{"userTaskKey":"1"}' };
    const lines = [good, { body: 'x' }, good].map((line) => JSON.stringify(line));
    const { code, stderr } = await dlq(['redrive', '--from-file', '-', '--yes'], {
      stdin: [...lines, 'nonsense'].join('\n'),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^-:2: messageId: expected.*\n-:3: messageId: .* was there before\n-:4: expected a line of JSON/m,
    );
    expect(await onDeadLetterQueue()).toHaveLength(1);
  });

  it('keeps ten attributes and binary ones, within what SQS takes', async () => {
    const attributes = new Map<string, MessageAttribute>([
      ...stringAttributes(9),
      ['logo', { dataType: 'Binary', binaryValue: Buffer.from([0, 255, 1]).toString('base64') }],
    ]);
    const { dlq, tap, stage } = await sceneWith([burial({ attributes })], true);
    expect((await dlq(['redrive', '--all', '--yes'])).code).toBe(0);
    const [message] = await stage.drain(stage.embedded.queueUrl);
    const found = message?.MessageAttributes ?? {};
    const journey = parseJourney(found[JOURNEY_ATTRIBUTE]?.StringValue ?? '');
    const kept = Object.keys(found).filter((name) => name !== JOURNEY_ATTRIBUTE);
    expect([...kept, ...(journey?.setAside ?? []).map(({ name }) => name)].sort()).toEqual(
      [...attributes.keys()].sort(),
    );
    expect(journey).toMatchObject({
      firstSentAt: '2025-06-01T12:00:00.000Z',
      redriven: 1,
      setAside: [{ name: 'logo', dataType: 'Binary', binaryValue: 'AP8B' }],
    });
    const sent = tap?.sends.flatMap(({ entries }) => entries) ?? [];
    expect(sent).toHaveLength(1);
    expect(
      sqsViolations(
        sent.map(({ MessageAttributes = {}, ...entry }) => ({
          ...entry,
          MessageSystemAttributes: {},
          MessageAttributes: Object.fromEntries(
            Object.entries(MessageAttributes).map(([name, { BinaryValue, ...rest }]) => [
              name,
              BinaryValue === undefined ? rest : { ...rest, BinaryValue: Buffer.from(BinaryValue, 'base64') },
            ]),
          ),
        })),
      ),
    ).toEqual([]);
  });

  it('shows each entry that SQS refuses, and leaves it where it was', async () => {
    const { dlq, tap, onQueue, onDeadLetterQueue } = await sceneWith(burials(10), true);
    if (tap !== undefined) {
      tap.fault = ({ entries }) => ({
        kind: 'failed-entries',
        ids: entries.slice(0, 3).map(({ Id }) => Id),
        code: 'AccessDenied',
        senderFault: true,
      });
    }
    const { code, stdout } = await dlq(['redrive', '--all', '--yes']);
    expect(code).toBe(3);
    expect(stdout.match(/ failed +AccessDenied +failed by the test/g)).toHaveLength(3);
    expect(stdout).toContain('Redriven 7 of 10; 3 failed and are where they were.');
    expect(await onQueue()).toHaveLength(7);
    expect(await onDeadLetterQueue()).toHaveLength(3);
  });

  it('stops where every send would fail alike, and says what to do', async () => {
    const { dlq, tap, onDeadLetterQueue } = await sceneWith(burials(150), true);
    if (tap !== undefined) {
      tap.fault = () => ({ kind: 'error', status: 403, type: 'com.amazonaws.sqs#AccessDenied', sent: false });
    }
    const { code, stdout, stderr } = await dlq(['redrive', '--all', '--yes']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Redriven 0 of 150; \d+ failed and are where they were; \d+ not tried\./);
    expect(stderr).toContain('Permission denied.');
    expect(await onDeadLetterQueue()).toHaveLength(150);
  });

  it('stops where no deletion is allowed: more copies would only be duplicates', async () => {
    const { stage, ids } = await sceneWith(burials(300));
    const gate = await openGate(stage.embedded, undefined, (action) =>
      action === 'DeleteMessageBatch' ? 'AccessDenied' : undefined,
    );
    const { code, stdout, stderr } = await runCli([
      ...['dlq', 'redrive', '--all', '--yes', '--output', 'json'],
      ...['--queue-url', gate.queueUrl, '--dead-letter-queue-url', gate.deadLetterQueueUrl],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('Permission denied.');
    const { notMet, failed } = JSON.parse(stdout);
    expect(failed).toBeLessThanOrEqual(200);
    expect(notMet).toBe(ids.length - failed);
  });

  it('sends nothing that others may have handled while it was suspended, and says so', async () => {
    const { dlqAlone, tap, onQueue } = await sceneWith(burials(3), true);
    const clock = createShiftedClock();
    if (tap !== undefined) {
      tap.fault = () => {
        clock.shift(30_000);
        return undefined;
      };
    }
    const args = ['redrive', '--all', '--yes', '--rate', '20/m', '--output', 'json'];
    const { code, stdout, stderr } = await dlqAlone(args, { environment: clock.env });
    expect({ code, rows: JSON.parse(stdout) }).toMatchObject({
      code: 1,
      rows: {
        messages: [
          // On its way when the lid was closed.
          { outcome: 'redriven-but-kept', code: 'HoldLost' },
          { outcome: 'not-met', code: 'HoldLost', message: expect.stringMatching(/^hold lost: /) },
          { outcome: 'not-met', code: 'HoldLost' },
        ],
        done: 0,
        failed: 1,
        notMet: 2,
      },
    });
    expect(stderr).toContain('2 not met: hold lost (look again).');
    expect(await onQueue()).toHaveLength(1);
  });

  it('hides nothing else while it sends slowly', async () => {
    const { dlq, tap, ids } = await sceneWith(burials(3), true);
    if (tap === undefined) throw new Error('no tap');
    const sending = new Promise<void>((resolve) => {
      tap.fault = () => {
        resolve();
        return undefined;
      };
    });
    const { child, end } = startCli([
      ...['dlq', 'redrive', ...ids.slice(0, 2), '--rate', '1/m', '--yes'],
      ...['--queue-url', tap.queueUrl, '--dead-letter-queue-url', tap.deadLetterQueueUrl],
    ]);
    await sending;
    const { stdout } = await dlq(['show', '2251799813685251', '--output', 'jsonl']);
    expect(JSON.parse(stdout)).toMatchObject({ messageId: ids[2] });
    child.kill('SIGINT');
    const ended = await end;
    expect(ended).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('redriven 1 of 2; 1 not tried'),
    });
  });

  it('reports ids that it did not meet', async () => {
    const { dlq, ids } = await sceneWith(burials(2));
    const gone = '00000000-0000-4000-8000-000000000000';
    const { code, stdout } = await dlq(['redrive', ids[0] ?? '', gone, '--yes', '--output', 'jsonl']);
    expect(code).toBe(3);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      { messageId: ids[0], outcome: 'redriven', newMessageId: expect.any(String) },
      { messageId: gone, outcome: 'not-met' },
    ]);
  });
});

it('explains and redrives what SQS moved itself', async () => {
  const stage = await startDeadLetterStage({ maxReceiveCount: 1 });
  onTestFinished(() => stage.close());
  const { client, queueUrl: QueueUrl, deadLetterQueueUrl } = stage.embedded;
  const MessageAttributes = { tenant: { DataType: 'String', StringValue: 'a' } };
  await client.send(
    new SendMessageCommand({ QueueUrl, MessageBody: '{"userTaskKey":"5"}', MessageAttributes }),
  );
  await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
  const urls = ['--dead-letter-queue-url', deadLetterQueueUrl];
  await eventually(async () => {
    const { stdout } = await runCli(['dlq', 'show', '5', ...urls]);
    expect(stdout).toMatch(/^moved-by-sqs/);
    expect(stdout).toContain('SQS moved it after too many receives: the function never finished with it');
    expect(stdout).toContain(`moved from  ${stage.embedded.queueArn}`);
  });
  const { code, stdout } = await runCli([
    'dlq',
    'redrive',
    '--kind',
    'moved-by-sqs',
    '--yes',
    ...urls,
    '--queue-url',
    QueueUrl,
  ]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Redriven 1 of 1.\n' });
  expect(await stage.drain(QueueUrl)).toMatchObject([{ Body: '{"userTaskKey":"5"}', MessageAttributes }]);
});

describe('discarding', () => {
  it('deletes what is meant and nothing else', async () => {
    const { dlq, onDeadLetterQueue, onQueue } = await sceneWith(MIXED);
    const { code, stdout } = await dlq(['discard', '--kind', 'not-found', '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Discarded 3 of 3.\n' });
    expect(await onDeadLetterQueue()).toHaveLength(3);
    expect(await onQueue()).toEqual([]);
  });
});

describe('discarding what is in a file', () => {
  const linesIn = async (file: string): Promise<ExportLine[]> =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('has everything in the file before anything is deleted', async () => {
    const { stage, ids } = await sceneWith(MIXED);
    const file = join(await temporaryFolder(), 'kept.jsonl');
    const found: number[] = [];
    const gate = await openGate(stage.embedded, undefined, (action) => {
      if (action === 'DeleteMessageBatch') found.push(readFileSync(file, 'utf8').split('\n').length - 1);
      return undefined;
    });
    const { code, stdout, stderr } = await runCli([
      ...['dlq', 'discard', '--kind', 'not-found', '--export-to', file, '--yes'],
      ...['--dead-letter-queue-url', gate.deadLetterQueueUrl],
    ]);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'Discarded 3 of 3.\n' });
    expect(found).toEqual([3]);
    expect((await linesIn(file)).map(({ messageId }) => messageId).sort()).toEqual(ids.slice(0, 3).sort());
    expect(stderr).toContain(`Wrote 3 messages to ${file}.`);
  });

  it('deletes nothing where the file cannot be written', async () => {
    const { stage, onDeadLetterQueue } = await sceneWith(burials(300));
    const file = join(await temporaryFolder(), 'kept.jsonl');
    const urls = ['--dead-letter-queue-url', stage.embedded.deadLetterQueueUrl];
    const { code, stdout, stderr } = await runCli(
      ['dlq', 'discard', '--all', '--export-to', file, '--yes', ...urls],
      { shell: `trap '' XFSZ; ulimit -f 100; exec "$@"` },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Discarded 0 before this:\n--export-to .*EFBIG/m);
    expect(await onDeadLetterQueue()).toHaveLength(300);
  });

  it.each([
    ['a dry run', ['--all', '--dry-run']],
    ['nothing to discard', ['--kind', 'expired', '--yes']],
    ['nobody who says yes', ['--all']],
  ])('leaves no file behind after %s', async (_, args) => {
    const { dlq } = await sceneWith(burials(1));
    const file = join(await temporaryFolder(), 'kept.jsonl');
    await dlq(['discard', ...args, '--export-to', file]);
    expect(existsSync(file)).toBe(false);
  });

  it('writes over no file', async () => {
    const { dlq, onDeadLetterQueue } = await sceneWith(burials(1));
    const file = await temporaryFile('kept.jsonl', 'precious');
    const { code, stderr } = await dlq(['discard', '--all', '--export-to', file, '--yes']);
    expect({ code, content: await readFile(file, 'utf8') }).toEqual({ code: 2, content: 'precious' });
    expect(stderr).toContain('this file is there already');
    expect(await onDeadLetterQueue()).toHaveLength(1);
  });

  it('deletes those of an export and nothing that has come since', async () => {
    const { dlq, stage, onDeadLetterQueue } = await sceneWith(burials(3));
    const file = join(await temporaryFolder(), 'letters.jsonl');
    await dlq(['export', '--kind', 'not-found', '--to', file]);
    await stage.bury(burials(1, 5n));
    const { code, stdout } = await dlq(['discard', '--from-file', file, '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Discarded 3 of 3.\n' });
    expect(await onDeadLetterQueue()).toEqual(['{"userTaskKey":"5"}']);
  });
});

describe('exporting', () => {
  it('writes body, attributes and times, and what enqueue takes', async () => {
    const attributes = new Map([['tenant', { dataType: 'String', stringValue: 'a' }]]);
    const { dlq, ids, onQueue, stage } = await sceneWith([
      burial({ attributes, messageGroupId: 'tenant-a' }),
    ]);
    const { code, stdout } = await dlq(['export', ids[0] ?? '']);
    expect(code).toBe(0);
    const line: ExportLine = JSON.parse(stdout);
    expect(line).toMatchObject({
      messageId: ids[0],
      body: '{"userTaskKey":"9007199254740993"}',
      attributes: { tenant: { dataType: 'String', stringValue: 'a' } },
      messageGroupId: 'tenant-a',
      kind: 'not-found',
      failure: expect.stringContaining('not-found: 404 NOT_FOUND'),
      firstSentAt: '2025-06-01T12:00:00.000Z',
    });
    const enqueued = await runCli(
      ['enqueue', '--file', '-', '--format', 'jsonl', '--yes', '--queue-url', stage.embedded.queueUrl],
      { stdin: stdout },
    );
    expect(enqueued.code, enqueued.stderr).toBe(0);
    expect(await onQueue()).toEqual(['{"userTaskKey":"9007199254740993"}']);
  });
});

describe('a disk that is full', () => {
  it.runIf(existsSync('/dev/full'))('ends an export in good order, with nothing held back', async () => {
    const { stage, onDeadLetterQueue } = await sceneWith(burials(30));
    const { code, stderr } = await runCli(
      ['dlq', 'export', '--all', '--dead-letter-queue-url', stage.embedded.deadLetterQueueUrl],
      { stdoutTo: '/dev/full' },
    );
    expect(stderr).toContain('ENOSPC: no space left on device');
    expect(code).toBe(1);
    expect(await onDeadLetterQueue()).toHaveLength(30);
  });

  it('ends an export to a file in good order, with nothing held back', async () => {
    const bodies = burials(300);
    const { stage, onDeadLetterQueue } = await sceneWith(bodies);
    const to = join(await temporaryFolder(), 'letters.jsonl');
    const shell = `trap '' XFSZ; ulimit -f 100; exec "$@"`;
    const { code, stderr } = await runCli(
      ['dlq', 'export', '--all', '--to', to, '--dead-letter-queue-url', stage.embedded.deadLetterQueueUrl],
      { shell },
    );
    expect(stderr).toMatch(/^--to .*letters\.jsonl: Error: EFBIG: file too large, write \(EFBIG\)$/m);
    expect(stderr).not.toContain('Wrote');
    expect(code).toBe(1);
    expect(await onDeadLetterQueue()).toHaveLength(300);
  });
});

describe('wrong usage', () => {
  it.each([
    [
      ['redrive'],
      'Nothing to redrive was named: expected message ids, filters such as --kind or --verdict, or --all.',
    ],
    [['discard', '--all', '--kind', 'expired'], 'Expected one of message ids, filters and --all'],
    [
      ['redrive', '2251799813685249'],
      'is the key of a user task, not a message id: say --key 2251799813685249.',
    ],
    [['list', '--kind', ''], 'Expected kinds such as malformed, expired'],
    [['list', '--since', 'yesterday'], 'or a span up to now'],
    [['list', '--since', '2026-11-23T12:00Z'], '(the seconds are missing)'],
    [['list', '--until', '2026-11-23'], '(the time is missing)'],
    [['list', '--key', 'abc'], 'Expected keys of user tasks'],
    // As a script says it whose variable is not set.
    [['discard', '--match', '', '--yes'], 'Expected a text to look for'],
    [['discard', '5FEA7756-0EA4-451A-A703-A558B933E274', '--yes'], 'Expected message ids such as'],
    [['show', 'foo'], 'Expected a message id such as'],
    [['show', '5fea775'], 'its first eight characters'],
    [['redrive', '--all', '--rate', 'fast'], 'such as 50/s or 600/m'],
    [['discard', '--all', '--from-file', 'x'], 'expected no ids, filters or --all beside it'],
    [['redrive', '--all', '--expires-in', '2h', '--no-expiry'], 'cannot be used with'],
    [['discard', '--all'], 'There is no terminal to ask this on: --yes'],
  ])('%j', async (args, words) => {
    const { dlq, onDeadLetterQueue } = await sceneWith(burials(2));
    const { code, stderr } = await dlq(args);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
    expect(await onDeadLetterQueue()).toHaveLength(2);
  });

  it.each([
    ['discard', ['discard', '--all']],
    ['redrive', ['redrive', '--all']],
    ['redrive from a file', ['redrive', '--from-file', '-']],
  ])('refuses to %s where nobody can be asked, before it looks', async (_, args) => {
    const { stage } = await sceneWith(burials(1));
    const gate = await openGate(stage.embedded);
    const urls = ['--dead-letter-queue-url', gate.deadLetterQueueUrl];
    if (args.includes('redrive')) urls.push('--queue-url', gate.queueUrl);
    const { code, stderr } = await runCli(['dlq', ...args, ...urls]);
    expect({ code, requests: gate.count }).toEqual({ code: 2, requests: 0 });
    expect(stderr).toMatch(/^(Discard|Redrive)\? There is no terminal to ask this on: --yes answers it\./);
  });

  it('refuses to redrive a queue into itself', async () => {
    const { stage } = await sceneWith([]);
    const url = stage.embedded.deadLetterQueueUrl;
    const { code, stderr } = await runCli([
      'dlq',
      'redrive',
      '--all',
      '--dead-letter-queue-url',
      url,
      '--queue-url',
      url,
    ]);
    expect(stderr).toContain('The queue and the dead-letter queue are the same');
    expect(code).toBe(2);
  });

  it('says which queue is missing', async () => {
    const { code, stderr } = await runCli(['dlq', 'groups']);
    expect(code).toBe(2);
    expect(stderr).toContain('--dead-letter-queue-url');
  });
});
