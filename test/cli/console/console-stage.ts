// A console on an SQS of the test's own, and its pages played by requests.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { chooseConnection } from '../../../cli/connection.ts';
import type { Api } from '../../../cli/console/api.ts';
import {
  type ConsoleOptions,
  type RunningConsole,
  startConsole,
} from '../../../cli/console/running-console.ts';
import {
  type Burial,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';

/** An answer of the console. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A console, and a page that has a session there. */
export interface ConsoleStage {
  readonly stage: DeadLetterStage;
  readonly console: RunningConsole;
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  readonly secret: string;
  /** Epoch milliseconds; a test turns it on. */
  readonly clock: { now: number };
  /** Asks to stop, as Ctrl-C does. */
  readonly stop: () => void;
  /** Ids of the messages that were buried. */
  readonly ids: readonly string[];
  get<const Path extends string>(path: Path): Promise<Answer<AnswerOf<`GET ${Path}`>>>;
  post<const Path extends string>(path: Path, body: unknown): Promise<Answer<AnswerOf<`POST ${Path}`>>>;
  /** Looks, and resolves when the look is over. */
  look(): Promise<void>;
}

/** Of a route, its query and parameters apart. */
type AnswerOf<Name extends string> = Name extends `${infer Route}?${string}`
  ? AnswerOf<Route>
  : Name extends keyof Api
    ? Api[Name]['answer']
    : Name extends `GET /api/messages/${string}`
      ? Api['GET /api/messages/:messageId']['answer']
      : unknown;

/** How to set it. */
export interface StageWish extends Partial<Omit<ConsoleOptions, 'queue' | 'deadLetterQueue'>> {
  readonly letters?: readonly Burial[];
  /** The queue was not named. */
  readonly withoutQueue?: boolean;
  /** What the time is, and stays, instead of what it is. */
  readonly now?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts it. It is taken down when the test has finished. */
export async function setConsole({
  letters = [],
  withoutQueue = false,
  now,
  environment = {},
  ...options
}: StageWish = {}): Promise<ConsoleStage> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(letters);
  const asked = new AbortController();
  const clock = { now: now ?? Date.now() };
  const connection = chooseConnection({ stage: 'dev' }, {});
  const console = await startConsole(
    {
      connection,
      typed: { stage: 'dev' },
      actionsAllowed: false,
      port: 0,
      deadLetterQueue: stage.deadLetterQueue,
      queue: withoutQueue ? undefined : stage.queue,
      ...options,
    },
    {
      now: () => (now === undefined ? Date.now() : clock.now),
      signal: asked.signal,
    },
  );
  onTestFinished(() => console.close());
  const origin = console.address.slice(0, -1);
  const secret = await openSession(console);
  const ask = (method: string) => async (path: string, body?: unknown) =>
    answerOf(await fetch(origin + path, requestOf(method, origin, secret, body)));
  const get = ask('GET') as ConsoleStage['get'];
  return {
    stage,
    console,
    origin,
    secret,
    clock,
    ids,
    stop: () => asked.abort(),
    get,
    post: ask('POST') as ConsoleStage['post'],
    async look() {
      console.look();
      await eventually(async () => expect((await get('/api/snapshot')).body.state).toBe('ready'));
    },
  };
}

/** Exchanges a fresh link's token. */
export async function openSession(console: RunningConsole): Promise<string> {
  const answer = await exchange(console, tokenOf(console.newLink()));
  return (answer.body as { secret: string }).secret;
}

/** Gives a token for a secret. */
export async function exchange({ address }: RunningConsole, token: string): Promise<Answer> {
  const origin = address.slice(0, -1);
  return answerOf(await fetch(`${origin}/api/session`, requestOf('POST', origin, undefined, { token })));
}

export function tokenOf(link: string): string {
  return new URL(link).hash.replace('#token=', '');
}

/** What a page of this origin sends. */
export function requestOf(
  method: string,
  origin: string,
  secret: string | undefined,
  body?: unknown,
): RequestInit & { readonly headers: Record<string, string> } {
  return {
    method,
    headers: {
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      ...(method !== 'GET' && {
        origin,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
      }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

export async function answerOf(response: Response): Promise<Answer> {
  const body = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(body) : body };
}

/** A request as it goes over the wire: the target verbatim, and the headers that are given and no others. */
export function sendRaw(
  origin: string,
  target: string,
  headers: readonly string[],
  { method = 'GET', body }: { readonly method?: string; readonly body?: string } = {},
): Promise<{
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path: target, method, setHost: false, headers: [...headers] });
    call.once('error', reject);
    call.once('response', (response) => {
      const { statusCode = 0 } = response;
      text(response).then(
        (read) => resolve({ status: statusCode, headers: response.headers, body: read }),
        reject,
      );
    });
    call.end(body);
  });
}
