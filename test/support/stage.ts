// Where a test of the whole plays: the built function in its own process, between an SQS and a cluster.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { expect, onTestFinished } from 'vitest';
import {
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type Journey,
  parseJourney,
} from '../../client/contract/journey.ts';
import { toRecord } from '../../infra/local/lambda/event-source.ts';
import { type FunctionProcess, startFunction } from '../../infra/local/lambda/function-process.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';
import {
  type ClusterOptions,
  type StandInCluster,
  startStandInCluster,
} from '../../infra/local/stand-in/cluster.ts';
import { type RecordWish, sqsRecord } from './messages.ts';
import { type SentEntry, type SqsTap, startSqsTap } from './sqs-tap.ts';

/** How to set it. */
export interface StageOptions {
  readonly cluster?: ClusterOptions;
  /** Settings of the function, over those that connect it with the rest. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to run instead of the built function. */
  readonly artifact?: string;
}

/** What a test has at hand. Everything is taken down when the test has finished. */
export interface Stage {
  readonly sqs: EmbeddedSqs;
  readonly tap: SqsTap;
  readonly cluster: StandInCluster;
  readonly unassign: FunctionProcess;
  /** Invokes the function with these records. */
  invoke(records: readonly SQSRecord[], timeoutMs?: number): Promise<SQSBatchResponse>;
  /** What the function sent to the queue and to the dead-letter queue so far. */
  requeued(): SentEntry[];
  deadLettered(): SentEntry[];
  /** What can be received from the dead-letter queue now, as Lambda would see it. */
  receiveDeadLetters(): Promise<SQSRecord[]>;
  /** The lines of the function's log that are JSON. */
  logLines(): Record<string, unknown>[];
}

/** A response that acknowledges all. */
export const ACKNOWLEDGED: SQSBatchResponse = { batchItemFailures: [] };

/** Sets the stage for one test. */
export async function setStage({
  cluster: clusterOptions,
  env,
  artifact,
}: StageOptions = {}): Promise<Stage> {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());
  const tap = await startSqsTap(sqs);
  onTestFinished(() => tap.close());
  const cluster = await startStandInCluster(clusterOptions);
  onTestFinished(() => cluster.close());
  const unassign = await startFunction({
    env: {
      QUEUE_URL: tap.queueUrl,
      DEAD_LETTER_QUEUE_URL: tap.deadLetterQueueUrl,
      CAMUNDA_REST_ADDRESS: cluster.url,
      ...env,
    },
    ...(artifact === undefined ? {} : { artifact }),
  });
  onTestFinished(() => unassign.stop());
  onTestFinished(() => {
    const written = [...unassign.logs.map(({ text }) => text), JSON.stringify(tap.sends)].join('\n');
    const repeated = [
      ...secretsIn(env),
      ...cluster.calls.flatMap(({ headers }) => credentialsIn(headers)),
    ].filter((secret) => written.includes(secret));
    expect(repeated, 'secrets in the log or in copies').toEqual([]);
  });
  return {
    sqs,
    tap,
    cluster,
    unassign,
    invoke: (records, timeoutMs) =>
      unassign.invoke({ Records: [...records] }, timeoutMs === undefined ? {} : { timeoutMs }),
    requeued: () => tap.sentTo(tap.queueUrl),
    deadLettered: () => tap.sentTo(tap.deadLetterQueueUrl),
    receiveDeadLetters: async () => {
      const { Messages = [] } = await sqs.client.send(
        new ReceiveMessageCommand({
          QueueUrl: sqs.deadLetterQueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          AttributeNames: ['All'],
        }),
      );
      return Messages.map((message: Message) => toRecord(message, sqs.queueArn));
    },
    logLines: () =>
      unassign.logs.filter(({ text }) => text.startsWith('{')).map(({ text }) => JSON.parse(text)),
  };
}

/** The settings that must stay secret; the shortest would be found anywhere. */
function secretsIn(env: StageOptions['env'] = {}): string[] {
  const names = /^CAMUNDA_(BASIC_AUTH_PASSWORD|CLIENT_SECRET|MTLS_KEY|MTLS_KEY_PASSPHRASE)$/;
  return Object.entries(env).flatMap(([name, value]) =>
    names.test(name) && value.length > 5 ? [value] : [],
  );
}

/** What the cluster was shown: the token, or user name and password in base64. */
function credentialsIn(headers: IncomingHttpHeaders): string[] {
  const credentials = headers.authorization?.split(' ')[1];
  return credentials === undefined ? [] : [credentials];
}

/** A record as Lambda hands it to the function: sent just now, with an id of its own. */
export function record(body: string, wish: Omit<RecordWish, 'body'> = {}): SQSRecord {
  return sqsRecord({ messageId: randomUUID(), sentAt: Date.now(), body, ...wish });
}

/** The record of a request for this task. */
export function requestFor(userTaskKey: string, wish: Omit<RecordWish, 'body'> = {}): SQSRecord {
  return record(JSON.stringify({ userTaskKey }), wish);
}

/** The journey that a copy carries. */
export function journeyOf(entry: SentEntry | undefined): Journey | undefined {
  return parseJourney(entry?.MessageAttributes?.[JOURNEY_ATTRIBUTE]?.StringValue ?? '');
}

/** The failure line that a dead letter carries. */
export function failureOf(entry: SentEntry | undefined): string | undefined {
  return entry?.MessageAttributes?.[FAILURE_ATTRIBUTE]?.StringValue;
}

/** The copy as Lambda hands it to the function when it comes back. */
export function recordOf(entry: SentEntry, wish: Omit<RecordWish, 'body'> = {}): SQSRecord {
  const attributes = Object.entries(entry.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      dataType: value.DataType,
      ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
      ...(value.BinaryValue === undefined ? {} : { binaryValue: value.BinaryValue }),
    },
  ]);
  return record(entry.MessageBody, { messageAttributes: Object.fromEntries(attributes), ...wish });
}

/** The same, as if all that its journey tells of had been so much earlier. */
export function agedRecordOf(entry: SentEntry, milliseconds: number): SQSRecord {
  const journey = journeyOf(entry);
  if (journey?.firstTriedAt === undefined) throw new Error('the copy was never tried');
  const earlier = (time: string) => new Date(Date.parse(time) - milliseconds).toISOString();
  const aged = {
    ...journey,
    firstTriedAt: earlier(journey.firstTriedAt),
    firstSentAt: earlier(journey.firstSentAt),
  };
  return recordOf(entry, {
    messageAttributes: {
      [JOURNEY_ATTRIBUTE]: { dataType: 'String', stringValue: JSON.stringify(aged) },
    },
  });
}
