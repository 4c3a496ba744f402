// The enqueuer: what other services use to have user tasks unassigned.

import { formatRequest, kindOf } from '../contract/request.ts';
import { EnqueueError, EnqueueInterruptedError, InvalidRequestError } from './errors.ts';
import { type MessageOptions, type MessageTemplate, readOptions } from './message-options.ts';
import { connectQueue, type QueueConnection } from './queue-connection.ts';
import { queueOptionProblems, type UnassignQueueOptions } from './queue-options.ts';
import { expiryProblem, type RequestInput, readRequest } from './request-input.ts';
import type { EnqueueResult, EnqueueSummary, FailedRequest } from './results.ts';
import {
  type OutgoingMessage,
  type RefusedMessage,
  type SendOutcome,
  sendMessages,
} from './send-messages.ts';
import { type Numbered, numbered } from './source.ts';

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
  #connected: Promise<QueueConnection> | undefined;

  /**
   * Nothing is looked up or opened before the first request.
   *
   * @throws {InvalidRequestError} an option is unknown or out of bounds, or two say where the queue is
   */
  constructor(options: UnassignQueueOptions = {}) {
    const problems = queueOptionProblems(options);
    if (problems.length > 0) throw new InvalidRequestError(problems);
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
    const problem = requestProblem(request, template, this.#now());
    if (problem !== undefined) throw new InvalidRequestError([problem]);
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
    checkRequests(requests, template, this.#now());
    return this.#send(await this.#connection(), requests, template, options);
  }

  #checkedOptions(options: EnqueueOptions): MessageTemplate {
    const environment = this.#options.environment ?? process.env;
    const read = readOptions(options, environment['_X_AMZN_TRACE_ID']);
    if (!read.ok) throw new InvalidRequestError(read.problems);
    return read.template;
  }

  async *#send(
    { sqs, queueUrl }: QueueConnection,
    requests: Iterable<RequestInput> | AsyncIterable<RequestInput>,
    template: MessageTemplate,
    { signal }: EnqueueOptions,
  ): AsyncGenerator<EnqueueResult, void, undefined> {
    const { batchesInFlight = BATCHES_IN_FLIGHT } = this.#options;
    const toMessage = (request: Numbered<RequestInput>) => messageOf(request, template, this.#now());
    const results = sendMessages(sqs, queueUrl, numbered(requests), toMessage, { signal, batchesInFlight });
    for await (const { item, outcome } of results) yield resultOf(item, outcome);
  }

  #now(): number {
    const { now = Date.now } = this.#options;
    return now();
  }

  /** What was not found is looked for again the next time. */
  #connection(): Promise<QueueConnection> {
    this.#connected ??= connectQueue(this.#options).catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }
}

/** Unless a caller wants more or less. */
const BATCHES_IN_FLIGHT = 8;

function checkRequests(requests: unknown, template: MessageTemplate, now: number): void {
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
    const problem = requestProblem(item, template, now);
    if (problem === undefined) continue;
    count += 1;
    if (problems.length < MAX_PROBLEMS) problems.push(problemAt(index, problem));
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
  const problem = parsed.ok ? expiryProblem(parsed.request, message.delaySeconds, now) : parsed.reason;
  if (parsed.ok && problem === undefined) return { ...message, body: formatRequest(parsed.request) };
  return { sent: false, code: 'InvalidRequest', message: problemAt(index, problem ?? ''), retryable: false };
}

/** What is wrong with a request, if anything is. */
function requestProblem(
  item: RequestInput,
  { message, defaults }: MessageTemplate,
  now: number,
): string | undefined {
  const parsed = readRequest(item, defaults(now));
  return parsed.ok ? expiryProblem(parsed.request, message.delaySeconds, now) : parsed.reason;
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
