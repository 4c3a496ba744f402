import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CredentialsError } from '../../../client/cluster/credentials.ts';
import { requestToken, type TokenRequest } from '../../../client/cluster/oauth.ts';
import { WITHHELD } from '../../../client/cluster/outside-text.ts';
import { type IssuerOptions, startStandInIssuer } from '../../../infra/local/stand-in/issuer.ts';
import { createAuthority } from '../../support/certificates.ts';

const SECRET = 's3cr&t/with=signs+1';
const NOW = Date.parse('2026-11-23T12:00:00Z');
const PATIENCE = 20_000;

async function start(options: IssuerOptions = {}) {
  const issuer = await startStandInIssuer(options);
  onTestFinished(() => issuer.close());
  return issuer;
}

function ask(url: string, wish: Partial<TokenRequest> = {}, timeoutMs = PATIENCE) {
  const request = {
    url: new URL(url),
    clientId: 'unassign',
    clientSecret: SECRET,
    clientAuthentication: undefined,
    audience: undefined,
    scope: undefined,
    tls: {},
    ...wish,
  };
  return requestToken(request, timeoutMs, () => NOW);
}

/** What comes of an answer that is no token. */
async function refusal(url: string, wish: Partial<TokenRequest> = {}, timeoutMs = PATIENCE) {
  try {
    await ask(url, wish, timeoutMs);
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    const { message, refused, retryAfterSeconds } = error;
    return { message, refused, retryAfterSeconds };
  }
  throw new Error('a token came');
}

const TOKEN = { access_token: 'a-token', token_type: 'Bearer', expires_in: 300 };

describe('a request for a token', () => {
  it('is a form with the client, the audience and the scope', async () => {
    const issuer = await start({ clientSecret: SECRET });
    await ask(issuer.url, { audience: 'zeebe-api', scope: 'a b' });
    expect(issuer.requests).toMatchObject([
      {
        form: {
          grant_type: 'client_credentials',
          client_id: 'unassign',
          client_secret: SECRET,
          audience: 'zeebe-api',
          scope: 'a b',
        },
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': 'camunda-unassign',
        },
      },
    ]);
  });

  it('shows the client in the header and nowhere else where the issuer asks for that', async () => {
    const issuer = await start({ clientSecret: SECRET, clientAuthentication: 'client_secret_basic' });
    await ask(issuer.url, { clientAuthentication: 'client_secret_basic', audience: 'zeebe-api' });
    expect(issuer.requests[0]?.form).toEqual({ grant_type: 'client_credentials', audience: 'zeebe-api' });
    // RFC 6749, section 2.3.1: encoded as in a form, and joined by a colon.
    expect(issuer.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('unassign:s3cr%26t%2Fwith%3Dsigns%2B1').toString('base64')}`,
    );
  });

  it('shows any client in the header so that the issuer reads it as it is', async () => {
    const issuer = await start({ clientAuthentication: 'client_secret_basic' });
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, text, async (clientId, clientSecret) => {
        issuer.clientId = clientId;
        issuer.clientSecret = clientSecret;
        const { accessToken } = await ask(issuer.url, {
          clientId,
          clientSecret,
          clientAuthentication: 'client_secret_basic',
        });
        expect(issuer.tokens).toContain(accessToken);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ['client_secret_post', 'client_secret_basic'],
    ['client_secret_basic', 'client_secret_post'],
  ] as const)('by %s is refused where the issuer takes %s alone', async (shown, taken) => {
    const issuer = await start({ clientSecret: SECRET, clientAuthentication: taken });
    expect(await refusal(issuer.url, { clientAuthentication: shown })).toEqual({
      message: `the token endpoint ${issuer.url} answered 401: invalid_client: Invalid client credentials`,
      refused: true,
      retryAfterSeconds: 0,
    });
  });

  it('leaves no connection behind', { timeout: 15_000 }, async () => {
    const sockets: Socket[] = [];
    const server = createHttpServer({ keepAliveTimeout: 0 }, (_, response) => {
      response.end(JSON.stringify(TOKEN));
    });
    server.on('connection', (socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    // An idle connection ends by a timer.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`);
    expect(sockets).toHaveLength(1);
    for (const socket of sockets) if (!socket.destroyed) await once(socket, 'close');
  });

  it('has neither audience nor scope where there is none', async () => {
    const issuer = await start();
    await ask(issuer.url);
    expect(Object.keys(issuer.requests[0]?.form ?? {})).toEqual(['grant_type', 'client_id', 'client_secret']);
  });
});

describe('a token', () => {
  it.each<[string, object, number?]>([
    ['as RFC 6749 has it', TOKEN, 300],
    ['with an id token of another issuer', { ...TOKEN, id_token: 'a.b.c' }, 300],
    ['with an id token that is none', { ...TOKEN, id_token: { iss: 1 } }, 300],
    ['with a refresh token that is null', { ...TOKEN, refresh_token: null }, 300],
    ['with a refresh token that is empty', { ...TOKEN, refresh_token: '' }, 300],
    ['with a scope that is null', { ...TOKEN, scope: null }, 300],
    ['with a scope that is a list', { ...TOKEN, scope: ['a', 'b'] }, 300],
    ['with an error that is null', { ...TOKEN, error: null, error_description: null }, 300],
    ['with a type in lower case', { ...TOKEN, token_type: 'bearer' }, 300],
    ['with a type in upper case', { ...TOKEN, token_type: 'BEARER' }, 300],
    ['without a type', { ...TOKEN, token_type: undefined }, 300],
    ['with a type that is null', { ...TOKEN, token_type: null }, 300],
    ['with a line break at its end', { ...TOKEN, access_token: 'a-token\n' }, 300],
    ['that lasts as long as a text says', { ...TOKEN, expires_in: '3599' }, 3599],
    ['that lasts for a part of a second', { ...TOKEN, expires_in: 0.5 }, 0.5],
    ['that lasts for no time', { ...TOKEN, expires_in: 0 }, 0],
    ['that does not say how long it lasts', { ...TOKEN, expires_in: undefined }],
    ['whose life is null', { ...TOKEN, expires_in: null }],
    ['whose life is empty', { ...TOKEN, expires_in: '' }],
    ['whose life is less than nothing', { ...TOKEN, expires_in: -1 }],
    ['whose life is a word', { ...TOKEN, expires_in: 'soon' }],
    ['whose life is an object', { ...TOKEN, expires_in: { seconds: 5 } }],
  ])('%s is taken', async (_, body, expiresInSeconds) => {
    const issuer = await start();
    for (const status of [200, 201]) {
      issuer.answer = { status, body: JSON.stringify(body) };
      expect(await ask(issuer.url)).toEqual({ accessToken: 'a-token', expiresInSeconds });
    }
  });

  it.each([
    ['text/plain', { 'content-type': 'text/plain' }, ''],
    ['nothing', {}, ''],
    ['JSON behind a byte order mark', { 'content-type': 'application/json; charset=utf-8' }, '\ufeff'],
  ])('may come as %s', async (_, headers, before) => {
    const issuer = await start();
    issuer.answer = { status: 200, headers, body: before + JSON.stringify(TOKEN) };
    expect(await ask(issuer.url)).toMatchObject({ accessToken: 'a-token' });
  });
});

describe('an answer that cannot be used is ours to fix, and says what was missing', () => {
  it.each<[string, unknown, string]>([
    ['no token', { token_type: 'Bearer' }, 'access_token is missing'],
    ['a token that is null', { ...TOKEN, access_token: null }, 'access_token is missing'],
    ['an empty token', { ...TOKEN, access_token: ' ' }, 'access_token is empty'],
    ['a token that is no text', { ...TOKEN, access_token: 7 }, 'access_token is not text'],
    [
      'a token with a blank',
      { ...TOKEN, access_token: 'a b' },
      'access_token has characters that cannot be sent',
    ],
    ['a token of another type', { ...TOKEN, token_type: 'mac' }, 'token_type is "mac", not "Bearer"'],
    ['a type that is no text', { ...TOKEN, token_type: 7 }, 'token_type is 7, not "Bearer"'],
    [
      'neither token nor type',
      { token_type: 'N_A' },
      'access_token is missing; token_type is "N_A", not "Bearer"',
    ],
    [
      'an error with status 200',
      { error: 'invalid_client', error_description: 'who are you?' },
      'access_token is missing; invalid_client: who are you?',
    ],
    ['an array', [TOKEN], 'the body is no JSON object (content-type: application/json)'],
    ['null', null, 'the body is no JSON object (content-type: application/json)'],
    ['a text', 'a-token', 'the body is no JSON object (content-type: application/json)'],
  ])('%s', async (_, body, reason) => {
    const issuer = await start();
    issuer.answer = { status: 200, body: JSON.stringify(body) };
    expect(await refusal(issuer.url)).toEqual({
      message: `the token endpoint ${issuer.url} answered 200: ${reason}`,
      refused: true,
      retryAfterSeconds: 0,
    });
  });

  it.each([
    ['a page', '<html>please sign in</html>', 'text/html'],
    ['a form, as some answer', 'access_token=a-token-in-a-form&token_type=bearer', 'text/plain'],
    ['nothing', '', 'text/plain'],
    ['JSON that breaks off', '{"access_token":"a-token-that-brea', 'application/json'],
  ])('%s, of which nothing is shown', async (_, body, type) => {
    const issuer = await start();
    issuer.answer = { status: 200, headers: { 'content-type': type }, body };
    expect(await refusal(issuer.url)).toMatchObject({
      message: `the token endpoint ${issuer.url} answered 200: the body is no JSON object (content-type: ${type})`,
      refused: true,
    });
  });

  it.each([202, 204, 206])('status %i, which brings no token', async (status) => {
    const issuer = await start();
    issuer.answer = {
      status,
      body: status === 204 ? '' : JSON.stringify({ ...TOKEN, access_token: 'another-token' }),
    };
    expect(await refusal(issuer.url)).toMatchObject({
      message: `the token endpoint ${issuer.url} answered ${status}: expected 200`,
      refused: true,
    });
  });

  it.each([301, 302, 303, 307, 308])('status %i, with where it leads to', async (status) => {
    const issuer = await start();
    issuer.answer = { status, headers: { location: '/login?a=b' }, body: '<html>moved</html>' };
    expect(await refusal(issuer.url)).toMatchObject({
      message: `the token endpoint ${issuer.url} answered ${status}: a redirect to /login?a=b`,
      refused: true,
    });
    expect(issuer.requests).toHaveLength(1);
  });
});

describe('an endpoint that refuses', () => {
  it.each([
    [400, true],
    [401, true],
    [403, true],
    [404, true],
    [408, false],
    [425, false],
    [429, false],
    [500, false],
    [502, false],
    [503, false],
    [504, false],
    [520, false],
  ])('with %i: ours to fix? %s', async (status, refused) => {
    const issuer = await start();
    issuer.answer = { status, body: 'in its\nown words' };
    expect(await refusal(issuer.url)).toEqual({
      message: `the token endpoint ${issuer.url} answered ${status}: in its own words`,
      refused,
      retryAfterSeconds: 0,
    });
  });

  it('is no redirect, whatever its headers say', async () => {
    const issuer = await start();
    issuer.answer = { status: 401, headers: { location: '/login' }, body: 'no' };
    expect((await refusal(issuer.url)).message).toBe(`the token endpoint ${issuer.url} answered 401: no`);
  });

  it.each([
    ['its error', '{"error":"invalid_client"}', 'invalid_client'],
    ['its error and what it means', '{"error":"a","error_description":"b"}', 'a: b'],
    ['all of what has no error', '{"message":"no"}', '{"message":"no"}'],
    ['all of what has an error of another form', '{"error":{"code":7}}', '{"error":{"code":7}}'],
    ['that it said nothing', '', 'nothing'],
    ['not more than the beginning', 'x'.repeat(60_000), `${'x'.repeat(199)}…`],
  ])('shows %s', async (_, body, shown) => {
    const issuer = await start();
    issuer.answer = { status: 401, body };
    expect((await refusal(issuer.url)).message).toBe(
      `the token endpoint ${issuer.url} answered 401: ${shown}`,
    );
  });

  it.each([
    ['seconds', '120', 120],
    ['a date', 'Mon, 23 Nov 2026 12:05:00 GMT', 300],
    ['a date that has passed', 'Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['a day, of which a quarter of an hour is kept to', '86400', 900],
    ['something else', 'soon', 0],
  ])('may want to be left alone: %s', async (_, header, seconds) => {
    const issuer = await start();
    for (const status of [401, 429, 503]) {
      issuer.answer = { status, headers: { 'retry-after': header }, body: '' };
      expect(await refusal(issuer.url)).toMatchObject({ retryAfterSeconds: seconds });
    }
  });
});

describe('an endpoint that gives no answer', () => {
  it('in time is not ours to fix', async () => {
    const issuer = await start();
    issuer.mode = 'hang';
    expect(await refusal(issuer.url, {}, 100)).toEqual({
      message: `the token endpoint ${issuer.url} gave no answer: no answer in time`,
      refused: false,
      retryAfterSeconds: 0,
    });
  });

  it('but something that is not HTTP is not ours to fix', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    expect(await refusal(url)).toMatchObject({
      message: expect.stringContaining('gave no answer: an answer that cannot be read: '),
      refused: false,
    });
  });

  it('since nobody trusts its certificate is ours to fix', async () => {
    const authority = await createAuthority();
    const issuer = await start({ tls: await authority.issue('localhost') });
    expect(await refusal(issuer.url)).toMatchObject({
      message: expect.stringContaining('gave no answer: no connection: '),
      refused: true,
    });
  });
});

describe('an endpoint that repeats the secret', () => {
  it.each<[string, number, Record<string, string>, string]>([
    ['in its error', 401, {}, JSON.stringify({ error: SECRET })],
    [
      'in what the error means',
      401,
      {},
      JSON.stringify({ error: 'a', error_description: `not ${SECRET.slice(0, 9)}` }),
    ],
    ['in a page', 500, {}, `<p>${new URLSearchParams({ client_secret: SECRET })}</p>`],
    ['in a redirect', 302, { location: `/login?secret=${encodeURIComponent(SECRET)}` }, ''],
    ['in its content type', 200, { 'content-type': `text/${SECRET}` }, ''],
    ['in the type of a token', 200, {}, JSON.stringify({ ...TOKEN, token_type: SECRET })],
    ['in an error with status 200', 200, {}, JSON.stringify({ error: SECRET })],
    [
      'or a token',
      200,
      {},
      JSON.stringify({ access_token: 'a-token-to-keep', token_type: 'x', error: 'a-token-to-keep' }),
    ],
    [
      'or another token',
      200,
      {},
      JSON.stringify({ refresh_token: 'a-token-to-keep', error: 'a-token-to-k' }),
    ],
  ])('%s has it withheld', async (_, status, headers, body) => {
    const issuer = await start();
    issuer.answer = { status, headers, body };
    const { message } = await refusal(issuer.url);
    expect(message).toContain(WITHHELD);
    expect([SECRET.slice(0, 8), 'a-token-'].filter((secret) => message.includes(secret))).toEqual([]);
  });

  it('as the header that it came in has it withheld', async () => {
    const issuer = await start();
    // Each place that a secret can have in base64.
    for (const clientId of ['a', 'ab', 'abc']) {
      const wish = { clientId, clientAuthentication: 'client_secret_basic' } as const;
      await ask(issuer.url, wish);
      const header = String(issuer.requests.at(-1)?.headers.authorization);
      issuer.answer = { status: 401, body: `<p>${header.slice(-16)}</p>` };
      expect((await refusal(issuer.url, wish)).message).toContain(WITHHELD);
      issuer.answer = undefined;
    }
  });

  it('does not keep our own words back', async () => {
    const issuer = await start();
    issuer.answer = { status: 401, body: '{"error":"invalid_client"}' };
    expect((await refusal(issuer.url, { clientSecret: 'the token endpoint' })).message).toBe(
      `the token endpoint ${issuer.url} answered 401: invalid_client`,
    );
  });
});
