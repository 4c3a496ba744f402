// An embedded SQS with dead letters as the function makes them, and what is where in the end.
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs';
import { afterAll } from 'vitest';
import type { DeadLetterKind, Journey } from '../../../client/contract/journey.ts';
import type { QueueAccess } from '../../../client/dead-letters/index.ts';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';
import { journeyOf, type ValidMessage } from '../../../functions/unassign/request.ts';
import { deadLetterCopy } from '../../../functions/unassign/sending/copy.ts';
import {
  type EmbeddedSqs,
  type EmbeddedSqsOptions,
  startEmbeddedSqs,
} from '../../../infra/local/sqs/embedded-sqs.ts';
import { message } from '../../support/messages.ts';

/** A request of SQS that was made: its name such as `ReceiveMessage`, and its input. */
export interface SqsCall {
  readonly name: string;
  readonly input: object;
}

/** Two queues, and everything that was asked of them through {@link DeadLetterStage.deadLetterQueue}'s client. */
export interface DeadLetterStage {
  readonly embedded: EmbeddedSqs;
  readonly queue: QueueAccess;
  readonly deadLetterQueue: QueueAccess;
  readonly calls: SqsCall[];
  /** Plays SQS for a call: asks it, with that input or another, or does not; throws; changes the answer. */
  play: ((call: SqsCall, ask: (input?: object) => Promise<object>) => Promise<object>) | undefined;
  bury(entries: readonly Burial[]): Promise<string[]>;
  /** Takes everything off a queue that can be received. */
  drain(queueUrl: string): Promise<SqsMessage[]>;
  close(): Promise<void>;
}

/** A message on the dead-letter queue, without the id of its batch. */
export type Burial = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** What the function would send to the dead-letter queue for such a message and such an end. */
export function burial(
  wish: Partial<ValidMessage> & {
    readonly kind?: string;
    readonly end?: Omit<Partial<Journey>, 'kind' | 'failedAt' | 'firstSentAt'>;
  } = {},
): Burial {
  const { kind = 'not-found', end, ...rest } = wish;
  const dead = message(rest);
  const copy = deadLetterCopy(dead, {
    ...journeyOf(dead),
    attempts: 1,
    // Long ago by any clock, as nothing can have failed after it came to the dead-letter queue.
    firstSentAt: rest.journey?.firstSentAt ?? '2025-06-01T12:00:00.000Z',
    firstTriedAt: '2025-06-01T12:00:01.000Z',
    failedAt: '2025-06-01T12:00:02.000Z',
    ...(kind === 'not-found' ? NOT_FOUND : {}),
    ...end,
    kind: kind as DeadLetterKind,
  });
  if (copy === undefined) throw new Error('the function would not send that');
  return copy.entry;
}

const NOT_FOUND = {
  lastStatus: 404,
  lastTitle: 'NOT_FOUND',
  lastDetail: "Expected to assign user task with key '2251799813685249', but no such user task was found",
};

/** As many dead letters as asked for, each with a key of its own, from `first` on. */
export function burials(count: number, first = 2251799813685249n): Burial[] {
  return Array.from({ length: count }, (_, index) =>
    burial({ body: JSON.stringify({ userTaskKey: String(first + BigInt(index)) }) }),
  );
}

/** Starts stages with such messages on the dead-letter queue, and closes them after all tests of the file that calls this. */
export function createStages() {
  const stages: DeadLetterStage[] = [];
  afterAll(() => Promise.all(stages.map((stage) => stage.close())));
  return async (
    entries: readonly Burial[],
    options?: EmbeddedSqsOptions,
  ): Promise<{ readonly stage: DeadLetterStage; readonly ids: string[] }> => {
    const stage = await startDeadLetterStage(options);
    stages.push(stage);
    return { stage, ids: await stage.bury(entries) };
  };
}

/** What others can receive of the dead-letter queue, and what is hidden from them. */
export async function counts({ embedded }: DeadLetterStage): Promise<[visible: number, hidden: number]> {
  const { Attributes = {} } = await embedded.client.send(
    new GetQueueAttributesCommand({ QueueUrl: embedded.deadLetterQueueUrl, AttributeNames: ['All'] }),
  );
  const count = (name: keyof typeof Attributes) => Number(Attributes[name]);
  return [count('ApproximateNumberOfMessages'), count('ApproximateNumberOfMessagesNotVisible')];
}

/** Starts it. Whoever starts it closes it. */
export async function startDeadLetterStage(options: EmbeddedSqsOptions = {}): Promise<DeadLetterStage> {
  const embedded = await startEmbeddedSqs({ waitsForMessages: false, ...options });
  const sqs = new SQSClient({
    endpoint: embedded.endpoint,
    region: embedded.region,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  const stage: DeadLetterStage = {
    embedded,
    queue: { sqs, queueUrl: embedded.queueUrl },
    deadLetterQueue: { sqs, queueUrl: embedded.deadLetterQueueUrl },
    calls: [],
    play: undefined,
    bury: (entries) => bury(embedded, entries),
    drain: (queueUrl) => drain(embedded, queueUrl),
    async close() {
      sqs.destroy();
      await embedded.close();
    },
  };
  sqs.middlewareStack.add(
    (next, context) => async (args) => {
      const call = { name: String(context.commandName).replace(/Command$/, ''), input: args.input };
      stage.calls.push(call);
      if (stage.play === undefined) return next(args);
      let response: unknown;
      const output = await stage.play(call, async (input = args.input) => {
        const answer = await next({ ...args, input });
        response = answer.response;
        return answer.output;
      });
      // The SDK's own type for it: the output of whichever command it is.
      return { response, output: output as Awaited<ReturnType<typeof next>>['output'] };
    },
    { step: 'initialize' },
  );
  return stage;
}

async function bury({ client, deadLetterQueueUrl }: EmbeddedSqs, burials: readonly Burial[]) {
  const ids: string[] = [];
  for (let start = 0; start < burials.length; start += 10) {
    const Entries = burials.slice(start, start + 10).map((entry, index) => ({ ...entry, Id: String(index) }));
    const { Successful = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }),
    );
    const byId = new Map(Successful.map(({ Id, MessageId }) => [Id, MessageId]));
    ids.push(...Entries.map(({ Id }) => byId.get(Id) ?? ''));
  }
  return ids;
}

async function drain({ client }: EmbeddedSqs, QueueUrl: string): Promise<SqsMessage[]> {
  const found: SqsMessage[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        AttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0 && (await visible(client, QueueUrl)) === 0) return found;
    if (Messages.length === 0) continue;
    found.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

/** An empty answer of a busy emulator says nothing. */
async function visible(client: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes.ApproximateNumberOfMessages);
}
