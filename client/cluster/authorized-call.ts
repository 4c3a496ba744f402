// One call to the cluster, with credentials, one retry after a 401 and one time limit. Answers with what came back; never
// throws, never judges.

import { JOURNEY_TEXT } from '../contract/journey.ts';
import { type Access, type Authorization, requestHeaders } from './authorization.ts';
import { causeOf, type Http, type HttpExchange, type HttpRequest, headerIn } from './exchange.ts';
import { showable } from './outside-text.ts';
import { readBody, type Said } from './problem-detail.ts';

/** What came back from a call. */
export type Answer =
  | ({
      readonly type: 'response';
      /** Calls that left the process. */
      readonly calls: number;
      /** When the first of them did; epoch milliseconds. */
      readonly startedAt: number;
      readonly status: number;
      /** Whether the same request may have arrived before, over a connection that broke. */
      readonly isRepeat: boolean;
      /** Whether it came whole and its body is empty. */
      readonly isEmpty: boolean;
      /** The content-type header, in one line. */
      readonly contentType: string | undefined;
      /** The Retry-After header, verbatim. */
      readonly retryAfter: string | undefined;
    } & Said)
  /** No answer in time, no connection, or it broke before an answer. `sent`: the cluster may have got the request. */
  | {
      readonly type: 'no-answer';
      readonly calls: number;
      readonly startedAt: number;
      readonly cause: string;
      readonly sent: boolean;
    }
  /** Something answered that cannot be read as HTTP. */
  | {
      readonly type: 'unreadable';
      readonly calls: number;
      readonly startedAt: number;
      readonly cause: string;
    }
  /** Nothing was called, for want of a token or a secret. `refused`: ours to fix. */
  | {
      readonly type: 'no-credentials';
      readonly cause: string;
      readonly refused: boolean;
      readonly retryAfterSeconds: number;
    };

/** What to ask of the cluster. Headers come beside those of every call. */
export type ClusterRequest = Pick<HttpRequest, 'method' | 'path' | 'body'> &
  Partial<Pick<HttpRequest, 'headers'>> & {
    /** For the answer to one call, without the token that it needs; milliseconds. */
    readonly answerMs?: number;
  };

/** The same where the response's body is wanted, up to that length. */
export type ReadRequest = ClusterRequest & Required<Pick<HttpRequest, 'maxBodyBytes'>>;

/** A response as it came. */
export type ClusterResponse = Extract<HttpExchange, { type: 'response' }>;

/** What was read from a response. */
export interface Content<Value> {
  readonly type: 'content';
  /** Calls that left the process. */
  readonly calls: number;
  /** When the first of them did; epoch milliseconds. */
  readonly startedAt: number;
  readonly value: Value;
}

/** Calls the cluster. After a 401 it is called once more with a fresh token, where there is one. */
export interface ClusterCaller {
  /** @param timeoutMs for all of it: token, call and retry */
  call(request: ClusterRequest, timeoutMs: number): Promise<Answer>;
  /**
   * The same where the body of a success is what is wanted. One that broke off is no answer.
   *
   * @param readValue what a success (200 to 299) says, in Camunda's words; undefined where they are not Camunda's
   */
  read<Value>(
    request: ReadRequest,
    timeoutMs: number,
    readValue: (response: ClusterResponse) => Value | undefined,
  ): Promise<Content<Value> | Answer>;
}

/** What calls to the cluster need from outside. */
export interface ClusterDependencies {
  readonly http: Http;
  readonly authorization: Authorization;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** No call is started with less time than this in milliseconds, or half of a shorter call time-out. */
export const MIN_CALL_MS = 1_000;

/** What came of a call, as it came. */
interface Called {
  readonly type: 'called';
  readonly calls: number;
  readonly startedAt: number;
  readonly exchange: HttpExchange;
  /** What it carried. */
  readonly access: Access;
}

type NoCredentials = Extract<Answer, { type: 'no-credentials' }>;

/** Never throws, and neither does what it makes. */
export function createClusterCaller({ http, authorization, now }: ClusterDependencies): ClusterCaller {
  function exchangeWith(access: Access, request: ClusterRequest, timeoutMs: number): Promise<HttpExchange> {
    const headers = { ...request.headers, ...requestHeaders(access) };
    const { answerMs = timeoutMs } = request;
    return http.exchange({ ...request, headers, timeoutMs: Math.min(timeoutMs, answerMs) }, access.tls);
  }

  function calledWith(access: Access, exchange: HttpExchange, startedAt: number): Called {
    // A server that refuses a certificate may say so in TLS, or just close the connection.
    if (exchange.type === 'no-answer' && (exchange.tls || access.tls.cert !== undefined)) {
      authorization.credentialsRejected(exchange.tls);
    }
    return { type: 'called', calls: exchange.calls, startedAt, exchange, access };
  }

  /** Undefined where there is nothing fresh to call with, or no time. */
  async function callAgain(
    request: ClusterRequest,
    refused: Access,
    left: () => number,
  ): Promise<Called | undefined> {
    const fresh = await authorization.renew(refused, left());
    if (fresh === undefined || left() === 0) return undefined;
    const startedAt = now();
    const called = calledWith(fresh, await exchangeWith(fresh, request, left()), startedAt);
    if (isUnauthorized(called.exchange)) authorization.credentialsRejected(true);
    return called;
  }

  async function callInTime(request: ClusterRequest, timeoutMs: number): Promise<Called | NoCredentials> {
    const deadline = now() + timeoutMs;
    const leastMs = Math.min(MIN_CALL_MS, timeoutMs / 2);
    const left = () => {
      // A clock that was set back must not give it more time than it had.
      const ms = Math.min(deadline - now(), timeoutMs);
      return ms < leastMs ? 0 : ms;
    };
    const access = await authorization.access(timeoutMs);
    if (access.type === 'no-access') return { ...access, type: 'no-credentials' };
    const leftMs = left();
    if (leftMs === 0) return TOKEN_TOO_LATE;
    const startedAt = now();
    const first = calledWith(access, await exchangeWith(access, request, leftMs), startedAt);
    const second = isUnauthorized(first.exchange) ? await callAgain(request, access, left) : undefined;
    if (second === undefined) return first;
    return { ...second, calls: first.calls + second.calls, startedAt: first.startedAt };
  }

  function answerTo(called: Called | NoCredentials): Answer {
    if (called.type === 'no-credentials') return called;
    const answer = answerOf(called);
    if (isAccepted(answer)) authorization.credentialsAccepted();
    return answer;
  }

  return {
    call: async (request, timeoutMs) => answerTo(await callInTime(request, timeoutMs)),
    async read(request, timeoutMs, readValue) {
      const called = await callInTime(request, timeoutMs);
      if (called.type === 'no-credentials' || !isSuccess(called.exchange)) return answerTo(called);
      const { calls, startedAt, exchange } = called;
      if (isBrokenOff(exchange, request)) {
        return { type: 'no-answer', calls, startedAt, cause: 'the answer broke off', sent: true };
      }
      const value = readValue(exchange);
      if (value === undefined) return answerOf(called);
      authorization.credentialsAccepted();
      return { type: 'content', calls, startedAt, value };
    },
  };
}

function isSuccess(exchange: HttpExchange): exchange is ClusterResponse {
  return exchange.type === 'response' && exchange.status >= 200 && exchange.status <= 299;
}

/** And not cut because it is too long. A character that was cut in two does not make it shorter. */
function isBrokenOff({ isComplete, body }: ClusterResponse, { maxBodyBytes }: ReadRequest): boolean {
  return !isComplete && Buffer.byteLength(body) < maxBodyBytes;
}

const TOKEN_TOO_LATE: NoCredentials = {
  type: 'no-credentials',
  cause: 'the token came too late for a call',
  refused: false,
  retryAfterSeconds: 0,
};

/** Camunda has taken what the call carried, whatever it said of the task. */
function isAccepted(answer: Answer): boolean {
  if (answer.type !== 'response' || answer.status === 401) return false;
  return answer.status === 204 || answer.problem === 'camunda';
}

function isUnauthorized(exchange: HttpExchange): boolean {
  return exchange.type === 'response' && exchange.status === 401;
}

function answerOf({ exchange, calls, startedAt, access }: Called): Answer {
  // A proxy may echo what it was sent.
  const show = (text: string, maximum: number) => showable(text, maximum, access.secrets);
  if (exchange.type !== 'response') {
    const cause = causeOf(exchange, (said) => show(said, JOURNEY_TEXT.detail));
    if (exchange.type === 'unreadable') return { type: 'unreadable', calls, startedAt, cause };
    return { type: 'no-answer', calls, startedAt, cause, sent: exchange.sent };
  }
  const { status, headers, body, isComplete, isRepeat } = exchange;
  const contentType = status === 204 ? undefined : headerIn(headers, 'content-type');
  return {
    type: 'response',
    calls,
    startedAt,
    status,
    isRepeat,
    isEmpty: isComplete && body === '',
    contentType: contentType && show(contentType, JOURNEY_TEXT.contentType),
    retryAfter: headerIn(headers, 'retry-after'),
    ...readBody(body, status, show),
  };
}
