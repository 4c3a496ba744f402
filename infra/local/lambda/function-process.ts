// Runs the built function in a process of its own, as Lambda runs it in an environment: one invocation at a time,
// killed when it overruns its time, started again for the next invocation when it died.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../client/sqs/local-queues.ts';
import { FunctionError, type LogLine, type Runtime, startRuntime } from './function-child.ts';

/** What to run, and with which environment variables. */
export interface FunctionOptions {
  /** The function's own settings; of this process's environment nothing but PATH is passed. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: what `npm run build` makes. */
  readonly artifact?: string;
  /** Called with each line that the function writes. */
  readonly onLog?: (line: LogLine) => void;
}

/** A function that can be invoked. */
export interface FunctionProcess {
  /**
   * Hands an event to the handler, after the invocations before it. When it settles, all that the invocation
   * wrote is in {@link logs}. Starts a new process where there is none any more.
   *
   * @throws FunctionError with what the handler threw, or why it did not come to an end
   */
  invoke(event: SQSEvent, options?: { readonly timeoutMs?: number }): Promise<SQSBatchResponse>;
  /** The latest lines, at most 10,000. */
  readonly logs: readonly LogLine[];
  /** Of the process that runs now, for SIGSTOP and SIGCONT; undefined where none does. */
  readonly pid: number | undefined;
  /** How many processes were started so far. */
  readonly starts: number;
  /** SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Ends the process; nothing can be invoked any more. */
  stop(): Promise<void>;
}

/** The default time-out of an invocation, as in the deployment. */
export const FUNCTION_TIMEOUT_MS = 60_000;

/**
 * Starts the function and waits until it has loaded its artifact.
 *
 * @throws FunctionError `FailedStart` with the message of the error that the artifact threw
 */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const environment = new FunctionEnvironment(options);
  await environment.ready();
  return environment;
}

const RUNTIME = fileURLToPath(new URL('function-runtime.ts', import.meta.url));
const ARTIFACT = fileURLToPath(new URL('../../../.build/unassign/index.mjs', import.meta.url));
const KEPT_LINES = 10_000;

class FunctionEnvironment implements FunctionProcess {
  readonly logs: LogLine[] = [];
  starts = 0;
  readonly #options: FunctionOptions;
  #process: Promise<Runtime> | undefined;
  #child: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: FunctionOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The process that runs, or a new one. */
  ready(): Promise<Runtime> {
    if (this.#stopped) throw new FunctionError('Stopped', 'the function was stopped');
    this.#process ??= this.#start();
    return this.#process;
  }

  invoke(event: SQSEvent, { timeoutMs = FUNCTION_TIMEOUT_MS } = {}): Promise<SQSBatchResponse> {
    const turn = this.#last.then(async () => (await this.ready()).invoke(event, timeoutMs));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
  }

  #start(): Promise<Runtime> {
    this.starts += 1;
    const child = fork(RUNTIME, [this.#options.artifact ?? ARTIFACT], {
      env: environmentOf(this.#options.env),
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.once('close', () => {
      this.#child = undefined;
      this.#process = undefined;
    });
    return startRuntime(child, (line) => {
      this.logs.push(line);
      if (this.logs.length > KEPT_LINES) this.logs.shift();
      this.#options.onLog?.(line);
    });
  }
}

/** The SDK warns where a queue is not at the endpoint that it would go to by itself. */
function environmentOf(given: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const queueUrl = given['QUEUE_URL'] ?? '';
  const sqs = URL.canParse(queueUrl) ? { AWS_ENDPOINT_URL_SQS: new URL(queueUrl).origin } : {};
  return { ...LAMBDA_ENVIRONMENT, PATH: process.env['PATH'], ...sqs, ...given };
}

const LAMBDA_ENVIRONMENT = {
  AWS_REGION: LOCAL_REGION,
  AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
  AWS_LAMBDA_FUNCTION_NAME: 'unassign',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  TZ: ':UTC',
};
