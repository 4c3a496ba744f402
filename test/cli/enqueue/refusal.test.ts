// What `enqueue` does about requests that SQS does not take.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OUTPUT_FORMATS } from '../../../cli/output.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { runCli, setSqs } from '../support/binary.ts';
import { runIn } from '../support/surroundings.ts';
import { A, B, bodyOf, C, jsonLines, keyIn, keysTo, localArgs, refuse } from './requests.ts';

describe('requests that SQS refuses', () => {
  it('are told, counted, and the others sent', async () => {
    const { tap } = await setSqs();
    refuse(tap, [B]);
    const { code, stdout } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A, B, C]);
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^LINE {2}KEY +CODE +WHY\n +2 {2}2251799813685250 {2}InvalidMessageContents {2}failed by the test\nSent 2 of 3 requests in .*; 1 failed\.\n$/,
    );
  });

  describe('are rows beside the bad lines', () => {
    const ROWS = [
      {
        line: 2,
        state: 'invalid',
        userTaskKey: null,
        code: 'Invalid',
        message: expect.stringContaining('"Ada"'),
        retryable: false,
      },
      {
        line: 3,
        state: 'failed',
        userTaskKey: B,
        code: 'InvalidMessageContents',
        message: 'failed by the test',
        retryable: false,
      },
    ];
    const KEYS = `${A}\nAda\n${B}\n`;
    const ARGS = ['--file', '-', '--yes', '--skip-invalid'];

    it('of JSON, each in a line, with the talk apart', async () => {
      const { tap } = await setSqs();
      refuse(tap, [B]);
      const args = ['enqueue', '--queue-url', tap.queueUrl, ...ARGS, '--output', 'jsonl'];
      const { code, stdout, stderr } = await runCli(args, { stdin: KEYS });
      expect({ code, rows: jsonLines(stdout) }).toEqual({ code: 3, rows: ROWS });
      expect(stderr).toMatch(/Sent 1 of 2 requests/);
    });

    it('of one JSON, which says what became of all', async () => {
      const { tap } = await setSqs();
      refuse(tap, [B]);
      const args = ['enqueue', ...localArgs(tap), ...ARGS, '--output', 'json'];
      const { stdout } = await runIn({ stdin: KEYS }, args);
      expect(JSON.parse(stdout)).toEqual({
        failed: ROWS,
        requests: 2,
        sent: 1,
        failedCount: 1,
        invalidCount: 1,
        notSentCount: 0,
        interrupted: false,
        seconds: expect.any(Number),
      });
    });
  });

  it('go to a file that is accepted again, whole', async () => {
    const { tap } = await setSqs();
    refuse(tap, [A, B]);
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const message = {
      body: `{ "userTaskKey": "${A}" }`,
      attributes: {
        tenant: { dataType: 'String', stringValue: 'a' },
        hash: { dataType: 'Binary.x', binaryValue: 'AAEC' },
      },
      messageGroupId: 'own',
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    };
    const content = [message, { userTaskKey: B }, { userTaskKey: C }]
      .map((line) => JSON.stringify(line))
      .join('\n');
    const file = await temporaryFile('x.jsonl', content);
    const to = ['enqueue', '--queue-url', tap.queueUrl, '--yes'];
    const first = await runCli([...to, '--file', file, '--failed-to', failed, '--group', 'default']);
    expect(first.code).toBe(3);
    expect(first.stderr).toContain(`What was not sent is in ${failed}; --file takes it again.`);
    const why = { code: 'InvalidMessageContents', message: 'failed by the test', retryable: false };
    expect(jsonLines(await readFile(failed, 'utf8'))).toEqual([
      { ...message, line: 1, ...why },
      { body: bodyOf(B), messageGroupId: 'default', line: 2, ...why },
    ]);

    tap.fault = undefined;
    tap.sends.length = 0;
    expect(await runCli([...to, '--file', failed])).toMatchObject({ code: 0 });
    expect(tap.sentTo(tap.queueUrl)).toEqual([
      expect.objectContaining({
        MessageBody: message.body,
        MessageGroupId: 'own',
        MessageAttributes: {
          tenant: { DataType: 'String', StringValue: 'a' },
          hash: { DataType: 'Binary.x', BinaryValue: 'AAEC' },
        },
        MessageSystemAttributes: {
          AWSTraceHeader: expect.objectContaining({ StringValue: message.traceHeader }),
        },
      }),
      expect.objectContaining({ MessageBody: bodyOf(B), MessageGroupId: 'default' }),
    ]);
  });

  it('go to a file with the person who must have the task', async () => {
    const { tap } = await setSqs();
    refuse(tap, [A]);
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['--expected-assignee', 'demo', '--failed-to', failed];
    await runIn({}, ['enqueue', A, ...localArgs(tap), ...args]);
    expect(jsonLines(await readFile(failed, 'utf8'))).toMatchObject([
      { body: `{"userTaskKey":"${A}","expectedAssignee":"demo"}`, code: 'InvalidMessageContents' },
    ]);
  });

  it('are not sent where the file for them is there already', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('failed.jsonl', `${bodyOf(A)}\n`);
    const args = ['--file', file, '--failed-to', file, '--yes'];
    const { code, stderr } = await runIn({}, ['enqueue', ...localArgs(tap), ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--failed-to .*there already/);
    expect(tap.sends).toEqual([]);
  });

  it('are told of where the disk is full, and nothing more is sent', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', keysTo(9999).join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['--queue-url', tap.queueUrl, '--file', file, '--yes', '--failed-to', failed];
    // Of each batch one is taken, or there would be no hope for the others.
    tap.fault = ({ entries }) => {
      const ids = entries.slice(1).map(({ Id }) => Id);
      return { kind: 'failed-entries', ids, code: 'InvalidMessageContents', senderFault: true };
    };
    // At most 25 or 50 KiB for one file: what a shell's block is depends on the shell.
    const shell = `trap '' XFSZ; ulimit -f 50; exec "$@"`;
    const { code, stdout, stderr } = await runCli(['enqueue', ...args, '--output', 'json'], { shell });
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(
      /--failed-to .*EFBIG.*\n.*\n.*\n.*failed\.jsonl lacks some of what was not sent\./,
    );
    const told = JSON.parse(stdout);
    expect(told.failed).toHaveLength(told.failedCount);
    expect(told.sent + told.failedCount).toBeLessThan(9999);
    expect(tap.sends.length).toBeLessThan(1000);
  });

  it.skipIf(!existsSync('/dev/full')).each(OUTPUT_FORMATS)(
    'are counted where stdout takes no more of a %s',
    async (output) => {
      const { tap } = await setSqs();
      refuse(tap, [B]);
      const args = ['enqueue', '--queue-url', tap.queueUrl, A, B, '--output', output];
      const { code, stderr } = await runCli(args, { shell: 'exec "$@" > /dev/full' });
      expect(code).toBe(3);
      expect(stderr).toMatch(/^Stopped by an error: .*ENOSPC.*\nSent 1 of 2 requests in .*; 1 failed\./m);
    },
  );

  it('leave no file where there are none', async () => {
    const { tap } = await setSqs();
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['enqueue', A, ...localArgs(tap), '--failed-to', failed];
    expect(await runIn({}, args)).toMatchObject({ code: 0 });
    expect(existsSync(failed)).toBe(false);
  });

  it('are sent again where it was a fault that passes, the first one too', async () => {
    const { tap } = await setSqs();
    const fault = { kind: 'failed-entries', code: 'InternalError', senderFault: false } as const;
    tap.fault = ({ entries }, attempt) =>
      attempt > 4 ? undefined : { ...fault, ids: entries.map(({ Id }) => Id) };
    const { code, stdout } = await runIn({}, ['enqueue', A, B, ...localArgs(tap)]);
    expect(code, stdout).toBe(0);
    expect(tap.sends.length).toBeGreaterThan(4);
  });

  it('for a reason that holds for all are not tried by the thousand', async () => {
    const { tap } = await setSqs();
    tap.fault = () => ({ kind: 'error', status: 403, type: 'AccessDeniedException', sent: false });
    const file = await temporaryFile('keys.txt', keysTo(1000).join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--failed-to', failed];
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Sent 0 of 1,000 requests in .*; 1 failed; 999 not tried\./);
    expect(stderr).toMatch(/Permission denied\..*ProducerPolicy/);
    expect(tap.sends).toHaveLength(1);
    expect(jsonLines(await readFile(failed, 'utf8')).map(({ body }) => keyIn(body))).toEqual(keysTo(1000));
  });
});
