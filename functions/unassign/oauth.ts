// An access token by OAuth client credentials (RFC 6749, section 4.4). A chunk of its own, read only with OAUTH.
import { getCACertificates } from 'node:tls';
import {
  allowInsecureRequests,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
  ResponseBodyError,
} from 'oauth4webapi';
import { errorText, oneLine } from '../../client/text.ts';
import { CredentialsError, redact } from './credentials.ts';
import { createHttp, type TlsOptions } from './http.ts';

/** Who asks which token endpoint for a token, and for what. */
export interface TokenRequest {
  readonly url: URL;
  readonly clientId: string;
  readonly clientSecret: string;
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

/**
 * Asks for a token.
 *
 * @param timeoutMs for all of it
 * @throws CredentialsError without any secret in its message
 */
export async function requestToken(request: TokenRequest, timeoutMs: number): Promise<Token> {
  const { url, clientId, clientSecret, audience, scope, tls } = request;
  // A token lasts for minutes at least, so its connection is not worth keeping.
  const http = createHttp(url.origin, 1, Date.now);
  const server = { issuer: url.origin, token_endpoint: url.href };
  const client = { client_id: clientId };
  let status: number | undefined;
  const send = async (_url: string, options: { headers: Record<string, string>; body: URLSearchParams }) => {
    const answer = await http.exchange(
      {
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: options.headers,
        body: options.body.toString(),
        timeoutMs,
      },
      withPublicAuthorities(tls),
    );
    if (answer.type !== 'response') throw new Error(answer.cause);
    status = answer.status;
    return new Response(answer.body, { status, headers: { 'content-type': contentType(answer.headers) } });
  };
  try {
    const response = await clientCredentialsGrantRequest(
      server,
      client,
      ClientSecretPost(clientSecret),
      { ...(audience === undefined ? {} : { audience }), ...(scope === undefined ? {} : { scope }) },
      { [customFetch]: send, [allowInsecureRequests]: url.protocol === 'http:' },
    );
    const token = await processClientCredentialsResponse(server, client, response);
    if (token.token_type !== 'bearer') throw new Error(`expected a bearer token, got ${token.token_type}`);
    // RFC 6750, section 2.1: what can stand in an authorization header.
    if (!/^[\x21-\x7e]+$/.test(token.access_token)) throw new Error('a token that cannot be sent');
    return { accessToken: token.access_token, expiresInSeconds: token.expires_in };
  } catch (error) {
    const answered = status === undefined ? 'gave no answer' : `answered ${status}`;
    const text = `the token endpoint ${url.origin}${url.pathname} ${answered}: ${explain(error)}`;
    throw new CredentialsError(oneLine(redact(text, [clientSecret]), 500), isRefusal(status));
  } finally {
    await http.destroy();
  }
}

/** A private authority signs the cluster; the token endpoint may be signed by a public one all the same. */
function withPublicAuthorities(tls: TlsOptions): TlsOptions {
  if (tls.ca === undefined) return tls;
  return {
    ...tls,
    ca: [...getCACertificates('default'), ...(typeof tls.ca === 'string' ? [tls.ca] : tls.ca)],
  };
}

function contentType(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const value = headers['content-type'];
  return typeof value === 'string' ? value : '';
}

function explain(error: unknown): string {
  if (!(error instanceof ResponseBodyError)) return errorText(error);
  return [error.error, error.error_description].filter((part) => part !== undefined).join(': ');
}

/** Not a refusal: too many requests, and time-outs of the endpoint. */
function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}
