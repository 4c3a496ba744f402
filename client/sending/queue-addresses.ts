// Where the queue and its dead-letter queue are: said by the caller, by the environment, or by the deployment.

import type { GetParameterCommandOutput, SSMClient, SSMClientConfig } from '@aws-sdk/client-ssm';
import { errorText, oneLine } from '../contract/text.ts';

/** What is known of where the queues are. The first that is there wins, in the order of the fields. */
export interface QueueLookup {
  /** The URL itself. */
  readonly url?: string | undefined;
  /** The stage of a deployment, whose SSM parameters hold the URLs. */
  readonly stage?: string | undefined;
  /**
   * `UNASSIGN_QUEUE_URL` and `UNASSIGN_DEAD_LETTER_QUEUE_URL` hold URLs, `UNASSIGN_STAGE` a stage. `process.env`
   * unless given.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** For the client that reads the SSM parameter; called only where one is needed. */
  readonly ssm?: (() => Promise<SSMClientConfig>) | undefined;
}

/** The queue cannot be found. The message says what was tried and what to do. */
export class QueueAddressError extends Error {
  override readonly name = 'QueueAddressError';
}

/** The queue that takes requests. Throws {@link QueueAddressError} where nothing says where it is. */
export function findQueueUrl(lookup: QueueLookup = {}): Promise<string> {
  return find(QUEUE, lookup);
}

/** The dead-letter queue. Throws {@link QueueAddressError} where nothing says where it is. */
export function findDeadLetterQueueUrl(lookup: QueueLookup = {}): Promise<string> {
  return find(DEAD_LETTER_QUEUE, lookup);
}

interface Wanted {
  readonly name: string;
  readonly option: string;
  readonly variable: string;
  readonly parameter: string;
}

const QUEUE: Wanted = {
  name: 'queue',
  option: 'queueUrl',
  variable: 'UNASSIGN_QUEUE_URL',
  parameter: 'queue-url',
};

const DEAD_LETTER_QUEUE: Wanted = {
  name: 'dead-letter queue',
  option: 'deadLetterQueueUrl',
  variable: 'UNASSIGN_DEAD_LETTER_QUEUE_URL',
  parameter: 'dead-letter-queue-url',
};

const STAGE_VARIABLE = 'UNASSIGN_STAGE';

async function find(wanted: Wanted, lookup: QueueLookup): Promise<string> {
  const environment = lookup.environment ?? process.env;
  if (lookup.url !== undefined) return checkedUrl(lookup.url, `the ${wanted.name}'s URL`);
  if (lookup.stage !== undefined) return deployedUrl(wanted, lookup.stage, lookup.ssm);
  const url = environment[wanted.variable];
  if (url) return checkedUrl(url, `the environment variable ${wanted.variable}`);
  const stage = environment[STAGE_VARIABLE];
  if (stage) return deployedUrl(wanted, stage, lookup.ssm);
  throw new QueueAddressError(
    `nothing says where the ${wanted.name} is: no URL and no stage was given, and neither ${wanted.variable} nor ` +
      `${STAGE_VARIABLE} is set. Give the URL, or the stage of the deployment, whose SSM parameter ` +
      `/camunda-unassign/<stage>/${wanted.parameter} holds it`,
  );
}

/** @param given from JavaScript it may be anything */
function checkedUrl(given: string, source: string): string {
  const url = String(given);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:') {
    throw new QueueAddressError(
      `${source}: expected a URL such as https://sqs.eu-central-1.amazonaws.com/123456789012/unassign, ` +
        `got ${JSON.stringify(oneLine(url, 200))}`,
    );
  }
  if (/\.fifo\/?$/i.test(parsed.pathname)) {
    throw new QueueAddressError(
      `${source}: ${oneLine(url, 200)} is a FIFO queue, which takes no delay per message: use the standard ` +
        'queue that the deployment made',
    );
  }
  return url;
}

async function deployedUrl(wanted: Wanted, stage: string, config: QueueLookup['ssm']): Promise<string> {
  if (typeof stage !== 'string' || !/^[A-Za-z0-9_.-]+$/.test(stage)) {
    throw new QueueAddressError(
      `the stage: expected letters, digits and hyphens, as it was deployed, got ${JSON.stringify(oneLine(String(stage), 100))}`,
    );
  }
  const parameter = `/camunda-unassign/${stage}/${wanted.parameter}`;
  const value = await readParameter(parameter, wanted, (await config?.()) ?? {});
  return checkedUrl(value, `the SSM parameter ${parameter}`);
}

async function readParameter(name: string, wanted: Wanted, config: SSMClientConfig): Promise<string> {
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
  const client = new SSMClient(config);
  let answer: GetParameterCommandOutput;
  try {
    answer = await client.send(new GetParameterCommand({ Name: name }));
  } catch (error) {
    throw new QueueAddressError(
      `the ${wanted.name}'s URL could not be read from the SSM parameter ${name}${await regionText(client)}: ` +
        `${errorText(error)}. ${advice(error)}, or give the URL itself (${wanted.option}, or ${wanted.variable})`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
  return answer.Parameter?.Value ?? '';
}

async function regionText(client: SSMClient): Promise<string> {
  try {
    return ` in ${await client.config.region()}`;
  } catch {
    return '';
  }
}

function advice(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'ParameterNotFound') return 'Check the stage, the region and the account';
  if (/AccessDenied/.test(name))
    return 'Have ProducerPolicy or DeadLetterOperatorPolicy of the stack granted';
  if (/Credential|Token|Signature/.test(name)) return 'Check the AWS credentials';
  return 'Check the region, the credentials and the network';
}
