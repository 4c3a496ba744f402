// What an answer's body says, and whether it is Camunda who says it.

import { JOURNEY_TEXT } from '../contract/journey.ts';
import { parseJson } from './json.ts';

/** A body, read. */
export interface Said {
  /**
   * Whose problem detail it is (RFC 9457). `camunda`: title and detail are text, the status is that of the response,
   * and the type is absent or `about:blank` (Camunda 8, Orchestration Cluster REST API, ProblemDetail). `other`: a
   * problem detail all the same, such as Cloudflare's, which have a type of their own.
   */
  readonly problem: 'camunda' | 'other' | 'none';
  /** Of Camunda's problem detail, as far as it may be shown. */
  readonly title: string | undefined;
  readonly detail: string | undefined;
  /** Its own words where these are others: to judge by, and not to be shown to anybody. */
  readonly unshown?: { readonly title: string; readonly detail: string };
  /** The beginning of a body that is not Camunda's problem detail, in one line. */
  readonly excerpt: string | undefined;
}

const NOTHING: Said = { problem: 'none', title: undefined, detail: undefined, excerpt: undefined };

/**
 * Reads a body, whatever its content type says: proxies change that more often than the text.
 *
 * @param show makes of a text from outside one line of at most so many characters that may be shown
 */
export function readBody(
  body: string,
  status: number,
  show: (text: string, maximum: number) => string,
): Said {
  // As every success is: for JSON.parse it would be an error, and that takes longer than the rest of a call.
  if (body === '') return NOTHING;
  const value = parseJson(body);
  const title = textIn(value, 'title');
  const detail = textIn(value, 'detail');
  if (title !== undefined && detail !== undefined && isCamundas(value, status)) {
    const shown = { title: show(title, JOURNEY_TEXT.title), detail: show(detail, JOURNEY_TEXT.detail) };
    const isAllShown = shown.title === title && shown.detail === detail;
    return {
      problem: 'camunda',
      ...shown,
      ...(isAllShown ? {} : { unshown: { title, detail } }),
      excerpt: undefined,
    };
  }
  const problem = title !== undefined || textIn(value, 'type') !== undefined ? 'other' : 'none';
  return { ...NOTHING, problem, excerpt: show(body, JOURNEY_TEXT.body) || undefined };
}

function isCamundas(value: unknown, status: number): boolean {
  const type = fieldOf(value, 'type');
  return fieldOf(value, 'status') === status && (type === undefined || type === 'about:blank');
}

function textIn(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' ? text : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** Camunda's own words, whether or not they may be shown: to judge by. */
export function wordsOf({
  title = '',
  detail = '',
  unshown,
}: Partial<Pick<Said, 'title' | 'detail' | 'unshown'>>): { readonly title: string; readonly detail: string } {
  return unshown ?? { title, detail };
}

/**
 * Whether a 404 with it is about this task, and not about a path: as `no such user task was found` is
 * (recorded/8.6.0/not-found.json).
 */
export function isOfTheTask(said: Said, userTaskKey: string): boolean {
  const { title, detail } = wordsOf(said);
  const keys: readonly string[] = detail.match(/\d+/g) ?? [];
  return said.problem === 'camunda' && title === 'NOT_FOUND' && keys.includes(userTaskKey);
}
