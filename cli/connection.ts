// From options to an SQS client and the queues' addresses.

import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { type Command, Option } from 'commander';
import { oneLine } from '../client/contract/text.ts';
import { findDeadLetterQueueUrl, findQueueUrl, regionOf } from '../client/sending/queue-addresses.ts';
import { REQUEST_HANDLER } from '../client/sqs/timeouts.ts';
import { port } from './argument-values.ts';
import { connectionError } from './connection-errors.ts';
import { UsageError } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

/** The options that say which queues are meant, as commander hands them over. */
export interface ConnectionOptions {
  readonly queueUrl?: string;
  readonly deadLetterQueueUrl?: string;
  readonly stage?: string;
  readonly local?: true;
  readonly port?: number;
  readonly profile?: string;
  readonly region?: string;
}

/** Which of the two queues. */
export type QueueName = 'queue' | 'dead-letter queue';

/** Where a queue's address comes from. */
export type QueueSource =
  | { readonly by: 'url'; readonly url: string }
  | { readonly by: 'stage'; readonly stage: string };

/** What the options come to. */
export interface ConnectionChoice {
  readonly queue: QueueSource | undefined;
  readonly deadLetterQueue: QueueSource | undefined;
  /** For the AWS clients. */
  readonly region: string | undefined;
  readonly profile: string | undefined;
  /** Of what `npm start` runs, where that is meant. */
  readonly localEndpoint: string | undefined;
}

/** A client, and the queues. */
export interface Connection {
  readonly sqs: SQSClient;
  /** The same for `sendMessages`, which tries again itself: each of its attempts is one. */
  readonly sender: SQSClient;
  /** The queue that takes requests. */
  queueUrl(): Promise<string>;
  deadLetterQueueUrl(): Promise<string>;
}

/** What `npm start` runs, unless told otherwise (infra/local). */
const LOCAL_PORT = 9324;
const LOCAL_ACCOUNT = '123456789012';
const LOCAL_REGION = 'us-east-1';

/**
 * Adds the options that say which queues are meant.
 *
 * @param queues those that the command needs
 */
export function addConnectionOptions(command: Command, queues: readonly QueueName[]): Command {
  command.optionsGroup('Which queue:');
  if (queues.includes('queue')) command.option('--queue-url <url>', 'the queue');
  if (queues.includes('dead-letter queue')) {
    command.option('--dead-letter-queue-url <url>', 'the dead-letter queue');
  }
  return command
    .option('--stage <stage>', 'what is deployed as this stage, found by its SSM parameters')
    .addOption(new Option('--local', 'what `npm start` runs on this machine').conflicts('stage'))
    .option('--port <n>', `with --local: the port of \`npm start\` (default: PORT, or ${LOCAL_PORT})`, port)
    .option('--profile <name>', 'the AWS profile, as the AWS CLI has it')
    .option('--region <region>', "the AWS region (default: the URL's, the environment's, the profile's)")
    .optionsGroup('Options:');
}

/**
 * What the options and the environment come to. Pure.
 *
 * A URL given wins over a stage, a stage over `--local`, and all of them over `UNASSIGN_QUEUE_URL`,
 * `UNASSIGN_DEAD_LETTER_QUEUE_URL` and `UNASSIGN_STAGE` of the environment.
 *
 * @throws UsageError where the options do not fit together
 */
export function chooseConnection(
  options: ConnectionOptions,
  environment: Surroundings['environment'],
): ConnectionChoice {
  if (options.port !== undefined && !options.local) {
    throw new UsageError('--port is the port of `npm start`, and goes with --local.');
  }
  const localEndpoint = options.local ? `http://127.0.0.1:${localPort(options, environment)}` : undefined;
  const source = (url: string | undefined, localName: string, variable: string): QueueSource | undefined => {
    if (url !== undefined) return { by: 'url', url };
    if (options.stage !== undefined) return { by: 'stage', stage: options.stage };
    if (localEndpoint !== undefined) {
      return { by: 'url', url: `${localEndpoint}/${LOCAL_ACCOUNT}/${localName}` };
    }
    const { [variable]: variableUrl, UNASSIGN_STAGE: variableStage } = environment;
    if (variableUrl) return { by: 'url', url: variableUrl };
    return variableStage ? { by: 'stage', stage: variableStage } : undefined;
  };
  const queue = source(options.queueUrl, 'unassign', 'UNASSIGN_QUEUE_URL');
  const deadLetterQueue = source(
    options.deadLetterQueueUrl,
    'unassign-dead-letters',
    'UNASSIGN_DEAD_LETTER_QUEUE_URL',
  );
  return {
    queue,
    deadLetterQueue,
    region: chooseRegion(options, [queue, deadLetterQueue], environment),
    profile: options.profile,
    localEndpoint,
  };
}

/**
 * Connects, works, and closes the connection. Errors of credentials, region, permissions, network and missing
 * queues come out as one clear message that says what to do.
 *
 * @param queues those that the work needs; one that nothing names is a UsageError before anything begins
 */
export async function withConnection<T>(
  choice: ConnectionChoice,
  queues: readonly QueueName[],
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  for (const name of queues) requireSource(choice, name);
  const config = clientConfig(choice);
  const sqs = new SQSClient(config);
  const sender = new SQSClient({ ...config, maxAttempts: 1 });
  const lookup = (source: QueueSource | undefined) => ({
    ...(source?.by === 'url' && { url: source.url }),
    ...(source?.by === 'stage' && { stage: source.stage }),
    environment: {},
    ssm: config,
  });
  const once = <V>(find: () => Promise<V>) => {
    let found: Promise<V> | undefined;
    return () => {
      found ??= find();
      return found;
    };
  };
  try {
    return await work({
      sqs,
      sender,
      queueUrl: once(() => findQueueUrl(lookup(choice.queue))),
      deadLetterQueueUrl: once(() => findDeadLetterQueueUrl(lookup(choice.deadLetterQueue))),
    });
  } catch (error) {
    throw connectionError(error, choice);
  } finally {
    sqs.destroy();
    sender.destroy();
  }
}

/** A queue as the options name it, for people. */
export function sourceText(source: QueueSource | undefined, name: QueueName): string {
  if (source === undefined) return `the ${name}`;
  return source.by === 'url' ? oneLine(source.url, 300) : `the ${name} of stage ${source.stage}`;
}

/** The stand-in cluster of what `npm start` runs, where that is meant: it takes the port after the queue's. */
export function standInAddress({ localEndpoint }: ConnectionChoice): string | undefined {
  return localEndpoint === undefined
    ? undefined
    : `http://127.0.0.1:${Number(new URL(localEndpoint).port) + 1}`;
}

function localPort({ port }: ConnectionOptions, environment: Surroundings['environment']): number {
  if (port !== undefined) return port;
  const { PORT: text } = environment;
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : LOCAL_PORT;
}

/** A request is signed for a region: for that of the queue's URL, where it names one. */
function chooseRegion(
  options: ConnectionOptions,
  sources: readonly (QueueSource | undefined)[],
  environment: Surroundings['environment'],
): string | undefined {
  const named = sources.map((source) => (source?.by === 'url' ? regionOf(source.url) : undefined));
  const ofUrl = named.find((region) => region !== undefined);
  if (options.region !== undefined && ofUrl !== undefined && options.region !== ofUrl) {
    throw new UsageError(`--region ${options.region} is not the region of the queue's URL (${ofUrl}).`);
  }
  if (options.local) return LOCAL_REGION;
  return (
    options.region ?? ofUrl ?? (environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || undefined)
  );
}

function clientConfig({ region, profile, localEndpoint }: ConnectionChoice): SQSClientConfig {
  return {
    maxAttempts: 3,
    // What is worth saying comes out as an error; the SDK's warnings are for programmers.
    logger: QUIET,
    requestHandler: REQUEST_HANDLER,
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(localEndpoint !== undefined && {
      endpoint: localEndpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  };
}

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function requireSource(choice: ConnectionChoice, name: QueueName): void {
  if ((name === 'queue' ? choice.queue : choice.deadLetterQueue) !== undefined) return;
  const [option, variable] =
    name === 'queue'
      ? ['--queue-url', 'UNASSIGN_QUEUE_URL']
      : ['--dead-letter-queue-url', 'UNASSIGN_DEAD_LETTER_QUEUE_URL'];
  const width = `${option} <url>`.length;
  throw new UsageError(
    [
      `No ${name} given. Use one of:`,
      `  ${'--stage <stage>'.padEnd(width)}  what is deployed as this stage (or UNASSIGN_STAGE in the environment)`,
      `  ${`${option} <url>`.padEnd(width)}  the ${name} itself (or ${variable} in the environment)`,
      `  ${'--local'.padEnd(width)}  what \`npm start\` runs on this machine`,
    ].join('\n'),
  );
}
