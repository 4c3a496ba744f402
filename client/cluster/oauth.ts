// An access token by OAuth client credentials (RFC 6749, section 4.4). A chunk of its own, read only with OAUTH.
import { getCACertificates } from 'node:tls';
import type { DispatcherFactory } from '../network/proxies.ts';
import { CredentialsError } from './credentials.ts';
import { causeOf, createHttp, type HttpExchange, headerIn, type TlsOptions } from './exchange.ts';
import { parseJson } from './json.ts';
import { showable } from './outside-text.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { ClientAuthentication } from './settings.ts';

/** Who asks which token endpoint for a token, and for what. */
export interface TokenRequest {
  readonly url: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How the secret is shown; undefined stands for `client_secret_post`. */
  readonly clientAuthentication: ClientAuthentication | undefined;
  readonly audience: string | undefined;
  readonly scope: string | undefined;
  /** The client's certificate, and an authority to trust besides the public ones. */
  readonly tls: TlsOptions;
}

/** A token and how long it lasts, as far as the endpoint says. */
export interface Token {
  readonly accessToken: string;
  readonly expiresInSeconds: number | undefined;
}

/** The longest texts of an endpoint in an error, in characters. */
const SHOWN = { error: 100, description: 300, body: 200, header: 200 } as const;

/**
 * Asks for a token. Of an answer with status 200 or 201 only `access_token`, `token_type` and `expires_in` count.
 *
 * @param timeoutMs for all of it
 * @param now epoch milliseconds
 * @param dispatcher see {@link createHttp}
 * @throws CredentialsError without any secret in its message
 */
export async function requestToken(
  request: TokenRequest,
  timeoutMs: number,
  now: () => number,
  dispatcher?: DispatcherFactory,
): Promise<Token> {
  const answer = await send(request, timeoutMs, now, dispatcher);
  const endpoint = `the token endpoint ${request.url.origin}${request.url.pathname}`;
  const secrets = [request.clientSecret];
  if (answer.type !== 'response') {
    const why = causeOf(answer, (said) => showable(said, SHOWN.description, secrets));
    // What is wrong with a certificate stays wrong until somebody fixes it.
    throw new CredentialsError(
      `${endpoint} gave no answer: ${why}`,
      answer.type === 'no-answer' && answer.tls,
    );
  }
  const { status, headers } = answer;
  const read = isSuccess(status) ? readToken(answer, secrets) : explain(answer, secrets);
  if (typeof read === 'object') return read;
  const wait = retryAfterSeconds(headerIn(headers, 'retry-after'), now());
  throw new CredentialsError(`${endpoint} answered ${status}: ${read}`, isRefusal(status), wait);
}

type Answer = Extract<HttpExchange, { type: 'response' }>;

async function send(
  { url, audience, scope, tls, ...client }: TokenRequest,
  timeoutMs: number,
  now: () => number,
  dispatcher: DispatcherFactory | undefined,
): Promise<HttpExchange> {
  const shown = shownBy(client);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...shown.fields,
    ...(audience === undefined ? {} : { audience }),
    ...(scope === undefined ? {} : { scope }),
  });
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    // Firewalls are set up to refuse whoever does not say who they are.
    'user-agent': 'camunda-unassign',
    ...shown.headers,
  };
  // A token lasts for minutes at least, so its connection is not worth keeping.
  const http = createHttp(url.origin, 1, now, dispatcher);
  try {
    return await http.exchange(
      { method: 'POST', path: `${url.pathname}${url.search}`, headers, body: form.toString(), timeoutMs },
      withPublicAuthorities(tls),
    );
  } finally {
    await http.destroy();
  }
}

/**
 * Who asks, in the form or in the header, and never in both (RFC 6749, section 2.3). For the header, id and secret are
 * encoded as in a form before they are joined, so that both may have a colon or other letters than ASCII's.
 */
function shownBy({
  clientId,
  clientSecret,
  clientAuthentication,
}: Pick<TokenRequest, 'clientId' | 'clientSecret' | 'clientAuthentication'>): {
  readonly fields?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
} {
  if (clientAuthentication !== 'client_secret_basic') {
    return { fields: { client_id: clientId, client_secret: clientSecret } };
  }
  const pair = [clientId, clientSecret].map(encodedAsInForm).join(':');
  return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function encodedAsInForm(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** A private authority signs the cluster; the token endpoint may be signed by a public one all the same. */
function withPublicAuthorities(tls: TlsOptions): TlsOptions {
  if (tls.ca === undefined) return tls;
  return {
    ...tls,
    ca: [...getCACertificates('default'), ...(typeof tls.ca === 'string' ? [tls.ca] : tls.ca)],
  };
}

/**
 * The token in a successful response (RFC 6749, section 5.1), or what is missing for one. Endpoints differ in the rest. By
 * hand, since a schema would take longer than all else here.
 */
function readToken(answer: Answer, secrets: readonly string[]): Token | string {
  const fields = fieldsOf(parseJson(answer.body));
  if (fields === undefined) {
    const type = showable(headerIn(answer.headers, 'content-type') ?? '', SHOWN.header, secrets);
    return `the body is no JSON object (content-type: ${type || 'none'})`;
  }
  const { access_token: token, token_type: type, expires_in: expiresIn } = fields;
  const problem = problemOf(token);
  const isBearer =
    type === undefined || type === null || (typeof type === 'string' && /^\s*bearer\s*$/i.test(type));
  if (problem === undefined && isBearer) {
    return { accessToken: String(token).trim(), expiresInSeconds: secondsIn(expiresIn) };
  }
  const tokens = Object.entries(fields).flatMap(([name, text]) =>
    typeof text === 'string' && name.endsWith('token') ? [text] : [],
  );
  const show = (text: string, maximum: number) => showable(text, maximum, [...secrets, ...tokens]);
  const problems = [
    problem,
    isBearer ? undefined : `token_type is ${show(JSON.stringify(type), SHOWN.error)}, not "Bearer"`,
    errorIn(fields, show),
  ];
  return problems.filter((each) => each !== undefined).join('; ');
}

function problemOf(token: unknown): string | undefined {
  if (token === undefined || token === null) return 'access_token is missing';
  if (typeof token !== 'string') return 'access_token is not text';
  const trimmed = token.trim();
  if (trimmed === '') return 'access_token is empty';
  // RFC 6750, section 2.1: what can stand in an authorization header.
  return /^[\x21-\x7e]+$/.test(trimmed) ? undefined : 'access_token has characters that cannot be sent';
}

/** A number, or a number as text; what does not say how long is as good as nothing. */
function secondsIn(expiresIn: unknown): number | undefined {
  if (typeof expiresIn !== 'number' && typeof expiresIn !== 'string') return undefined;
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() === '' ? Number.NaN : Number(expiresIn);
  return seconds >= 0 ? seconds : undefined;
}

/** What an answer that is no success says. */
function explain({ status, body, headers }: Answer, secrets: readonly string[]): string {
  const show = (text: string, maximum: number) => showable(text, maximum, secrets);
  const location = headerIn(headers, 'location');
  if (status >= 300 && status < 400 && location !== undefined)
    return `a redirect to ${show(location, SHOWN.header)}`;
  // Its body may have a token in it.
  if (status < 400) return 'expected 200';
  return errorIn(fieldsOf(parseJson(body)) ?? {}, show) ?? (show(body, SHOWN.body) || 'nothing');
}

/** RFC 6749, section 5.2. */
function errorIn(
  { error, error_description: description }: Fields,
  show: (text: string, maximum: number) => string,
): string | undefined {
  if (typeof error !== 'string' || error === '') return undefined;
  const shown = show(error, SHOWN.error);
  return typeof description === 'string' ? `${shown}: ${show(description, SHOWN.description)}` : shown;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function isSuccess(status: number): boolean {
  return status === 200 || status === 201;
}

/** Ours to fix: all but too many requests, and what may pass by itself. */
function isRefusal(status: number): boolean {
  return status < 500 && ![408, 425, 429].includes(status);
}
