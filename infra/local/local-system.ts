// Everything of `npm start` together: SQS, a cluster, the built function, and the event source between them.
import { randomUUID } from 'node:crypto';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { LOCAL_SIGNALS_PATH } from '../../cli/console/live/local-signals.ts';
import { JOURNEY_ATTRIBUTE } from '../../client/contract/journey.ts';
import { localClusterPort } from '../../client/sqs/local-queues.ts';
import { startEventSource } from './lambda/event-source.ts';
import { FUNCTION_TIMEOUT_MS, startFunction } from './lambda/function-process.ts';
import { SettledBatches } from './lambda/settled-batches.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from './sqs/embedded-sqs.ts';
import { type StandInCluster, startStandInCluster } from './stand-in/cluster.ts';
import { DEMO_SETTINGS, DEMO_VISIBILITY_TIMEOUT_SECONDS } from './start/demo.ts';
import type { Narrator } from './start/narrator.ts';

/** What to start. */
export interface LocalSystemOptions {
  /** Of SQS; the stand-in cluster takes the next one. 0: any that are free. */
  readonly port: number;
  /** The address of a real cluster; without it there is a stand-in, and the settings are hurried. */
  readonly cluster: string | undefined;
  /** Where the function's settings come from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly narrator: Narrator;
}

/** What runs. */
export interface LocalSystem {
  readonly sqs: EmbeddedSqs;
  readonly standIn: StandInCluster | undefined;
  readonly clusterAddress: string;
  /** From here on the function is given what is on the queue. */
  startDelivery(): void;
  /**
   * Enqueues a request; returns the id of its first message.
   *
   * @param firstSentAt where it is to look as if it had been sent then and requeued since; epoch milliseconds
   */
  send(body: string, firstSentAt?: number): Promise<string>;
  /** Whether no message is on the queue, visible, hidden or delayed. */
  isEmpty(): Promise<boolean>;
  /** Waits for the batch in progress, then ends everything. */
  stop(): Promise<void>;
}

/** Something that the person who starts it can fix. */
export class StartProblem extends Error {}

/** Starts it all but the delivery; what was started by then is ended where something does not start. */
export async function startLocalSystem(options: LocalSystemOptions): Promise<LocalSystem> {
  const endings: (() => Promise<void>)[] = [];
  const stop = async () => {
    while (endings.length > 0) await endings.pop()?.();
  };
  try {
    return { ...(await startParts(options, (ending) => endings.push(ending))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  { port, cluster, environment, narrator }: LocalSystemOptions,
  onStop: (ending: () => Promise<void>) => void,
): Promise<Omit<LocalSystem, 'stop'>> {
  const hurried = cluster === undefined;
  const batches = new SettledBatches();
  const sqs = await onPort(port, 'the embedded SQS', () =>
    startEmbeddedSqs({
      port,
      visibilityTimeoutSeconds: hurried ? DEMO_VISIBILITY_TIMEOUT_SECONDS : FUNCTION_TIMEOUT_MS / 1000,
      alsoAnswers: new Map([[LOCAL_SIGNALS_PATH, () => batches.all]]),
    }),
  );
  onStop(() => sqs.close());
  const standIn = hurried ? await startStandIn(port === 0 ? 0 : localClusterPort(port)) : undefined;
  if (standIn !== undefined) onStop(() => standIn.close());
  const clusterAddress = standIn?.url ?? cluster ?? '';
  const unassign = await startFunction({
    env: {
      ...(hurried ? DEMO_SETTINGS : {}),
      ...passedOn(environment),
      QUEUE_URL: sqs.queueUrl,
      DEAD_LETTER_QUEUE_URL: sqs.deadLetterQueueUrl,
      CAMUNDA_REST_ADDRESS: clusterAddress,
    },
    onLog(line) {
      batches.heard(line.text);
      narrator.heard(line);
    },
  });
  onStop(() => unassign.stop());
  function startDelivery(): void {
    const source = startEventSource({
      ...sqs,
      invoke: (event) => unassign.invoke(event),
      onBatch: (batch) => narrator.settled(batch),
      onError: (error) => narrator.alarmed(error),
    });
    onStop(() => source.stop());
  }
  return {
    sqs,
    standIn,
    clusterAddress,
    startDelivery,
    send: (body, firstSentAt) =>
      firstSentAt === undefined ? send(sqs, body) : resend(sqs, body, firstSentAt),
    isEmpty: () => isEmpty(sqs),
  };
}

function startStandIn(port: number): Promise<StandInCluster> {
  return onPort(port, 'the stand-in cluster', () =>
    startStandInCluster({ port, latencyMs: 20, recordCalls: false }),
  );
}

const PASSED_ON =
  /^(CAMUNDA_.*|POWERTOOLS_.*|MAX_RECEIVE_COUNT|RETRY_FOR_SECONDS|HOLD_SECONDS|FUNCTION_TIMEOUT_SECONDS|NODE_EXTRA_CA_CERTS)$/;

function passedOn(environment: LocalSystemOptions['environment']): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && PASSED_ON.test(name)) settings[name] = value;
  }
  return settings;
}

async function send({ client, queueUrl }: EmbeddedSqs, body: string): Promise<string> {
  const { MessageId = '' } = await client.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }),
  );
  return MessageId;
}

async function resend({ client, queueUrl }: EmbeddedSqs, body: string, firstSentAt: number): Promise<string> {
  const firstMessageId = randomUUID();
  const journey = { attempts: 0, firstSentAt: new Date(firstSentAt).toISOString(), firstMessageId };
  const StringValue = JSON.stringify(journey);
  const MessageAttributes = { [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue } };
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageAttributes }));
  return firstMessageId;
}

async function isEmpty({ client, queueUrl }: EmbeddedSqs): Promise<boolean> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return [
    Attributes.ApproximateNumberOfMessages,
    Attributes.ApproximateNumberOfMessagesNotVisible,
    Attributes.ApproximateNumberOfMessagesDelayed,
  ].every((count) => count === '0');
}

/** Throws a StartProblem that says what to do where the port cannot be had. */
export async function onPort<T>(port: number, who: string, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EADDRINUSE' ? 'is taken' : 'is not allowed';
    throw new StartProblem(
      `Port ${port} ${why}, and ${who} needs it. Choose another with \`npm start -- --port <n>\` or PORT=<n>; the two ports after it are used, too.`,
    );
  }
}
