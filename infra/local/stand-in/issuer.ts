// A stand-in for an OAuth token endpoint (RFC 6749, section 4.4): opaque tokens, and every way to go wrong.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { ClientAuthentication } from '../../../client/cluster/settings.ts';
import { reset } from './faults.ts';

/** How the endpoint behaves. */
export type IssuerMode =
  | 'normal'
  /** 401 invalid_client, as for a wrong secret. */
  | 'refuse'
  /** 503 without a body that means anything. */
  | 'unavailable'
  /** The connection is reset. */
  | 'reset'
  /** No answer, ever. */
  | 'hang'
  /** 200 with a body that is not a token. */
  | 'garbage';

/** How to start an issuer. */
export interface IssuerOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  readonly tls?: ServerOptions;
  /** What `expires_in` says, and how long {@link StandInIssuer.check} takes a token. Default 300. */
  readonly lifetimeSeconds?: number;
  /** The only credentials that are taken; without them all are. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The only way to show the secret that is taken; without it both are. */
  readonly clientAuthentication?: ClientAuthentication;
}

/** A request for a token. */
export interface TokenRequest {
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  /** The form: grant_type, client_id, client_secret, audience, scope … */
  readonly form: Readonly<Record<string, string>>;
}

/** An answer, verbatim. */
export interface IssuerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A running issuer. Its settings may be changed at any time. */
export interface StandInIssuer {
  /** The token endpoint, to give as CAMUNDA_OAUTH_URL. */
  readonly url: string;
  readonly requests: TokenRequest[];
  /** The tokens that were issued, the newest last. */
  readonly tokens: readonly string[];
  mode: IssuerMode;
  /** Said to whoever asks, instead of anything else. */
  answer: IssuerAnswer | undefined;
  /** How long it takes to refuse a wrong secret again, in milliseconds. Default 0; at Camunda SaaS it takes 30 s. */
  repeatedRefusalMs: number;
  lifetimeSeconds: number;
  clientId: string | undefined;
  clientSecret: string | undefined;
  /** For the stand-in cluster's `bearer`: true, or why the cluster answers 401. */
  check(token: string): true | string;
  /** The cluster takes that token no longer; without one, none of those issued so far. */
  revoke(token?: string): void;
  close(): Promise<void>;
}

/** Starts a token endpoint on 127.0.0.1. */
export async function startStandInIssuer(options: IssuerOptions = {}): Promise<StandInIssuer> {
  const expiries = new Map<string, number>();
  const revoked = new Set<string>();
  const refused = new Set<string>();
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const issuer: StandInIssuer = {
    url: `${options.tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${port}/oauth/token`,
    requests: [],
    get tokens() {
      return [...expiries.keys()];
    },
    mode: 'normal',
    answer: undefined,
    repeatedRefusalMs: 0,
    lifetimeSeconds: options.lifetimeSeconds ?? 300,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    check(token) {
      const expiry = expiries.get(token);
      if (expiry === undefined) return 'error decoding jwt';
      if (revoked.has(token)) return 'the token signature is invalid';
      return Date.now() < expiry ? true : 'the token has expired';
    },
    revoke(token) {
      for (const each of token === undefined ? expiries.keys() : [token]) revoked.add(each);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };

  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const form = Object.fromEntries(new URLSearchParams(await text(request).catch(() => '')));
    issuer.requests.push({ at: Date.now(), headers: request.headers, form });
    const client = clientOf(request.headers.authorization, form);
    const verdict = judge(issuer, options.clientAuthentication, request, form, client);
    if (verdict === 'hang') return;
    if (verdict === 'reset') return reset(request.socket);
    const answer = verdict === 'token' ? issue() : verdict;
    if (answer.status === 401) await slowDown(client.secret ?? '', request.socket);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...answer.headers,
    });
    response.end(answer.body);
  });

  /** Where that secret was refused before. Ends early where whoever asks has gone. */
  async function slowDown(secret: string, socket: Socket): Promise<void> {
    if (!refused.has(secret)) {
      refused.add(secret);
      return;
    }
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    await setTimeout(issuer.repeatedRefusalMs, undefined, { signal: gone.signal }).catch(() => {});
  }

  function issue(): IssuerAnswer {
    const token = randomBytes(24).toString('base64url');
    expiries.set(token, Date.now() + issuer.lifetimeSeconds * 1000);
    const body = { access_token: token, token_type: 'Bearer', expires_in: issuer.lifetimeSeconds };
    return { status: 200, body: JSON.stringify(body) };
  }

  return issuer;
}

function judge(
  issuer: StandInIssuer,
  clientAuthentication: ClientAuthentication | undefined,
  request: IncomingMessage,
  form: Readonly<Record<string, string>>,
  client: Client,
): IssuerAnswer | 'token' | 'hang' | 'reset' {
  if (issuer.answer !== undefined) return issuer.answer;
  if (issuer.mode === 'hang' || issuer.mode === 'reset') return issuer.mode;
  if (issuer.mode === 'unavailable') return { status: 503, body: 'Service Unavailable' };
  if (issuer.mode === 'garbage') return { status: 200, body: '<html>200 but no token</html>' };
  if (request.method !== 'POST' || form['grant_type'] !== 'client_credentials') {
    return refusal(400, 'unsupported_grant_type', 'expected a POST of a form with client_credentials');
  }
  if (client.shownBy === 'client_secret_basic' && form['client_secret'] !== undefined) {
    return refusal(400, 'invalid_request', 'The client must not authenticate in more than one way');
  }
  const known =
    (clientAuthentication === undefined || client.shownBy === clientAuthentication) &&
    (issuer.clientId === undefined || client.id === issuer.clientId) &&
    (issuer.clientSecret === undefined || client.secret === issuer.clientSecret);
  return known && issuer.mode !== 'refuse'
    ? 'token'
    : refusal(401, 'invalid_client', 'Invalid client credentials');
}

/** Who asks, as far as the request says. */
interface Client {
  readonly shownBy: ClientAuthentication;
  readonly id: string | undefined;
  readonly secret: string | undefined;
}

/** From the form, or from the header, where both are encoded as in a form (RFC 6749, section 2.3.1). */
function clientOf(authorization: string | undefined, form: Readonly<Record<string, string>>): Client {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined)
    return { shownBy: 'client_secret_post', id: form['client_id'], secret: form['client_secret'] };
  const [id, secret] = Buffer.from(basic, 'base64')
    .toString()
    .split(':', 2)
    .map((encoded) => new URLSearchParams(`=${encoded}`).get('') ?? '');
  return { shownBy: 'client_secret_basic', id, secret };
}

function refusal(status: number, error: string, description: string): IssuerAnswer {
  return { status, body: JSON.stringify({ error, error_description: description }) };
}
