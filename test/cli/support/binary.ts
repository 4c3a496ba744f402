// The real command as it is packed, in a process of its own: `npm run build:package` makes it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import { type SqsTap, startSqsTap } from '../../support/sqs-tap.ts';
import { runIn, type World } from './surroundings.ts';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly end: Promise<Ended>;
}

/** A command that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What it is started with. */
export interface StartOptions {
  readonly stdin?: string | Uint8Array;
  /** Leaves stdin open, for more to be written. */
  readonly keepsStdin?: boolean;
  /** Undefined: not there. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A line of shell that runs the command as `"$@"`. */
  readonly shell?: string;
  /** A file that its results go to, instead of where {@link Ended.stdout} comes from. */
  readonly stdoutTo?: string;
}

/** Credentials that the embedded SQS does not look at, and no configuration of whoever runs the tests. */
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Starts the command; it is killed when the test has finished. */
export function startCli(
  args: readonly string[],
  { stdin, keepsStdin = false, environment = {}, shell, stdoutTo }: StartOptions = {},
): Running {
  const results = stdoutTo === undefined ? undefined : openSync(stdoutTo, 'w');
  const command = commandLine(args);
  const [file = '', ...rest] = shell === undefined ? command : ['sh', '-c', shell, 'sh', ...command];
  const child = spawn(file, rest, {
    env: environmentOf(environment),
    stdio: ['pipe', results ?? 'pipe', 'pipe'],
  });
  if (results !== undefined) closeSync(results);
  onTestFinished(() => void child.kill('SIGKILL'));
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that does not read its stdin may have ended before all is written.
  child.stdin?.on('error', () => undefined);
  if (!keepsStdin) child.stdin?.end(stdin ?? '');
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();
  return {
    child,
    stdout: () => text(stdout),
    stderr: () => text(stderr),
    end: once(child, 'close').then(([code]) => ({ code, stdout: text(stdout), stderr: text(stderr) })),
  };
}

/** How the command is started with these arguments. */
export function commandLine(args: readonly string[]): readonly string[] {
  return [process.execPath, MAIN, ...args];
}

/** The environment in which it runs, with a folder for its state that is gone when the test has finished. */
export function environmentOf(more: StartOptions['environment'] = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], ...ENVIRONMENT, XDG_STATE_HOME: stateHome(), ...more };
}

/** What the command writes down must not reach the home of whoever runs the tests. */
function stateHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'camunda-unassign-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/**
 * Runs the command to its end as {@link runCli} does, but in this process, which takes a tenth of the time: for what a process of
 * its own adds nothing to.
 */
export async function runHere(
  args: readonly string[],
  {
    stdin = '',
    environment = {},
    now = Date.now,
  }: Pick<StartOptions, 'stdin' | 'environment'> & Pick<World, 'now'> = {},
): Promise<Ended> {
  const all = environmentOf(environment);
  // The SDK looks for credentials and endpoints in the process.
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  try {
    return await runIn({ environment: all, stdin, now }, args);
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Runs the command to its end. */
export function runCli(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startCli(args, options).end;
}

/** An SQS of the test's own, behind a proxy that can make sends fail. */
export async function setSqs(): Promise<{ sqs: EmbeddedSqs; tap: SqsTap }> {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());
  const tap = await startSqsTap(sqs);
  onTestFinished(() => tap.close());
  return { sqs, tap };
}
