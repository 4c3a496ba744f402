// The processes of a benchmark: one with the services, and a fresh one for each round of each contender.
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../infra/tools/bundle.ts';
import type { FromContender, Memory, Served, ToContender } from './contender.ts';
import { CONTENDER_MAIN } from './contenders.ts';
import type { Counts, FromServices, ToServices, Weather } from './services.ts';

/** Who signs the services' certificate; written anew by each of their starts. */
const AUTHORITY_FILE = `${ROOT}.build/bench/authority-${process.pid}.pem`;

/** The services' process. */
export interface Services {
  /** The settings that lead a handler to them. */
  readonly env: Readonly<Record<string, string>>;
  /** Changes the weather and starts the counts afresh. */
  set(weather: Weather): Promise<void>;
  count(): Promise<Counts>;
  stop(): void;
}

/** What to start a handler with. */
export interface ContenderOptions {
  readonly artifact: string;
  readonly env: Readonly<Record<string, string>>;
  /** Flags of Node.js. */
  readonly execArgv?: readonly string[];
}

/** A process with a handler in it. */
export interface ContenderProcess {
  serve(wish: {
    readonly batchSize: number;
    readonly isGuarded?: boolean;
    readonly atLeastMs?: number;
    readonly atLeastMessages?: number;
  }): Promise<Served>;
  measureMemory(): Promise<Memory>;
  stop(): void;
}

/** Starts the services. */
export async function startServices(): Promise<Services> {
  const main = fileURLToPath(new URL('services.ts', import.meta.url));
  const child = fork(main, [AUTHORITY_FILE], { execArgv: [] });
  const listening = await heard<FromServices>(child, 'services');
  if (listening.type !== 'listening') throw new Error('the services said something before they listened');
  const ask = async (question: ToServices) => {
    child.send(question);
    const answer = await heard<FromServices>(child, 'services');
    if (answer.type !== 'done') throw new Error('the services did not answer what they were asked');
    return answer.counts;
  };
  return {
    env: environment(listening.cluster, listening.aws),
    set: async (weather) => {
      await ask({ type: 'set', weather });
    },
    count: () => ask({ type: 'count' }),
    stop: () => {
      child.kill();
      rmSync(AUTHORITY_FILE, { force: true });
    },
  };
}

/** As Lambda sets it, and as each of the handlers is configured. */
function environment(cluster: string, aws: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    TZ: ':UTC',
    NODE_ENV: 'production',
    NODE_EXTRA_CA_CERTS: AUTHORITY_FILE,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_LAMBDA_FUNCTION_NAME: 'unassign',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_ENDPOINT_URL_SQS: aws,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws,
    QUEUE_URL: `${aws}/123456789012/unassign`,
    DEAD_LETTER_QUEUE_URL: `${aws}/123456789012/unassign-dead-letters`,
    CAMUNDA_REST_ADDRESS: cluster,
    CAMUNDA_MAX_CONNECTIONS: '10',
  };
}

/** What makes those handlers that know OAuth use it, with its secret in Secrets Manager. */
export function oauthEnvironment({ env }: Services): Record<string, string> {
  return {
    ...env,
    CAMUNDA_AUTH_STRATEGY: 'OAUTH',
    CAMUNDA_OAUTH_URL: `${env['AWS_ENDPOINT_URL_SQS']}/oauth/token`,
    CAMUNDA_CLIENT_ID: 'unassign',
    CAMUNDA_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:camunda-AbC123',
  };
}

/** Starts a handler and waits until it is loaded. */
export async function startContender(options: ContenderOptions): Promise<ContenderProcess> {
  const child = spawn(options, '');
  await heard<FromContender>(child, options.artifact);
  const ask = async (question: ToContender) => {
    child.send(question);
    return heard<FromContender>(child, options.artifact);
  };
  return {
    async serve({ batchSize, isGuarded = false, atLeastMs = 0, atLeastMessages = 0 }) {
      const answer = await ask({ type: 'serve', batchSize, isGuarded, atLeastMs, atLeastMessages });
      if (answer.type !== 'served') throw new Error(`${options.artifact} did not serve`);
      return answer;
    },
    async measureMemory() {
      const answer = await ask({ type: 'measure-memory' });
      if (answer.type !== 'memory') throw new Error(`${options.artifact} did not say what it holds`);
      return answer;
    },
    stop: () => child.kill('SIGKILL'),
  };
}

/** From the spawn of a process to the result of its first batch, of ten messages; milliseconds. */
export async function coldStart(options: ContenderOptions): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(options, 'first-batch');
  await heard<FromContender>(child, options.artifact);
  const elapsedMs = performance.now() - startedAt;
  await ended(child);
  return elapsedMs;
}

/** How many bytes of modules a handler reads until its first batch, of ten messages, is served. */
export async function bytesRead(options: ContenderOptions): Promise<number> {
  const child = spawn(options, 'bytes-read');
  await heard<FromContender>(child, options.artifact);
  const answer = await heard<FromContender>(child, options.artifact);
  await ended(child);
  if (answer.type !== 'bytes-read') throw new Error(`${options.artifact} did not say what it read`);
  return answer.bytes;
}

/** What the handler writes costs it what it costs, but is not looked at. */
function spawn({ artifact, env, execArgv = [] }: ContenderOptions, start: string): ChildProcess {
  return fork(CONTENDER_MAIN, [artifact, start], {
    env: { ...env },
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The next message of a process, or an error where it ends without one. */
function heard<Message>(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      child.off('exit', onExit);
      resolve(message as Message);
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
      child.off('message', onMessage);
      reject(new Error(`${name} ended (${signal ?? `exit code ${code}`})`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

/** So that the end of one process is not the noise of the next. */
async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
