// The environment, read once, through one schema.
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type Bounds, cleaned, httpUrl, integer } from '../../client/cluster/environment-fields.ts';
import {
  CLUSTER_BOUNDS,
  CLUSTER_FIELDS,
  type ClusterSettings,
  type CredentialSettings,
  clusterSettingsOf,
  credentialSettingsOf,
} from '../../client/cluster/settings.ts';
import type { Policy } from './decision/retry-policy.ts';

/** Everything that the function can be told, validated. Times in milliseconds unless the name says seconds. */
export interface Config {
  readonly cluster: ClusterSettings;
  readonly credentials: CredentialSettings;
  /** How long a batch may wait for its turn under backpressure; 0: not at all. */
  readonly holdMs: number;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly policy: Policy;
  readonly functionTimeoutMs: number;
}

/** Seconds kept free at the end of an invocation for sending copies; the template's time-outs build on it. */
export const RESERVE_SECONDS = 6;

/** The start is refused: `message` lists every problem by the variable's name, and no value of a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The numbers that can be set. The deployment's parameters have the same bounds. */
export const BOUNDS = {
  MAX_RECEIVE_COUNT: { minimum: 1, maximum: 1000, byDefault: 5 },
  /** Up to 14 days, as long as a queue can keep a message. */
  RETRY_FOR_SECONDS: { minimum: 1, maximum: 1_209_600, byDefault: 86_400 },
  /** Lambda developer guide, "Lambda quotas": a time-out of at most 15 minutes. */
  FUNCTION_TIMEOUT_SECONDS: { minimum: 1, maximum: 900, byDefault: 60 },
  HOLD_SECONDS: { minimum: 0, maximum: 600, byDefault: 20 },
  ...CLUSTER_BOUNDS,
} as const satisfies Record<string, Bounds>;

const queueUrl = (what: string) =>
  httpUrl(what).check(
    z.refine(
      (text) => !/\.fifo\/?$/i.test(text),
      'is a FIFO queue, which takes no delay per message (SQS API reference, SendMessage): use a standard queue',
    ),
  );

/** The settings, as the environment has them. */
export const Environment = z.object({
  QUEUE_URL: queueUrl('the URL of the queue that this function reads'),
  DEAD_LETTER_QUEUE_URL: queueUrl('the URL of the dead-letter queue'),
  MAX_RECEIVE_COUNT: integer(BOUNDS.MAX_RECEIVE_COUNT),
  RETRY_FOR_SECONDS: integer(BOUNDS.RETRY_FOR_SECONDS, ' seconds (14 days)'),
  FUNCTION_TIMEOUT_SECONDS: integer(BOUNDS.FUNCTION_TIMEOUT_SECONDS, ' seconds'),
  HOLD_SECONDS: integer(BOUNDS.HOLD_SECONDS, ' seconds'),
  ...CLUSTER_FIELDS,
});

/**
 * Reads and checks the environment.
 *
 * @param environment usually `process.env`; see {@link cleaned}
 * @param readFile reads the files that the `_PATH` settings name
 * @throws ConfigurationError with every problem that was found
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const set = cleaned(environment);
  const parsed = Environment.safeParse(set);
  const problems = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];
  problems.push(...unaffordableTimes(set));
  const credentials = credentialSettingsOf(set, readFile, problems);
  problems.push(...sameQueues(set));
  if (!parsed.success || problems.length > 0) throw configurationError(problems);

  const settings = parsed.data;
  return {
    cluster: clusterSettingsOf(settings),
    credentials,
    holdMs: settings.HOLD_SECONDS * 1000,
    queueUrl: settings.QUEUE_URL,
    deadLetterQueueUrl: settings.DEAD_LETTER_QUEUE_URL,
    policy: { maxReceiveCount: settings.MAX_RECEIVE_COUNT, retryForSeconds: settings.RETRY_FOR_SECONDS },
    functionTimeoutMs: settings.FUNCTION_TIMEOUT_SECONDS * 1000,
  };
}

type Given = Readonly<Record<string, string>>;

function sameQueues({ QUEUE_URL, DEAD_LETTER_QUEUE_URL }: Given): string[] {
  const isSame = QUEUE_URL !== undefined && QUEUE_URL === DEAD_LETTER_QUEUE_URL;
  return isSame ? ['DEAD_LETTER_QUEUE_URL is the same queue as QUEUE_URL'] : [];
}

const Times = z.pick(Environment, {
  HOLD_SECONDS: true,
  CAMUNDA_CALL_TIMEOUT_SECONDS: true,
  FUNCTION_TIMEOUT_SECONDS: true,
});

/** A whole call fits behind the longest hold, and the sends behind that. */
function unaffordableTimes(settings: Given): string[] {
  const times = Times.safeParse(settings);
  if (!times.success) return [];
  const needed = times.data.HOLD_SECONDS + times.data.CAMUNDA_CALL_TIMEOUT_SECONDS + RESERVE_SECONDS;
  if (needed <= times.data.FUNCTION_TIMEOUT_SECONDS) return [];
  return [
    `FUNCTION_TIMEOUT_SECONDS expected at least ${needed}: HOLD_SECONDS, CAMUNDA_CALL_TIMEOUT_SECONDS and ${RESERVE_SECONDS} s for sending`,
  ];
}

function configurationError(problems: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    `the function cannot start with this environment:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}
