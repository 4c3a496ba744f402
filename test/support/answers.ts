// Answers to an unassign call as the function reads them: in Camunda's words, in those of something else, and none.
import type { Answer } from '../../client/cluster/authorized-call.ts';
import { KEY, SENT_AT } from './messages.ts';

/** An HTTP answer. */
export type Response = Extract<Answer, { type: 'response' }>;

const BARE = {
  type: 'response',
  calls: 1,
  startedAt: SENT_AT,
  isRepeat: false,
  isEmpty: false,
  problem: 'none',
  title: undefined,
  detail: undefined,
  contentType: undefined,
  excerpt: undefined,
  retryAfter: undefined,
} as const;

/** With Camunda's problem detail; a 404 is of the task with that key. */
export function problem(status: number, wish: Partial<Response> = {}, key = KEY): Response {
  return {
    ...BARE,
    status,
    problem: 'camunda',
    title: status === 404 ? 'NOT_FOUND' : 'A_TITLE',
    detail: `A detail of '${key}'.`,
    contentType: 'application/problem+json',
    ...wish,
  };
}

/** Without a body: a success where the status says so, and otherwise not Camunda's. */
export function empty(status: number, wish: Partial<Response> = {}): Response {
  return { ...BARE, status, isEmpty: true, ...wish };
}

/** With a page of HTML. */
export function page(status: number, wish: Partial<Response> = {}): Response {
  return { ...BARE, status, contentType: 'text/html', excerpt: '<html>Hello</html>', ...wish };
}

/** With a problem detail of something else's than Camunda, such as Cloudflare's. */
export function otherProblem(status: number): Response {
  return {
    ...BARE,
    status,
    problem: 'other',
    contentType: 'application/problem+json',
    excerpt: '{"type":"https://developers.cloudflare.com/…","title":"DNS resolution error","status":409}',
  };
}

/** What a cluster answers with that status: an empty success, or a problem detail of Camunda's. */
export function camunda(status: number, key = KEY): Response {
  return status === 200 || status === 204 ? empty(status) : problem(status, {}, key);
}

/** No answer in time. */
export const NO_ANSWER: Answer = {
  type: 'no-answer',
  calls: 1,
  startedAt: SENT_AT,
  cause: 'no answer in time',
  sent: true,
};

/** No connection. */
export const NO_CONNECTION: Answer = { ...NO_ANSWER, cause: 'no connection: refused', sent: false };

/** An answer that is not HTTP. */
export const UNREADABLE: Answer = { type: 'unreadable', calls: 1, startedAt: SENT_AT, cause: 'not HTTP' };
