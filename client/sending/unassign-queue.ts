// The enqueuer: what other services use to have user tasks unassigned.

import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { formatRequest, kindOf } from '../contract/request.ts';
import { REQUEST_HANDLER } from '../sqs/timeouts.ts';
import { EnqueueError, EnqueueInterruptedError, InvalidRequestError } from './errors.ts';
import { type MessageOptions, type MessageTemplate, readOptions } from './message-options.ts';
import { findQueueUrl, regionOf } from './queue-addresses.ts';
import { type RequestInput, readRequest } from './request-input.ts';
import type { EnqueueResult, EnqueueSummary, FailedRequest } from './results.ts';
import {
  type OutgoingMessage,
  type RefusedMessage,
  type SendOutcome,
  sendMessages,
} from './send-messages.ts';
import { type Numbered, numbered } from './source.ts';

/** Where the queue is and how to reach it. */
export interface UnassignQueueOptions {
  /** The queue's URL. */
  readonly queueUrl?: string | undefined;
  /** The stage of a deployment: its SSM parameter `/camunda-unassign/<stage>/queue-url` holds the URL. */
  readonly stage?: string | undefined;
  /**
   * `UNASSIGN_QUEUE_URL` or `UNASSIGN_STAGE` say where the queue is if no option does; `_X_AMZN_TRACE_ID` is carried
   * along as the trace header. `process.env` unless given.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * An SQS client of yours; its own retries come on top. Unless given, one is made for the queue's region, with
   * the environment's credentials.
   */
  readonly client?: SQSClient | undefined;
  /** Region, credentials and profile for the clients that are made. */
  readonly aws?: Pick<SQSClientConfig, 'region' | 'credentials' | 'profile'> | undefined;
  /** How many batches of up to ten may be under way at once, 1 to 50; 8 unless given. */
  readonly batchesInFlight?: number | undefined;
  /** Epoch milliseconds; the clock unless given. */
  readonly now?: (() => number) | undefined;
}

/** How requests are enqueued. */
export interface EnqueueOptions extends MessageOptions {
  /**
   * Aborted: nothing more is sent, and what is under way is awaited for up to five seconds, so that what was sent
   * is known.
   */
  readonly signal?: AbortSignal | undefined;
}

/** How many requests are enqueued. */
export interface EnqueueAllOptions extends EnqueueOptions {
  /** Told after every result; keep it quick. What it throws ends the run. */
  readonly onProgress?: ((progress: EnqueueProgress) => void) | undefined;
}

/** Counts so far. */
export interface EnqueueProgress {
  readonly sent: number;
  readonly failed: number;
}

/**
 * Enqueues requests to unassign user tasks.
 *
 * ```ts
 * const queue = new UnassignQueue({ stage: 'prod' });
 * await queue.enqueue('2251799813685249', { expiresIn: '2h', expectedAssignee: 'demo' });
 * const { sent, failed } = await queue.enqueueAll(keys);
 * ```
 */
export class UnassignQueue {
  readonly #options: UnassignQueueOptions;
  #connected: Promise<Connection> | undefined;

  /**
   * Nothing is looked up or opened before the first request.
   *
   * @throws {InvalidRequestError} `batchesInFlight` is out of bounds
   */
  constructor(options: UnassignQueueOptions = {}) {
    const { batchesInFlight = 8 } = options;
    if (!(Number.isInteger(batchesInFlight) && batchesInFlight >= 1 && batchesInFlight <= MAX_IN_FLIGHT)) {
      throw new InvalidRequestError([
        `batchesInFlight: expected a whole number from 1 to ${MAX_IN_FLIGHT}, got ${kindOf(batchesInFlight)}`,
      ]);
    }
    this.#options = options;
  }

  /**
   * Enqueues one request; resolves when SQS has confirmed it.
   *
   * @throws {InvalidRequestError} nothing was sent
   * @throws {QueueAddressError} the queue cannot be found
   * @throws {EnqueueError} SQS refused it, or did not confirm it within all attempts
   */
  async enqueue(
    request: RequestInput,
    options: EnqueueOptions = {},
  ): Promise<{ readonly messageId: string }> {
    const template = this.#checkedOptions(options);
    const parsed = readRequest(request);
    if (!parsed.ok) throw new InvalidRequestError([parsed.reason]);
    for await (const result of this.#send(await this.#connection(), [request], template, options)) {
      if (!result.sent) throw new EnqueueError(result);
      return { messageId: result.messageId };
    }
    throw new EnqueueError({ code: 'Aborted', message: 'aborted before it was sent', retryable: true });
  }

  /**
   * Enqueues every request of an iterable, in batches, several at once. Resolves when each is on the queue or has
   * failed; a failure of some keeps none of the others back.
   *
   * An array, a typed array or a Set is checked whole before anything is sent, and refused whole where one is
   * wrong. Of what can be read only once (a generator, a stream) each request is checked before it is sent, and one
   * that is wrong becomes a failed one with the code `InvalidRequest`. Such a source is read only as fast as SQS
   * takes the requests, so that memory stays flat however long it is.
   *
   * @throws {InvalidRequestError} nothing was sent
   * @throws {QueueAddressError} the queue cannot be found
   * @throws {EnqueueInterruptedError} the iterable or `onProgress` threw; what became of the requests before is in it
   */
  async enqueueAll(
    requests: Iterable<RequestInput> | AsyncIterable<RequestInput>,
    options: EnqueueAllOptions = {},
  ): Promise<EnqueueSummary> {
    const results = await this.#begin(requests, options);
    let sent = 0;
    const failed: FailedRequest[] = [];
    const summary = (): EnqueueSummary => ({
      sent,
      failed: failed.sort((a, b) => a.index - b.index),
      aborted: options.signal?.aborted === true,
    });
    try {
      for await (const result of results) {
        if (result.sent) sent += 1;
        else failed.push(failureOf(result));
        options.onProgress?.({ sent, failed: failed.length });
      }
    } catch (error) {
      throw new EnqueueInterruptedError(error, summary());
    }
    return summary();
  }

  /**
   * The same as {@link enqueueAll}, but yields what became of each request as soon as SQS has answered, and keeps
   * nothing: memory stays flat even where a million fail. Nothing more is sent while nobody takes the results, and
   * leaving the loop ends the run.
   *
   * @throws {InvalidRequestError} nothing was sent
   * @throws {QueueAddressError} the queue cannot be found
   * @throws what the iterable threw, after the results of what it had given before
   */
  async *enqueueEach(
    requests: Iterable<RequestInput> | AsyncIterable<RequestInput>,
    options: EnqueueOptions = {},
  ): AsyncGenerator<EnqueueResult, void, undefined> {
    yield* await this.#begin(requests, options);
  }

  /** Closes the connections of the client that was made here; one that was passed in stays as it is. */
  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    const connection = await connected?.catch(() => undefined);
    if (this.#options.client === undefined) connection?.sqs.destroy();
  }

  /** Checks what can be checked, and finds the queue, before the first request is read to be sent. */
  async #begin(
    requests: Iterable<RequestInput> | AsyncIterable<RequestInput>,
    options: EnqueueOptions,
  ): Promise<AsyncGenerator<EnqueueResult, void, undefined>> {
    const template = this.#checkedOptions(options);
    checkRequests(requests);
    return this.#send(await this.#connection(), requests, template, options);
  }

  #checkedOptions(options: EnqueueOptions): MessageTemplate {
    const environment = this.#options.environment ?? process.env;
    const read = readOptions(options, environment['_X_AMZN_TRACE_ID']);
    if (!read.ok) throw new InvalidRequestError(read.problems);
    return read.template;
  }

  async *#send(
    { sqs, queueUrl }: Connection,
    requests: Iterable<RequestInput> | AsyncIterable<RequestInput>,
    template: MessageTemplate,
    { signal }: EnqueueOptions,
  ): AsyncGenerator<EnqueueResult, void, undefined> {
    const { batchesInFlight, now = Date.now } = this.#options;
    const toMessage = (request: Numbered<RequestInput>) => messageOf(request, template, now());
    const results = sendMessages(sqs, queueUrl, numbered(requests), toMessage, { signal, batchesInFlight });
    for await (const { item, outcome } of results) yield resultOf(item, outcome);
  }

  /** What was not found is looked for again the next time. */
  #connection(): Promise<Connection> {
    this.#connected ??= connect(this.#options).catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }
}

/** The connections that a client of the SDK opens at most (SDK, NodeHttpHandler: maxSockets). */
const MAX_IN_FLIGHT = 50;

interface Connection {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
}

async function connect({
  queueUrl,
  stage,
  environment,
  client,
  aws,
}: UnassignQueueOptions): Promise<Connection> {
  const url = await findQueueUrl({ url: queueUrl, stage, environment, ssm: { ...aws } });
  const region = regionOf(url);
  const sqs =
    client ??
    new SQSClient({
      ...aws,
      ...(region === undefined ? {} : { region }),
      endpoint: new URL(url).origin,
      // Every attempt is the sender's own, so that its bound is one.
      maxAttempts: 1,
      requestHandler: REQUEST_HANDLER,
    });
  return { sqs, queueUrl: url };
}

function checkRequests(requests: unknown): void {
  const isIterable =
    typeof requests === 'object' &&
    requests !== null &&
    (Symbol.iterator in requests || Symbol.asyncIterator in requests);
  if (!isIterable) {
    throw new InvalidRequestError([`requests: expected an iterable of requests, got ${kindOf(requests)}`]);
  }
  if (!isMaterialised(requests)) return;
  let count = 0;
  const problems: string[] = [];
  for (const { index, item } of numbered(requests)) {
    const parsed = readRequest(item);
    if (parsed.ok) continue;
    count += 1;
    if (problems.length < MAX_PROBLEMS) problems.push(problemAt(index, parsed.reason));
  }
  if (count > 0) throw new InvalidRequestError(problems, count);
}

/** How many problems are kept of a list that is wrong from end to end. */
const MAX_PROBLEMS = 1_000;

/** Whether reading it does not use it up. */
function isMaterialised(requests: object): requests is Iterable<RequestInput> {
  return Array.isArray(requests) || requests instanceof Set || ArrayBuffer.isView(requests);
}

function messageOf(
  { index, item }: Numbered<RequestInput>,
  { message, defaults }: MessageTemplate,
  now: number,
): OutgoingMessage | RefusedMessage {
  const parsed = readRequest(item, defaults(now));
  if (parsed.ok) return { ...message, body: formatRequest(parsed.request) };
  return {
    sent: false,
    code: 'InvalidRequest',
    message: problemAt(index, parsed.reason),
    retryable: false,
  };
}

function problemAt(index: number, reason: string): string {
  return `requests[${index}]: ${reason}`;
}

function resultOf({ index, item }: Numbered<RequestInput>, outcome: SendOutcome): EnqueueResult {
  return { index, request: item, ...outcome };
}

function failureOf({ index, request, code, message, retryable }: FailedRequest): FailedRequest {
  return { index, request, code, message, retryable };
}
