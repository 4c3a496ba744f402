// Asks the console's server, by the routes that both have written down.
import type { Api, ErrorAnswer, ErrorCode } from '../api.ts';

/** A route of {@link Api}. */
export type Route = keyof Api;
export type Answer<R extends Route> = Api[R]['answer'];

type QueryOf<R extends Route> = Api[R] extends { query: infer Q } ? { readonly query?: Q } : object;
type BodyOf<R extends Route> = Api[R] extends { body: infer B } ? { readonly body: B } : object;
type ParametersOf<R extends Route> = R extends `${string}/:${infer Rest}`
  ? { readonly path: Readonly<Record<Rest extends `${infer Name}/${string}` ? Name : Rest, string>> }
  : object;

/** What a route wants to know. */
export type Question<R extends Route> = QueryOf<R> &
  BodyOf<R> &
  ParametersOf<R> & { readonly signal?: AbortSignal | undefined };

/** Why there is no answer: what the server said, or `lost` where it said nothing at all. */
export class ConsoleError extends Error {
  readonly code: ErrorCode | 'lost';

  constructor(code: ErrorCode | 'lost', message: string) {
    super(message);
    this.name = 'ConsoleError';
    this.code = code;
  }
}

/** Asks the server. */
export interface ConsoleClient {
  /** @throws ConsoleError where there is no answer; what the signal's abort throws */
  ask<R extends Route>(route: R, question: Question<R>): Promise<Answer<R>>;
}

/** What the client needs of the world. */
export interface ClientParts {
  readonly fetch: typeof fetch;
  readonly secret: () => string | undefined;
}

const LOST =
  'The console does not answer. It may have ended: after 30 idle minutes, by Ctrl-C, or with its terminal. Start it again; ' +
  'this page goes on as soon as it answers, and what you have typed stays.';

/** Makes a client. */
export function createClient({ fetch, secret }: ClientParts): ConsoleClient {
  return {
    async ask(route, question) {
      const { signal, ...parts } = question as { signal?: AbortSignal } & RequestParts;
      const request = requestFor(route, parts, secret());
      const response = await fetch(request.url, { ...request.init, signal: signal ?? null }).catch(
        (error) => {
          if (signal?.aborted) throw error;
          throw new ConsoleError('lost', LOST);
        },
      );
      if (!response.ok) throw await errorOf(response);
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      // The server answers as it is written down; both are checked against the same types.
      return (await (isJson ? response.json() : response.text())) as Answer<typeof route>;
    },
  };
}

/** The parts of a question that make the request. */
export interface RequestParts {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly path?: Readonly<Record<string, string>>;
}

/** The request for a route. Pure. */
export function requestFor(
  route: Route,
  { query = {}, body, path = {} }: RequestParts,
  secret: string | undefined,
): { readonly url: string; readonly init: RequestInit } {
  const [method = '', pattern = ''] = route.split(' ');
  const filled = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return {
    url: `${filled}${search}`,
    init: {
      method,
      headers: {
        ...(secret === undefined ? {} : { Authorization: `Bearer ${secret}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    },
  };
}

async function errorOf(response: Response): Promise<ConsoleError> {
  const answer = (await response.json().catch(() => ({}))) as Partial<ErrorAnswer>;
  if (answer.error !== undefined) return new ConsoleError(answer.error.code, answer.error.message);
  return new ConsoleError('failed', `The console answered ${response.status} without a reason.`);
}
