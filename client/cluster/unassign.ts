// One unassign call. Answers with what came back; never throws, never judges.

import { JOURNEY_TEXT } from '../contract/journey.ts';
import { type Access, type Authorization, requestHeaders } from './authorization.ts';
import { causeOf, type Http, type HttpExchange, headerIn } from './exchange.ts';
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

/** The cluster, as far as this function needs it. */
export interface Cluster {
  /**
   * Takes the assignee off a user task (Camunda 8, Orchestration Cluster REST API, "Unassign user task"). After a
   * 401 it is called once more with a fresh token, where there is one.
   *
   * @param userTaskKey digits only
   * @param timeoutMs for all of it: token, call and retry
   */
  unassign(userTaskKey: string, timeoutMs: number): Promise<Answer>;
}

/** What the cluster's client needs from outside. */
export interface ClusterDependencies {
  readonly http: Http;
  readonly authorization: Authorization;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** No call is started with less time than this in milliseconds, or half of a shorter call time-out. */
export const MIN_CALL_MS = 1_000;

/** @param basePath what stands before `/user-tasks`, such as `/v2` */
export function createCluster(basePath: string, { http, authorization, now }: ClusterDependencies): Cluster {
  function call(path: string, access: Access, timeoutMs: number): Promise<HttpExchange> {
    const headers = requestHeaders(access);
    return http.exchange({ method: 'DELETE', path, headers, timeoutMs }, access.tls);
  }

  function answerTo(exchange: HttpExchange, { secrets, tls }: Access, startedAt: number): Called {
    // A server that refuses a certificate may say so in TLS, or just close the connection.
    if (exchange.type === 'no-answer' && (exchange.tls || tls.cert !== undefined)) {
      authorization.credentialsRejected(exchange.tls);
    }
    return answerOf(exchange, startedAt, secrets);
  }

  /** Undefined where there is nothing fresh to call with, or no time. */
  async function callAgain(path: string, refused: Access, left: () => number): Promise<Called | undefined> {
    const fresh = await authorization.renew(refused, left());
    if (fresh === undefined || left() === 0) return undefined;
    const startedAt = now();
    const answer = answerTo(await call(path, fresh, left()), fresh, startedAt);
    if (isUnauthorized(answer)) authorization.credentialsRejected(true);
    return answer;
  }

  return {
    async unassign(userTaskKey, timeoutMs) {
      const deadline = now() + timeoutMs;
      const leastMs = Math.min(MIN_CALL_MS, timeoutMs / 2);
      const left = () => {
        // A clock that was set back must not give it more time than it had.
        const ms = Math.min(deadline - now(), timeoutMs);
        return ms < leastMs ? 0 : ms;
      };
      const found = authorization.access(timeoutMs);
      const access = found instanceof Promise ? await found : found;
      if (access.type === 'no-access') return { ...access, type: 'no-credentials' };
      const leftMs = left();
      if (leftMs === 0) return TOKEN_TOO_LATE;
      const path = `${basePath}/user-tasks/${userTaskKey}/assignee`;
      const startedAt = now();
      const first = answerTo(await call(path, access, leftMs), access, startedAt);
      const second = isUnauthorized(first) ? await callAgain(path, access, left) : undefined;
      if (isAccepted(second ?? first)) authorization.credentialsAccepted();
      if (second === undefined) return first;
      return { ...second, calls: first.calls + second.calls, startedAt };
    },
  };
}

type Called = Exclude<Answer, { type: 'no-credentials' }>;

const TOKEN_TOO_LATE: Answer = {
  type: 'no-credentials',
  cause: 'the token came too late for a call',
  refused: false,
  retryAfterSeconds: 0,
};

/** Camunda has taken what the call carried, whatever it said of the task. */
function isAccepted(answer: Called): boolean {
  if (answer.type !== 'response' || answer.status === 401) return false;
  return answer.status === 204 || answer.problem === 'camunda';
}

function isUnauthorized(answer: Called): boolean {
  return answer.type === 'response' && answer.status === 401;
}

/** @param secrets what the call carried: a proxy may echo what it was sent */
function answerOf(exchange: HttpExchange, startedAt: number, secrets: readonly string[]): Called {
  const { calls } = exchange;
  const show = (text: string, maximum: number) => showable(text, maximum, secrets);
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
