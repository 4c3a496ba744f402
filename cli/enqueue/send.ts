// The second reading of the input: every request is sent, and accounted for.

import type { SQSClient } from '@aws-sdk/client-sqs';
import { type OutgoingMessage, type SendOutcome, sendMessages } from '../../client/sending/send-messages.ts';
import type { SendFault } from '../../client/sqs/send-faults.ts';
import type { RequestLine } from './request-line.ts';

/** What to send where. */
export interface RequestsToSend {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Reads the requests from the start, each time the same. */
  readonly requests: () => AsyncIterable<RequestLine> | Iterable<RequestLine>;
  readonly toMessage: (request: RequestLine) => OutgoingMessage;
  /** Whether a failure means that every other one would fail, too. */
  readonly isHopeless: (failure: SendFault) => boolean;
  readonly signal: AbortSignal;
  /** Whether what was never read, since the sending was stopped, is to come out as `not sent`, too. */
  readonly yieldsRest: boolean;
}

/** What became of a request. */
export type RequestState =
  | { readonly state: 'sent' }
  | { readonly state: 'failed'; readonly failure: SendFault }
  /** Never tried, since the sending was stopped. */
  | { readonly state: 'not sent' };

/** How often the first message is tried, before anything else is: enough for a hiccup, and over in a second. */
const SCOUT_ATTEMPTS = 3;

/**
 * Sends all, and yields each request with its fate, none of them twice. Where sending is stopped by the signal or
 * since there is no hope, what was read comes out as `not sent`, and so does the rest, if it is wanted.
 *
 * The first request goes alone, so that missing credentials or a wrong URL are heard of once, and soon.
 */
export async function* sendRequests(
  toSend: RequestsToSend,
): AsyncGenerator<{ request: RequestLine; fate: RequestState }> {
  const hopeless = new AbortController();
  const signal = AbortSignal.any([toSend.signal, hopeless.signal]);
  let settled = 0;
  for await (const { item, outcome } of outcomes(toSend, signal)) {
    settled += 1;
    const fate = stateOf(outcome);
    if (fate.state === 'failed' && toSend.isHopeless(fate.failure)) hopeless.abort();
    yield { request: item, fate };
  }
  if (!signal.aborted || !toSend.yieldsRest) return;
  // Results come for all that was read, in whatever order: what has none stands behind.
  for await (const request of skip(toSend.requests(), settled))
    yield { request, fate: { state: 'not sent' } };
}

async function* outcomes(
  { sqs, queueUrl, requests, toMessage, isHopeless }: RequestsToSend,
  signal: AbortSignal,
): AsyncGenerator<{ item: RequestLine; outcome: SendOutcome }> {
  let skipped = 0;
  const scout = take(requests(), 1);
  for await (const result of sendMessages(sqs, queueUrl, scout, toMessage, {
    signal,
    maxAttempts: SCOUT_ATTEMPTS,
  })) {
    // What may yet succeed gets all its attempts, with the others; after an abort there are none.
    const { outcome } = result;
    if (!outcome.sent && outcome.retryable && !signal.aborted && !isHopeless(outcome)) continue;
    skipped = 1;
    yield result;
  }
  if (!signal.aborted) yield* sendMessages(sqs, queueUrl, skip(requests(), skipped), toMessage, { signal });
}

function stateOf(outcome: SendOutcome): RequestState {
  if (outcome.sent) return { state: 'sent' };
  return outcome.code === 'Aborted' ? { state: 'not sent' } : { state: 'failed', failure: outcome };
}

async function* take<T>(items: AsyncIterable<T> | Iterable<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}

async function* skip<T>(items: AsyncIterable<T> | Iterable<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const item of items) {
    if (left === 0) yield item;
    else left -= 1;
  }
}
