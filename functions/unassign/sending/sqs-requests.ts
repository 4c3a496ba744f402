// The requests of the SQS SDK over exchange.ts, which knows of frozen connections and is loaded before the SDK is. With the
// SDK's own handler (node:https and agents) a message of a batch that sends copies took 7 to 18 % more CPU, and a cold
// start that has to send something 6 % more.
import { causeOf, createHttp, type Http } from '../../../client/cluster/exchange.ts';
import { SENDS_AT_ONCE } from './settlement.ts';

/** What the SDK hands over (Smithy, HttpRequest), as far as SQS has it, which takes no query. */
interface SqsRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What it takes back (Smithy, HttpResponse). */
interface SqsResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** For a client's `requestHandler` (Smithy, RequestHandler). */
export type SqsRequestHandler = {
  /** Rejects with an error that the SDK tries again, or, once aborted, with the reason that the signal gives. */
  handle(request: SqsRequest, options?: { abortSignal?: AbortSignal }): Promise<{ response: SqsResponse }>;
  destroy(): void;
};

/**
 * @param timeoutMs for each attempt from when it has its connection: request and the response's body. Time that is
 *   spent on connecting would be missing in the end, when SQS has the copies already and nobody hears of it any more
 * @param now epoch milliseconds
 */
export function createSqsRequestHandler(timeoutMs: number, now: () => number): SqsRequestHandler {
  const endpoints = new Map<string, Http>();

  function endpointOf({ protocol, hostname, port }: SqsRequest): Http {
    const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
    const http = endpoints.get(origin) ?? createHttp(origin, SENDS_AT_ONCE, now);
    endpoints.set(origin, http);
    return http;
  }

  function destroy(): void {
    for (const http of endpoints.values()) http.destroy().catch(() => {});
    endpoints.clear();
  }

  async function handle(request: SqsRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
    abortSignal?.throwIfAborted();
    const { path, headers, body } = request;
    const answer = await endpointOf(request).exchange({
      method: 'POST',
      path,
      headers,
      body,
      timeoutMs,
      timeoutFrom: 'connection',
      signal: abortSignal,
    });
    abortSignal?.throwIfAborted();
    if (answer.type !== 'response') throw failure(causeOf(answer, (said) => said));
    return {
      response: {
        statusCode: answer.status,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, `${value}`]),
        ),
        body: Buffer.from(answer.body),
      },
    };
  }

  return { handle, destroy };
}

/** By its mark the SDK knows what may go better the next time (Smithy, RetryableTrait). */
function failure(cause: string): Error {
  return Object.assign(new Error(cause), { $retryable: {} });
}
