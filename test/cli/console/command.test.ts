// `camunda-unassign console` as people run it, with a browser that the test plays.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../infra/local/eventually.ts';
import { ROOT } from '../../package/installed-package.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { type Running, runCli, setSqs, startCli } from '../support/binary.ts';
import { answerOf, requestOf } from './console-stage.ts';

interface Served extends Running {
  /** The links that were printed so far. */
  links(): string[];
}

async function serve(
  args: readonly string[] = ['--no-open'],
  environment: Record<string, string> = {},
): Promise<Served> {
  const { sqs } = await setSqs();
  const queue = ['--dead-letter-queue-url', sqs.deadLetterQueueUrl, '--queue-url', sqs.queueUrl];
  const running = startCli(['console', '--console-port', '0', ...queue, ...args], {
    environment,
    keepsStdin: true,
  });
  const links = () =>
    running
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('http'));
  await eventually(() => expect(links().length, running.stderr()).toBe(1));
  return { ...running, links };
}

async function exchange(link: string | undefined) {
  const { origin, hash } = new URL(link ?? '');
  const token = hash.replace('#token=', '');
  return answerOf(await fetch(`${origin}/api/session`, requestOf('POST', origin, undefined, { token })));
}

/**
 * A desktop whose browser is a script: it writes down its arguments, the file that it was given, who may read that, and its
 * environment.
 */
async function desktop(): Promise<{ environment: Record<string, string>; seen(): Promise<string[]> }> {
  const folder = await temporaryFolder();
  const script = join(folder, 'xdg-open');
  const log = join(folder, 'log');
  await writeFile(
    script,
    `#!/bin/sh\n{ echo "$@"; stat -c %a "$1" "$(dirname "$1")"; tr '\\n' ' ' < "$1"; echo; env; } > ${log}.new\nmv ${log}.new ${log}\n`,
  );
  await chmod(script, 0o755);
  return {
    environment: { DISPLAY: ':0', PATH: `${folder}:${process.env['PATH']}` },
    seen: () => eventually(async () => (await readFile(log, 'utf8')).split('\n')),
  };
}

describe('the console', () => {
  it('prints a link, and a fresh one on Enter', async () => {
    const { child, links } = await serve();
    child.stdin?.write('\n');
    await eventually(() => expect(links().length).toBe(2));
    const [first, fresh] = links();
    expect((await exchange(first)).status).toBe(401);
    expect((await exchange(fresh)).status).toBe(200);
  });

  it('ends in good order when it is asked to', async () => {
    const { child, end, links } = await serve();
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
    await expect(fetch(links()[0] ?? '')).rejects.toThrow();
  });

  it('says what to do where its port is taken', async () => {
    const { sqs } = await setSqs();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const taken = ['--console-port', String(port), '--dead-letter-queue-url', sqs.deadLetterQueueUrl];
    const { code, stderr } = await runCli(['console', '--no-open', ...taken]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Port \d+ is taken.*--console-port <n> names another/);
  });

  it.each([
    ['no queue', [], /No dead-letter queue given/],
    ['a port that is none', ['--console-port', '65536'], /from 0 to 65535/],
  ])('refuses %s', async (_, args, problem) => {
    const { code, stderr } = await runCli(['console', '--no-open', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(problem)]);
  });

  it('says what to do where SQS cannot be reached, and ends', async () => {
    const url = 'http://127.0.0.1:1/123456789012/unassign-dead-letters';
    const { code, stderr } = await runCli(['console', '--no-open', '--dead-letter-queue-url', url]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot be reached/)]);
  });
});

describe.runIf(process.platform === 'linux')('the browser', () => {
  it('is opened through a file that only its user may read, and the token is no argument', async () => {
    const { environment, seen } = await desktop();
    const { links } = await serve([], environment);
    const [args = '', file, folder, page] = await seen();
    const [, token = ''] = links()[0]?.split('#token=') ?? [];
    expect(args).toMatch(/^\/\S+\.html$/);
    expect(args).not.toContain(token);
    expect([file, folder]).toEqual(['600', '700']);
    expect(page).toContain(`url=${links()[0]}`);
  });

  it('learns nothing of credentials', async () => {
    const { environment, seen } = await desktop();
    const secrets = { AWS_SECRET_ACCESS_KEY: 'known-to-aws', CAMUNDA_CLIENT_SECRET: 'known-to-camunda' };
    await serve([], { ...environment, ...secrets });
    const learned = (await seen()).join('\n');
    expect(learned).toContain('DISPLAY=:0');
    expect(learned).not.toMatch(/known-to-|AWS_|CAMUNDA_/);
  });

  it('leaves no file behind when the link was used', async () => {
    const { environment, seen } = await desktop();
    const { links } = await serve([], environment);
    const [path = ''] = await seen();
    expect((await exchange(links()[0])).status).toBe(200);
    await eventually(() => expect(existsSync(path)).toBe(false));
  });

  it('leaves no file behind when the console ends before', async () => {
    const { environment, seen } = await desktop();
    const { child, end } = await serve([], environment);
    const [path = ''] = await seen();
    child.kill('SIGTERM');
    await end;
    expect(existsSync(path)).toBe(false);
  });

  it('is not needed', async () => {
    const { stderr } = await serve([], { DISPLAY: '', WAYLAND_DISPLAY: '' });
    await eventually(() => expect(stderr()).toContain('open the link yourself'));
  });
});

it('the server is loaded by no other command', async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['cli/main.ts'],
    bundle: true,
    splitting: true,
    outdir: 'out',
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    metafile: true,
  });
  const main = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === 'cli/main.ts');
  const reached = new Set<string>();
  const visit = (imports: NonNullable<typeof main>['imports']) => {
    for (const { path, kind } of imports) {
      if (kind === 'dynamic-import' || reached.has(path)) continue;
      reached.add(path);
      visit(metafile.outputs[path]?.imports ?? []);
    }
  };
  visit(main?.imports ?? []);
  expect([...reached]).toContain('commander');
  expect([...reached].filter((path) => /hono|cloudwatch/.test(path))).toEqual([]);
});
