// The routes of the API on Hono: who may ask, what a request must be, and how an error is answered.
import { type Context, Hono } from 'hono';
import type * as z from 'zod/mini';
import { oneLine } from '../../../client/contract/text.ts';
import type { Api } from '../api.ts';
import { isTooDeep } from './json-depth.ts';
import { Refusal, refusalAnswer } from './refusal.ts';
import type { Sessions } from './session.ts';

/** The name of a route, such as `GET /api/overview`. */
export type RouteName = keyof Api;

type Field<Route, Name extends string> = Route extends { readonly [name in Name]: infer Value }
  ? Value
  : undefined;

/** What a route is asked. */
export interface Asked<Name extends RouteName> {
  readonly query: Field<Api[Name], 'query'>;
  readonly body: Field<Api[Name], 'body'>;
  /** What stands in the path for `:name`. */
  readonly params: Readonly<Record<string, string>>;
}

/** How a route is asked and answered. */
export interface Route<Name extends RouteName> {
  readonly query?: z.ZodMiniType<Field<Api[Name], 'query'>>;
  readonly body?: z.ZodMiniType<Field<Api[Name], 'body'>>;
  /** Bytes; little unless given. */
  readonly longestBody?: number;
  /** It is asked again and again, without anybody doing anything. */
  readonly isPolled?: boolean;
  /** Of a text; JSON unless given. */
  readonly type?: 'text/csv; charset=utf-8' | 'application/jsonl; charset=utf-8';
  answer(asked: Asked<Name>): Promise<Api[Name]['answer']> | Api[Name]['answer'];
}

/** Those that are served. */
export type Routes = { readonly [Name in RouteName]?: Route<Name> };

/** What the routes need of the console. */
export interface Keeper {
  readonly sessions: Sessions;
  /** Such as `http://127.0.0.1:9330`. */
  readonly origin: () => string;
  /** Somebody did something. */
  readonly touch: () => void;
  /** What any other error than a refusal is answered with. */
  readonly refusalFor: (error: unknown) => Refusal;
}

const LONGEST_BODY = 16 * 1024;

/** What the schemas know is less deep than that. */
const DEEPEST_BODY = 8;

const EXCHANGE: RouteName = 'POST /api/session';

/** The API. */
export function createApi(routes: Routes, keeper: Keeper): Hono {
  const app = new Hono();
  const methods = new Map<string, string[]>();
  for (const name of Object.keys(routes) as RouteName[]) {
    const [method = '', path = ''] = name.split(' ');
    methods.set(path, [...(methods.get(path) ?? []), method]);
    register(app, name, routes[name] as Route<RouteName>, keeper);
  }
  for (const [path, allowed] of methods) {
    app.all(path, (context) => {
      requireSession(context.req.raw, keeper);
      const message = `${context.req.method} does nothing here: expected ${allowed.join(' or ')}.`;
      return refusalAnswer(new Refusal('wrong-method', message));
    });
  }
  app.all('/api/*', (context) => {
    requireSession(context.req.raw, keeper);
    throw new Refusal('not-found', 'There is no such route.');
  });
  app.onError((error) => refusalAnswer(error instanceof Refusal ? error : keeper.refusalFor(error)));
  return app;
}

function register<Name extends RouteName>(app: Hono, name: Name, route: Route<Name>, keeper: Keeper): void {
  const [method = '', path = ''] = name.split(' ');
  app.on(method, path, async (context) => {
    const request = context.req.raw;
    if (method !== 'GET') requireOwnPage(request, keeper.origin());
    if (name !== EXCHANGE) requireSession(request, keeper);
    // Hono takes HEAD for GET.
    if (request.method !== method) throw new Refusal('wrong-method', `Expected ${method}.`);
    if (!route.isPolled && name !== EXCHANGE) keeper.touch();
    const answer = await route.answer(await askedOf(route, context));
    // Whoever brings no good token has done nothing.
    if (name === EXCHANGE) keeper.touch();
    if (route.type === undefined) return Response.json(answer);
    return new Response(String(answer), { headers: { 'Content-Type': route.type } });
  });
}

async function askedOf<Name extends RouteName>(route: Route<Name>, { req }: Context): Promise<Asked<Name>> {
  const { query, body, longestBody } = route;
  return {
    query: (query === undefined ? undefined : checked(query, queryOf(req.raw))) as Asked<Name>['query'],
    body: (body === undefined
      ? undefined
      : checked(body, await bodyOf(req.raw, longestBody))) as Asked<Name>['body'],
    params: req.param(),
  };
}

/** What nothing but this console's own page sends: a form cannot, and another page's script is not let to. */
function requireOwnPage({ headers }: Request, origin: string): void {
  if (headers.get('origin') !== origin || headers.get('sec-fetch-site') !== 'same-origin') {
    throw new Refusal('forbidden', `Only the page at ${origin} may ask for that.`);
  }
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(headers.get('content-type') ?? '')) {
    throw new Refusal('forbidden', 'Expected the content type application/json.');
  }
}

function requireSession({ headers }: Request, { sessions }: Keeper): void {
  const [, secret] = /^Bearer ([\w-]{1,200})$/.exec(headers.get('authorization') ?? '') ?? [];
  if (secret !== undefined && sessions.knows(secret)) return;
  throw new Refusal('unauthorized', NO_SESSION);
}

/** Also for a token that is none. */
export const NO_SESSION =
  'This page has no session here: press Enter in the terminal where the console runs, and open the link that it prints.';

function queryOf({ url }: Request): object {
  const query = new URL(url).searchParams;
  const names = [...query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Refusal('invalid', `${JSON.stringify(twice)} is there more than once.`);
  return Object.fromEntries(query);
}

async function bodyOf(request: Request, longest = LONGEST_BODY): Promise<unknown> {
  const text = await textOf(request, longest);
  if (isTooDeep(text, DEEPEST_BODY)) throw new Refusal('invalid', 'This JSON has too many levels.');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('invalid', 'Expected JSON.');
  }
}

async function textOf({ headers, body }: Request, longest: number): Promise<string> {
  const tooLarge = new Refusal('too-large', `Expected at most ${longest} bytes.`);
  if (Number(headers.get('content-length') ?? 0) > longest) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > longest) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function checked<Value>(schema: z.ZodMiniType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal('invalid', parsed.error.issues.map(issueText).join('; '));
}

function issueText(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.') || 'the request';
  if (issue.code === 'unrecognized_keys') return `${place}: unknown ${oneLine(issue.keys.join(', '), 200)}`;
  return `${place}: ${issue.message}`;
}
