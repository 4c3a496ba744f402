// From options to an SQS client and the queues' addresses.

import { SQSClient } from '@aws-sdk/client-sqs';
import { type Command, Option, type OptionValues } from 'commander';
import { oneLine } from '../client/contract/text.ts';
import { findDeadLetterQueueUrl, findQueueUrl } from '../client/sending/queue-addresses.ts';
import { type AwsAccess, awsClientConfig } from '../client/sqs/aws-client.ts';
import { endpointOf, regionOf } from '../client/sqs/endpoint.ts';
import {
  LOCAL_CREDENTIALS,
  LOCAL_DEAD_LETTER_QUEUE,
  LOCAL_PORT,
  LOCAL_QUEUE,
  LOCAL_REGION,
  localClusterPort,
  localEndpoint,
  localQueueUrl,
} from '../client/sqs/local-queues.ts';
import { port } from './argument-values.ts';
import { connectionError } from './connection-errors.ts';
import { UsageError } from './exit-codes.ts';
import type { NoOptions, OptionsOf } from './options.ts';
import type { Surroundings } from './surroundings.ts';

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
  /** Undefined where the profile's is meant. */
  readonly region: string | undefined;
  readonly profile: string | undefined;
  /** Of what `npm start` runs, where that is meant. */
  readonly localEndpoint: string | undefined;
  /** Of the process: the region and the proxies that it names. */
  readonly environment: Surroundings['environment'];
}

/** The queues, found when they are asked for. */
export interface Connection {
  /** The queue that takes requests. Its client tries once: `sendMessages` tries again itself, and counts. */
  queue(): Promise<ConnectedQueue>;
  deadLetterQueue(): Promise<ConnectedQueue>;
}

/** A queue, and a client that reaches it. */
export interface ConnectedQueue {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
}

/** Adds the options that say which queue is meant. */
export function addQueueOptions<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>) {
  return addPlaceOptions(command.optionsGroup(HEADING).option('--queue-url <url>', 'the queue'));
}

/** Adds the options that say which dead-letter queue is meant. */
export function addDeadLetterQueueOptions<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>) {
  return addPlaceOptions(
    command.optionsGroup(HEADING).option('--dead-letter-queue-url <url>', 'the dead-letter queue'),
  );
}

/** Adds the options that say which queues are meant, for commands that need both. */
export function addBothQueuesOptions<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>) {
  return addDeadLetterQueueOptions(command.optionsGroup(HEADING).option('--queue-url <url>', 'the queue'));
}

/** The options that say which queues are meant; a command may have only one of the two URLs. */
export type ConnectionOptions = OptionsOf<typeof addBothQueuesOptions<[], NoOptions, NoOptions>>;

const HEADING = 'Which queue:';

function addPlaceOptions<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command
    .option('--stage <stage>', 'the queues of this stage, found by its SSM parameters')
    .addOption(new Option('--local', 'the queues that `npm start` runs on this machine').conflicts('stage'))
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
  const endpoint = options.local ? localEndpoint(localPort(options, environment)) : undefined;
  const source = (url: string | undefined, localName: string, variable: string): QueueSource | undefined => {
    if (url !== undefined) return { by: 'url', url };
    if (options.stage !== undefined) return { by: 'stage', stage: options.stage };
    if (endpoint !== undefined) return { by: 'url', url: localQueueUrl(endpoint, localName) };
    const { [variable]: variableUrl, UNASSIGN_STAGE: variableStage } = environment;
    if (variableUrl) return { by: 'url', url: variableUrl };
    return variableStage ? { by: 'stage', stage: variableStage } : undefined;
  };
  const queue = source(options.queueUrl, LOCAL_QUEUE, 'UNASSIGN_QUEUE_URL');
  const deadLetterQueue = source(
    options.deadLetterQueueUrl,
    LOCAL_DEAD_LETTER_QUEUE,
    'UNASSIGN_DEAD_LETTER_QUEUE_URL',
  );
  return {
    queue,
    deadLetterQueue,
    region: chooseRegion(options, [queue, deadLetterQueue], environment),
    profile: options.profile,
    localEndpoint: endpoint,
    environment,
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
  const clients: SQSClient[] = [];
  const connect = async (find: typeof findQueueUrl, source: QueueSource | undefined, maxAttempts: number) => {
    const ssm = () => awsConfig(choice);
    const queueUrl = await find({ ...addressIn(source), environment: {}, ssm });
    const config = { ...(await awsConfig(choice)), ...endpointOf(queueUrl), maxAttempts };
    const sqs = new SQSClient(config);
    // Nobody reads the SDK's log, and a tenth of what a request takes is to write down what it would say.
    sqs.middlewareStack.remove('loggerMiddleware');
    clients.push(sqs);
    return { sqs, queueUrl };
  };
  try {
    return await work({
      queue: once(() => connect(findQueueUrl, choice.queue, 1)),
      deadLetterQueue: once(() => connect(findDeadLetterQueueUrl, choice.deadLetterQueue, 3)),
    });
  } catch (error) {
    throw connectionError(error, choice);
  } finally {
    for (const client of clients) client.destroy();
  }
}

function addressIn(source: QueueSource | undefined): { url?: string; stage?: string } {
  if (source === undefined) return {};
  return source.by === 'url' ? { url: source.url } : { stage: source.stage };
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** A queue as the options name it, for people. */
export function sourceText(source: QueueSource | undefined, name: QueueName): string {
  if (source === undefined) return `the ${name}`;
  return source.by === 'url' ? oneLine(source.url, 300) : `the ${name} of stage ${source.stage}`;
}

/** The address of the stand-in cluster that `npm start` runs, where that is meant. */
export function standInAddress({ localEndpoint: endpoint }: ConnectionChoice): string | undefined {
  return endpoint === undefined ? undefined : localEndpoint(localClusterPort(Number(new URL(endpoint).port)));
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

/** Settings of a client of AWS for what was chosen. */
export async function awsConfig({ region, profile, localEndpoint: endpoint, environment }: ConnectionChoice) {
  const access: AwsAccess = {
    region,
    profile,
    environment,
    usesProxies: endpoint === undefined,
    ...(endpoint !== undefined && { credentials: LOCAL_CREDENTIALS }),
  };
  // What is worth saying comes out as an error; the SDK's warnings are for programmers.
  return { ...(await awsClientConfig(access)), logger: QUIET };
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
      `  ${'--stage <stage>'.padEnd(width)}  the queues of this stage (or the environment variable UNASSIGN_STAGE)`,
      `  ${`${option} <url>`.padEnd(width)}  the ${name} itself (or the environment variable ${variable})`,
      `  ${'--local'.padEnd(width)}  the queues that \`npm start\` runs on this machine`,
    ].join('\n'),
  );
}
