// Where the queue is, as callers say it, and what is wrong with that.
import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import { kindOf } from '../contract/request.ts';
import { MAX_CONNECTIONS } from '../sqs/aws-client.ts';
import { unknownOptions } from './unknown-options.ts';

/** Where the queue is and how to reach it. */
export interface UnassignQueueOptions {
  /** The queue's URL. */
  readonly queueUrl?: string | undefined;
  /** The stage of a deployment: its SSM parameter `/camunda-unassign/<stage>/queue-url` holds the URL. */
  readonly stage?: string | undefined;
  /** The queue of what `npm start` runs on this machine, for which neither region nor credentials are needed. */
  readonly local?: boolean | undefined;
  /** With `local`: the port of `npm start`; 9324 unless given. */
  readonly port?: number | undefined;
  /**
   * `UNASSIGN_QUEUE_URL` or `UNASSIGN_STAGE` say where the queue is if no option does; `AWS_REGION` and
   * `AWS_DEFAULT_REGION` the region, `HTTPS_PROXY` and its like the proxies; `_X_AMZN_TRACE_ID` is carried along as the
   * trace header. `process.env` unless given.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * An SQS client of yours; its own retries come on top. Unless given, one is made for the queue's region, with
   * the environment's credentials.
   */
  readonly client?: SQSClient | undefined;
  /** Region, credentials and profile for the clients that are made. */
  readonly aws?: Pick<SQSClientConfig, 'region' | 'credentials' | 'profile'> | undefined;
  /**
   * Whether the clients that are made go over the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Unless given, only
   * where `NODE_USE_ENV_PROXY` is 1, as Node.js itself does.
   */
  readonly proxyFromEnvironment?: boolean | undefined;
  /** How many batches of up to ten may be under way at once, 1 to 50; 8 unless given. */
  readonly batchesInFlight?: number | undefined;
  /** Epoch milliseconds; the clock unless given. */
  readonly now?: (() => number) | undefined;
}

/** Everything that is wrong with options that a caller gives, one line each. Never throws. */
export function queueOptionProblems(options: UnassignQueueOptions): string[] {
  // What JavaScript may pass instead of options has none of them.
  const { batchesInFlight = 1, port, local, proxyFromEnvironment, aws } = Object(options);
  return [
    ...unknownOptions(options, OPTIONS),
    ...(aws === undefined ? [] : unknownOptions(aws, AWS_OPTIONS, 'aws')),
    ...placeProblems(Object(options)),
    ...(isWhole(batchesInFlight, MAX_CONNECTIONS)
      ? []
      : [
          `batchesInFlight: expected a whole number from 1 to ${MAX_CONNECTIONS}, got ${kindOf(batchesInFlight)}`,
        ]),
    ...(port === undefined || isWhole(port, 65_535)
      ? []
      : [`port: expected a whole number from 1 to 65535, got ${kindOf(port)}`]),
    ...(port !== undefined && local !== true ? ['port: goes with local: true'] : []),
    ...booleanProblems({ local, proxyFromEnvironment }),
  ];
}

/** Two places would be two queues, of which one is meant. */
function placeProblems({ queueUrl, stage, local }: UnassignQueueOptions): string[] {
  const places = Object.entries({ queueUrl, stage, local: local === true ? local : undefined });
  const given = places.filter(([, value]) => value !== undefined).map(([name]) => name);
  return given.length > 1 ? [`${given.join(', ')}: expected one of them, got ${given.length}`] : [];
}

function booleanProblems(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined && typeof value !== 'boolean')
    .map(([name, value]) => `${name}: expected true or false, got ${kindOf(value)}`);
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}

const OPTIONS: readonly (keyof UnassignQueueOptions)[] = [
  'queueUrl',
  'stage',
  'local',
  'port',
  'environment',
  'client',
  'aws',
  'proxyFromEnvironment',
  'batchesInFlight',
  'now',
];

const AWS_OPTIONS = ['region', 'credentials', 'profile'];
