// Ctrl-C while `enqueue` runs: it ends in good order, and what was done is known.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../cli/program.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { runCli, setSqs, startCli } from '../support/binary.ts';
import { playWorld } from '../support/surroundings.ts';
import { A, jsonLines, keyIn, keysTo, localArgs } from './requests.ts';

describe('an interrupt', () => {
  it('says from which line to go on, and that misses none', async () => {
    const { tap } = await setSqs();
    const all = keysTo(2000);
    const file = await temporaryFile('keys.txt', all.join('\n'));
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes'];
    let stop: () => void = () => undefined;
    tap.fault = (_, attempt) => {
      if (attempt === 9) stop();
      return undefined;
    };
    const { child, end } = startCli(args);
    stop = () => child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code, stderr).toBe(130);
    const [, line = ''] = /Go on with --from-line (\d+);/.exec(stderr) ?? [];
    expect(await runCli([...args, '--from-line', line])).toMatchObject({ code: 0 });
    expect(new Set(tap.sentTo(tap.queueUrl).map(({ MessageBody }) => keyIn(MessageBody)))).toEqual(
      new Set(all),
    );
  });

  it.each([1, 2, 9, 40])('at send %i loses nothing, and says what was done', async (when) => {
    const { tap } = await setSqs();
    const all = keysTo(2000);
    const { surroundings, stdout, stderr } = playWorld({ stdin: all.join('\n') });
    tap.fault = (_, attempt) => {
      if (attempt === when) surroundings.interrupt();
      return undefined;
    };
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['--file', '-', '--yes', '--failed-to', failed, '--output', 'json'];
    const code = await runProgram(['enqueue', ...localArgs(tap), ...args], surroundings);
    expect(code, stderr()).toBe(130);
    const told = JSON.parse(stdout());
    const kept = jsonLines(await readFile(failed, 'utf8')).map(({ body }) => keyIn(body));
    const sent = tap.sentTo(tap.queueUrl).map(({ MessageBody }) => keyIn(MessageBody));
    expect(told).toMatchObject({ interrupted: true, notSentCount: kept.length - told.failedCount });
    expect(told.sent + told.failedCount + told.notSentCount).toBe(2000);
    expect(new Set([...sent, ...kept])).toEqual(new Set(all));
    expect(stderr()).toMatch(/Interrupted: sent [\d,]+ of 2,000 requests/);
  });

  it('during the first send says that it may have been sent', async () => {
    const { tap } = await setSqs();
    tap.fault = () => ({ kind: 'hang', sent: true });
    const file = await temporaryFile('keys.txt', keysTo(3).join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['--queue-url', tap.queueUrl, '--file', file, '--yes', '--failed-to', failed];
    const { child, end } = startCli(['enqueue', ...args]);
    await eventually(() => expect(tap.sends).toHaveLength(1));
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/Interrupted: sent 0 of 3 requests in .*; 1 failed; 2 not tried\./);
    const codes = jsonLines(await readFile(failed, 'utf8')).map((kept) => kept.code);
    expect(codes).toEqual(['InDoubt', 'NotSent', 'NotSent']);
  });

  it('ends a dry run, too', async () => {
    const file = await temporaryFile('keys.txt', keysTo(300_000).join('\n'));
    const { child, stdout, end } = startCli(['enqueue', '--file', file, '--dry-run', '--output', 'jsonl']);
    await eventually(() => expect(stdout()).not.toBe(''));
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted: nothing was sent.');
    expect(jsonLines(stdout()).length).toBeLessThan(300_000);
  });

  it('by SIGTERM is the same', async () => {
    const { tap } = await setSqs();
    let stop: () => void = () => undefined;
    tap.fault = () => {
      stop();
      return undefined;
    };
    const file = await temporaryFile('keys.txt', keysTo(100).join('\n'));
    const { child, end } = startCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes']);
    stop = () => child.kill('SIGTERM');
    expect(await end).toMatchObject({
      code: 130,
      stdout: expect.stringMatching(/^Interrupted: sent \d+ of 100 requests .*; \d+ not tried\.\n$/),
    });
  });

  it('for the second time ends it at once', async () => {
    const { tap } = await setSqs();
    tap.fault = () => ({ kind: 'hang', sent: false });
    const { child, stderr, end } = startCli(['enqueue', '--queue-url', tap.queueUrl, A]);
    await eventually(() => expect(tap.sends).toHaveLength(1));
    child.kill('SIGINT');
    await eventually(() => expect(stderr()).toContain('Ctrl-C again stops at once.'));
    // What comes sooner is taken for the same key, passed on by npx.
    await pause(600);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stdout: '' });
  });
});
