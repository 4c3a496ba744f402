import { createPrivateKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type IssuerOptions, startStandInIssuer } from '../../../../infra/local/stand-in/issuer.ts';
import { type Authority, createAuthority, type Identity } from '../../../support/certificates.ts';
import { createShiftedClock } from '../../../support/shifted-clock.ts';
import { ACKNOWLEDGED, journeyOf, requestFor, type Stage, setStage } from '../../../support/stage.ts';

const CLIENT_SECRET = 'the-client-secret-7f3a';
const PASSWORD = 'the-password-91bc';

async function setOauthStage(issuerOptions: IssuerOptions = {}, env: Record<string, string> = {}) {
  const issuer = await startStandInIssuer({ clientSecret: CLIENT_SECRET, ...issuerOptions });
  onTestFinished(() => issuer.close());
  const stage = await setStage({
    cluster: { authentication: { bearer: (token) => issuer.check(token) } },
    env: {
      CAMUNDA_AUTH_STRATEGY: 'OAUTH',
      CAMUNDA_OAUTH_URL: issuer.url,
      CAMUNDA_CLIENT_ID: 'unassign-client',
      CAMUNDA_CLIENT_SECRET: CLIENT_SECRET,
      CAMUNDA_TOKEN_AUDIENCE: 'zeebe-api',
      CAMUNDA_OAUTH_SCOPE: 'unassign',
      ...env,
    },
  });
  return { issuer, stage };
}

const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:camunda-a1b2c3';

async function startSecretsManager(answer: () => { status: number; body: unknown }) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (chunk: string) => requests.push(chunk));
    request.on('end', () => {
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Invokes the function for one new task. */
async function unassignOne(stage: Stage) {
  const task = stage.cluster.tasks.create();
  const response = await stage.invoke([requestFor(task.key)]);
  return { response, assignee: task.assignee };
}

const DONE = { response: ACKNOWLEDGED, assignee: null };

describe('NONE', () => {
  it('sends no authorization header', async () => {
    const stage = await setStage();
    await unassignOne(stage);
    expect(stage.cluster.calls.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('BASIC', () => {
  it('sends user name and password, in UTF-8', async () => {
    const stage = await setStage({
      cluster: { authentication: { basic: { username: 'démo', password: PASSWORD } } },
      env: {
        CAMUNDA_AUTH_STRATEGY: 'BASIC',
        CAMUNDA_BASIC_AUTH_USERNAME: 'démo',
        CAMUNDA_BASIC_AUTH_PASSWORD: PASSWORD,
      },
    });
    expect(await unassignOne(stage)).toEqual(DONE);
  });

  it('requeues a 401 at once, without a second call, and counts the refusal', async () => {
    const stage = await setStage({
      cluster: { authentication: { basic: { username: 'demo', password: 'another' } } },
      env: {
        CAMUNDA_AUTH_STRATEGY: 'BASIC',
        CAMUNDA_BASIC_AUTH_USERNAME: 'demo',
        CAMUNDA_BASIC_AUTH_PASSWORD: PASSWORD,
      },
    });
    const { response } = await unassignOne(stage);
    expect({
      response,
      calls: stage.cluster.calls.length,
      status: journeyOf(stage.requeued()[0])?.lastStatus,
      refused: stage.logLines().find((line) => 'CredentialsRefused' in line)?.['CredentialsRefused'],
    }).toEqual({ response: ACKNOWLEDGED, calls: 1, status: 401, refused: 1 });
  });
});

describe('OAUTH', () => {
  it('asks for a token as the client, for the audience and the scope', async () => {
    const { issuer, stage } = await setOauthStage();
    const done = await unassignOne(stage);
    expect({ done, forms: issuer.requests.map(({ form }) => form) }).toEqual({
      done: DONE,
      forms: [
        {
          grant_type: 'client_credentials',
          client_id: 'unassign-client',
          client_secret: CLIENT_SECRET,
          audience: 'zeebe-api',
          scope: 'unassign',
        },
      ],
    });
  });

  it('shows the secret in the header where the issuer takes it there alone, and writes it nowhere', async () => {
    const clientAuthentication = 'client_secret_basic';
    const { issuer, stage } = await setOauthStage(
      { clientAuthentication },
      { CAMUNDA_OAUTH_CLIENT_AUTHENTICATION: clientAuthentication },
    );
    const done = await unassignOne(stage);
    const [request] = issuer.requests;
    const [, pair = ''] = String(request?.headers.authorization).split(' ');
    const written = stage.unassign.logs.map(({ text }) => text).join();
    expect({ done, form: request?.form, pair: Buffer.from(pair, 'base64').toString() }).toEqual({
      done: DONE,
      form: { grant_type: 'client_credentials', audience: 'zeebe-api', scope: 'unassign' },
      pair: `unassign-client:${CLIENT_SECRET}`,
    });
    expect([CLIENT_SECRET, pair].filter((secret) => written.includes(secret))).toEqual([]);
  });

  it('fetches one token for all concurrent calls and for later batches', async () => {
    const { issuer, stage } = await setOauthStage();
    const keys = Array.from({ length: 10 }, () => stage.cluster.tasks.create().key);
    await stage.invoke(keys.map((key) => requestFor(key)));
    await unassignOne(stage);
    expect(issuer.requests).toHaveLength(1);
  });

  it('renews a token before it expires', async () => {
    const clock = createShiftedClock();
    const { issuer, stage } = await setOauthStage({ lifetimeSeconds: 600 }, clock.env);
    await unassignOne(stage);
    // By the function's clock it has twenty seconds left; by the issuer's, ten minutes.
    clock.shift(580_000);
    const done = await unassignOne(stage);
    expect({
      done,
      tokens: issuer.tokens.length,
      statuses: stage.cluster.calls.map((call) => call.status),
    }).toEqual({
      done: DONE,
      tokens: 2,
      statuses: [204, 204],
    });
  });

  it('replaces a token that the cluster refuses, once for all calls of a batch', async () => {
    const { issuer, stage } = await setOauthStage();
    await unassignOne(stage);
    issuer.revoke();
    const keys = Array.from({ length: 5 }, () => stage.cluster.tasks.create().key);
    const response = await stage.invoke(keys.map((key) => requestFor(key)));
    expect({ response, tokens: issuer.tokens.length, sends: stage.tap.sends }).toEqual({
      response: ACKNOWLEDGED,
      tokens: 2,
      sends: [],
    });
  });

  it('requeues when even a fresh token is refused, and asks for no third one within a minute', async () => {
    const { issuer, stage } = await setOauthStage();
    stage.cluster.settings.authentication = { bearer: () => 'JWKS error' };
    await unassignOne(stage);
    await unassignOne(stage);
    expect({
      tokens: issuer.tokens.length,
      attempts: stage.requeued().map((copy) => journeyOf(copy)?.attempts),
      details: stage.requeued().map((copy) => journeyOf(copy)?.lastDetail),
    }).toEqual({ tokens: 2, attempts: [2, 1], details: ['JWKS error', 'JWKS error'] });
  });

  it.each([
    { mode: 'refuse', says: /answered 401: invalid_client/, refused: 1 },
    { mode: 'unavailable', says: /answered 503/, refused: 0 },
    { mode: 'reset', says: /gave no answer/, refused: 0 },
    { mode: 'garbage', says: /answered 200: the body is no JSON object/, refused: 1 },
  ] as const)(
    'requeues unattempted while the token endpoint answers "$mode"',
    async ({ mode, says, refused }) => {
      const { issuer, stage } = await setOauthStage();
      issuer.mode = mode;
      const { response } = await unassignOne(stage);
      const journey = journeyOf(stage.requeued()[0]);
      expect({
        response,
        calls: stage.cluster.calls.length,
        attempts: journey?.attempts,
        firstTriedAt: journey?.firstTriedAt,
        error: stage.logLines().find(({ level }) => level === 'ERROR')?.['cause'],
        refused: stage.logLines().find((line) => 'CredentialsRefused' in line)?.['CredentialsRefused'],
      }).toEqual({
        response: ACKNOWLEDGED,
        calls: 0,
        attempts: 0,
        firstTriedAt: undefined,
        error: expect.stringMatching(says),
        refused,
      });
    },
  );

  it('asks an endpoint that refused no sooner than the pause ends, and heals by itself', async () => {
    const { issuer, stage } = await setOauthStage();
    issuer.mode = 'refuse';
    while (issuer.requests.length < 3) await unassignOne(stage);
    const gaps = issuer.requests.slice(1).map(({ at }, index) => at - (issuer.requests[index]?.at ?? 0));
    issuer.mode = 'normal';
    let done = await unassignOne(stage);
    while (done.assignee !== null) done = await unassignOne(stage);
    // The pause is a second at first, and twice as long after the second refusal.
    expect({ early: gaps.filter((gap, index) => gap < 990 * (index + 1)), done }).toEqual({
      early: [],
      done: DONE,
    });
  });

  it('does not wait for a token endpoint that hangs beyond the deadline', async () => {
    const { issuer, stage } = await setOauthStage();
    issuer.mode = 'hang';
    const { response } = await (async () => {
      const task = stage.cluster.tasks.create();
      return { response: await stage.invoke([requestFor(task.key)], 9_000) };
    })();
    expect({ response, requeued: stage.requeued().length }).toEqual({ response: ACKNOWLEDGED, requeued: 1 });
  });
});

describe('the credentials that were refused', () => {
  /** How many messages of the last batch could not be served since they are refused. */
  function refusals(stage: Stage): unknown {
    return stage.logLines().findLast((line) => 'CredentialsRefused' in line)?.['CredentialsRefused'];
  }

  it('stay refused while the endpoint takes its time to say so again', async () => {
    const { issuer, stage } = await setOauthStage({ clientSecret: 'another' });
    issuer.repeatedRefusalMs = 600_000;
    const seen: unknown[] = [];
    for (const pauseMs of [1_100, 2_100, 0]) {
      const task = stage.cluster.tasks.create();
      await stage.invoke([requestFor(task.key)], 9_000);
      seen.push(refusals(stage));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    expect({ seen, asked: issuer.requests.length }).toEqual({ seen: [1, 1, 1], asked: 3 });
  });

  it('heal within minutes by a new secret, though the endpoint refuses the old one slowly', async () => {
    const clock = createShiftedClock();
    const given = { CAMUNDA_CLIENT_SECRET: 'wrong' };
    const manager = await startSecretsManager(() => ({
      status: 200,
      body: { SecretString: JSON.stringify(given) },
    }));
    const { issuer, stage } = await setOauthStage(
      {},
      {
        ...clock.env,
        CAMUNDA_CLIENT_SECRET: '',
        CAMUNDA_SECRET_ARN: SECRET_ARN,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
      },
    );
    issuer.repeatedRefusalMs = 600_000;
    const invoke = async () => {
      const task = stage.cluster.tasks.create();
      await stage.invoke([requestFor(task.key)], 9_000);
      return task.assignee === null ? 'unassigned' : refusals(stage);
    };
    const seen: unknown[] = [];
    for (let minutes = 0; minutes < 4; minutes += 1) {
      seen.push(await invoke());
      clock.shift(65_000);
    }
    given.CAMUNDA_CLIENT_SECRET = CLIENT_SECRET;
    seen.push(await invoke());
    expect({ seen, reads: manager.requests.length }).toEqual({ seen: [1, 1, 1, 1, 'unassigned'], reads: 5 });
  });

  it('are asked for again when the clock was set back by hours', async () => {
    const clock = createShiftedClock();
    const { issuer, stage } = await setOauthStage({}, clock.env);
    issuer.mode = 'unavailable';
    await unassignOne(stage);
    issuer.mode = 'normal';
    clock.shift(-5 * 3_600_000);
    expect(await unassignOne(stage)).toEqual(DONE);
  });
});

describe('a token endpoint that says when to ask again', () => {
  it.each([
    ['seconds', () => '300'],
    ['a date', () => new Date(Date.now() + 300_000).toUTCString()],
  ])('is not asked before, and messages come back then: %s', async (_, retryAfter) => {
    const { issuer, stage } = await setOauthStage();
    issuer.answer = { status: 429, headers: { 'retry-after': retryAfter() }, body: 'too many' };
    await unassignOne(stage);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await unassignOne(stage);
    const delays = stage.requeued().map(({ DelaySeconds = 0 }) => DelaySeconds);
    expect({
      asked: issuer.requests.length,
      late: delays.map((delay) => delay > 280 && delay <= 300),
    }).toEqual({
      asked: 1,
      late: [true, true],
    });
  });
});

describe('an answer of the token endpoint', () => {
  it('is taken for its token alone', async () => {
    const { issuer, stage } = await setOauthStage();
    stage.cluster.settings.authentication = { bearer: (token) => token === 'odd-but-good' || 'who?' };
    const odd = { id_token: 'another.issuers.token', refresh_token: null, scope: ['a'], expires_in: null };
    issuer.answer = {
      status: 201,
      body: JSON.stringify({ access_token: 'odd-but-good', token_type: 'bearer', ...odd }),
    };
    expect(await unassignOne(stage)).toEqual(DONE);
  });

  it.each([
    [200, { access_token: 'no-token-for-us', token_type: 'mac' }, 'token_type is "mac", not "Bearer"'],
    [200, { token: 'no-token-for-us' }, 'access_token is missing'],
    [302, {}, 'a redirect to /login'],
  ])('%i that brings no token is refused, and says why: %j', async (status, body, why) => {
    const { issuer, stage } = await setOauthStage();
    issuer.answer = { status, headers: { location: '/login' }, body: JSON.stringify(body) };
    const { response } = await unassignOne(stage);
    const { cause } = stage.logLines().find(({ message }) => message === 'credentials refused') ?? {};
    expect({ response, cause }).toEqual({ response: ACKNOWLEDGED, cause: expect.stringContaining(why) });
    expect(stage.unassign.logs.map(({ text }) => text).join()).not.toContain('no-token');
  });
});

describe('what came in at the ends of a setting', () => {
  it('is not sent with a client id, a client secret, an audience or a scope', async () => {
    const { stage, issuer } = await setOauthStage(
      { clientId: 'unassign-client' },
      {
        CAMUNDA_CLIENT_ID: 'unassign-client\n',
        CAMUNDA_CLIENT_SECRET: `${CLIENT_SECRET}\r\n`,
        CAMUNDA_TOKEN_AUDIENCE: 'zeebe-api\n',
        CAMUNDA_OAUTH_SCOPE: ' unassign\n',
      },
    );
    expect(await unassignOne(stage)).toEqual(DONE);
    expect(issuer.requests[0]?.form).toMatchObject({ audience: 'zeebe-api', scope: 'unassign' });
  });

  it('is not sent with a user name or a password, which may end in a blank', async () => {
    const stage = await setStage({
      cluster: { authentication: { basic: { username: 'demo', password: `${PASSWORD} ` } } },
      env: { CAMUNDA_BASIC_AUTH_USERNAME: ' demo\n', CAMUNDA_BASIC_AUTH_PASSWORD: `\n${PASSWORD} \r\n` },
    });
    expect(await unassignOne(stage)).toEqual(DONE);
  });
});

describe('credentials in clear text', () => {
  const BASIC = { CAMUNDA_BASIC_AUTH_USERNAME: 'demo', CAMUNDA_BASIC_AUTH_PASSWORD: PASSWORD };
  const ELSEWHERE = { CAMUNDA_REST_ADDRESS: 'http://camunda.invalid:8080' };

  function warnings(stage: Stage): unknown[] {
    return stage
      .logLines()
      .filter(({ level, message }) => level === 'WARN' && `${message}`.includes('clear text'))
      .map(({ message }) => message);
  }

  it('are warned of once, at the start', async () => {
    const stage = await setStage({ env: { ...BASIC, ...ELSEWHERE } });
    const atTheStart = warnings(stage);
    await unassignOne(stage);
    expect([atTheStart, warnings(stage)]).toEqual([
      [expect.stringMatching(/^CAMUNDA_REST_ADDRESS \(http:\/\/camunda\.invalid:8080\) is not https: /)],
      atTheStart,
    ]);
  });

  it('are no matter on this machine, nor where there are none', async () => {
    const loopback = await setStage({ env: BASIC });
    const none = await setStage({ env: ELSEWHERE });
    expect([warnings(loopback), warnings(none)]).toEqual([[], []]);
  });
});

/** A server's settings that ask for a client's certificate of that authority. */
async function mutualTls(authority: Authority) {
  return {
    ...(await authority.issue('localhost')),
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  };
}

describe('TLS', () => {
  it('trusts the authority that CAMUNDA_MTLS_CA names', async () => {
    const authority = await createAuthority();
    const stage = await setStage({
      cluster: { tls: await authority.issue('localhost') },
      env: { CAMUNDA_MTLS_CA: authority.cert },
    });
    expect(await unassignOne(stage)).toEqual(DONE);
  });

  it('sends nothing to a cluster whose authority it does not trust, and requeues', async () => {
    const authority = await createAuthority();
    const stage = await setStage({ cluster: { tls: await authority.issue('localhost') } });
    await unassignOne(stage);
    expect({
      calls: stage.cluster.calls.length,
      detail: journeyOf(stage.requeued()[0])?.lastDetail,
    }).toEqual({ calls: 0, detail: expect.stringMatching(/^no connection: .*(UNABLE_TO|SELF_SIGNED)/) });
  });

  it('serves a call again on a new connection when a kept-alive one was dead', async () => {
    const authority = await createAuthority();
    const stage = await setStage({
      cluster: { tls: await authority.issue('localhost') },
      env: { CAMUNDA_MTLS_CA: authority.cert, CAMUNDA_MAX_CONNECTIONS: '1' },
    });
    await unassignOne(stage);
    const task = stage.cluster.tasks.create();
    stage.cluster.settings.fault = ({ attempt }) =>
      attempt === 1 ? { kind: 'reset', at: 'start' } : undefined;
    const response = await stage.invoke([requestFor(task.key)]);
    expect({ response, calls: stage.cluster.calls.length }).toEqual({ response: ACKNOWLEDGED, calls: 3 });
  });

  it.each<[string, (pem: string) => string]>([
    ['as it is', (pem) => pem],
    ['with line breaks written out', (pem) => pem.replaceAll('\n', '\\n')],
    ['with line breaks that became blanks', (pem) => pem.replaceAll(/\r?\n/g, ' ')],
    ['without line breaks', (pem) => pem.replaceAll(/\r?\n/g, '')],
    ['in quotes', (pem) => JSON.stringify(pem)],
    ['in base64', (pem) => Buffer.from(pem).toString('base64')],
  ])('shows its certificate to a cluster that asks for one: PEM %s', async (_, lose) => {
    const authority = await createAuthority();
    const client = await authority.issue('unassign');
    const stage = await setStage({
      cluster: {
        tls: await mutualTls(authority),
      },
      env: {
        CAMUNDA_MTLS_CA: lose(authority.cert),
        CAMUNDA_MTLS_CERT: lose(client.cert + authority.cert),
        CAMUNDA_MTLS_KEY: lose(client.key),
      },
    });
    expect(await unassignOne(stage)).toEqual(DONE);
  });

  it.each<[string, (own: Identity, other: Identity) => Record<string, string>, string]>([
    [
      'garbage',
      () => ({ CAMUNDA_MTLS_KEY: 'a key that is garbage' }),
      'CAMUNDA_MTLS_KEY holds no private key',
    ],
    ["another's key", (_, { key }) => ({ CAMUNDA_MTLS_KEY: key }), 'CAMUNDA_MTLS_KEY is not the key of'],
    [
      'a wrong passphrase',
      ({ key }) => ({
        CAMUNDA_MTLS_KEY: createPrivateKey(key)
          .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'the right one' })
          .toString(),
        CAMUNDA_MTLS_KEY_PASSPHRASE: 'the wrong one',
      }),
      'CAMUNDA_MTLS_KEY cannot be opened with CAMUNDA_MTLS_KEY_PASSPHRASE',
    ],
    ['no authority', () => ({ CAMUNDA_MTLS_CA: 'none' }), 'CAMUNDA_MTLS_CA holds no certificate'],
  ])('is ours to fix before any connection: %s', async (_, wrong, why) => {
    const authority = await createAuthority();
    const [own, other] = [await authority.issue('unassign'), await authority.issue('another')];
    const stage = await setStage({
      cluster: { tls: await mutualTls(authority) },
      env: {
        CAMUNDA_MTLS_CA: authority.cert,
        CAMUNDA_MTLS_CERT: own.cert,
        CAMUNDA_MTLS_KEY: own.key,
        ...wrong(own, other),
      },
    });
    const { response } = await unassignOne(stage);
    expect({
      response,
      connections: stage.cluster.connections,
      requeued: stage.requeued().length,
      refused: stage.logLines().find((line) => 'CredentialsRefused' in line)?.['CredentialsRefused'],
      cause: stage.logLines().find(({ level }) => level === 'ERROR')?.['cause'],
    }).toEqual({
      response: ACKNOWLEDGED,
      connections: 0,
      requeued: 1,
      refused: 1,
      cause: expect.stringContaining(why),
    });
  });

  it('requeues when the cluster refuses its certificate', async () => {
    const authority = await createAuthority();
    const stranger = await (await createAuthority('Another authority')).issue('unassign');
    const stage = await setStage({
      cluster: {
        tls: await mutualTls(authority),
      },
      env: {
        CAMUNDA_MTLS_CA: authority.cert,
        CAMUNDA_MTLS_CERT: stranger.cert,
        CAMUNDA_MTLS_KEY: stranger.key,
      },
    });
    const { response } = await unassignOne(stage);
    expect({ response, requeued: stage.requeued().length, calls: stage.cluster.calls.length }).toEqual({
      response: ACKNOWLEDGED,
      requeued: 1,
      calls: 0,
    });
  });

  it('protects the token endpoint too, with public authorities and the named one', async () => {
    const authority = await createAuthority();
    const { stage } = await setOauthStage(
      { tls: await authority.issue('localhost') },
      { CAMUNDA_MTLS_CA: authority.cert },
    );
    expect(await unassignOne(stage)).toEqual(DONE);
  });
});

describe('a secret in Secrets Manager', () => {
  it('brings the client secret, read once', async () => {
    const manager = await startSecretsManager(() => ({
      status: 200,
      body: { SecretString: JSON.stringify({ CAMUNDA_CLIENT_SECRET: CLIENT_SECRET, other: 1 }) },
    }));
    const { stage } = await setOauthStage(
      {},
      {
        CAMUNDA_CLIENT_SECRET: '',
        CAMUNDA_SECRET_ARN: SECRET_ARN,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
      },
    );
    await unassignOne(stage);
    const done = await unassignOne(stage);
    expect({ done, asked: manager.requests.map((body) => JSON.parse(body)) }).toEqual({
      done: DONE,
      asked: [{ SecretId: SECRET_ARN }],
    });
  });

  it('that is out of reach does not stop the start: messages are requeued unattempted', async () => {
    const stage = await setStage({
      env: {
        CAMUNDA_AUTH_STRATEGY: 'BASIC',
        CAMUNDA_SECRET_ARN: SECRET_ARN,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1',
      },
    });
    const { response } = await unassignOne(stage);
    expect({
      response,
      calls: stage.cluster.calls.length,
      attempts: journeyOf(stage.requeued()[0])?.attempts,
      cause: stage.logLines().find(({ level }) => level === 'ERROR')?.['cause'],
    }).toEqual({
      response: ACKNOWLEDGED,
      calls: 0,
      attempts: 0,
      cause: expect.stringContaining(`the secret ${SECRET_ARN} cannot be used`),
    });
  });
});

describe('what the function writes', () => {
  const BASIC = Buffer.from(`demo:${PASSWORD}`).toString('base64');

  it.each([
    ['as it was sent', `you are Basic ${BASIC}`],
    ['as the password that is in it', `you are demo with ${PASSWORD}`],
    ['cut off', `you are Basic ${BASIC.slice(0, 12)}…`],
    ['with only its end', `you are …${BASIC.slice(-10)}`],
    ['escaped for a URL in lower case', encodeURIComponent(`you are ${BASIC}`).toLowerCase()],
    ['escaped for HTML', `you are &#x27;${BASIC.replaceAll('=', '&#61;')}&#x27;`],
    ['escaped as in JSON', `you are ${PASSWORD.replaceAll('-', '\\u002d')}`],
    ['in wrapped lines', `you are ${BASIC.replace(/.{7}/g, '$&\n')}`],
    ['in base64', Buffer.from(`the password is ${PASSWORD}`).toString('base64')],
  ])('does not repeat the credentials that a gateway echoes %s', async (_, detail) => {
    const stage = await setStage({
      env: { CAMUNDA_BASIC_AUTH_USERNAME: 'demo', CAMUNDA_BASIC_AUTH_PASSWORD: PASSWORD },
    });
    const problem = { type: 'about:blank', title: 'INVALID_ARGUMENT', status: 400, detail };
    stage.cluster.settings.fault = () => ({
      kind: 'answer',
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: JSON.stringify(problem),
    });
    await unassignOne(stage);
    const written = stage.unassign.logs.map(({ text }) => text).join('\n') + JSON.stringify(stage.tap.sends);
    expect({
      detail: journeyOf(stage.deadLettered()[0])?.lastDetail,
      shown: written.includes('you are'),
    }).toEqual({ detail: 'withheld: it repeats a part of a secret', shown: false });
  });

  it('holds no secret, token or password, whatever goes wrong', async () => {
    const { issuer, stage } = await setOauthStage();
    await unassignOne(stage);
    issuer.revoke();
    issuer.mode = 'refuse';
    // The first meets the 401, the second finds no token.
    await unassignOne(stage);
    await unassignOne(stage);
    const written = stage.unassign.logs.map(({ text }) => text).join('\n') + JSON.stringify(stage.tap.sends);
    const found = [CLIENT_SECRET, ...issuer.tokens, 'Bearer'].filter((secret) => written.includes(secret));
    expect({ found, wrote: written.includes('invalid_client') }).toEqual({ found: [], wrote: true });
  });
});
