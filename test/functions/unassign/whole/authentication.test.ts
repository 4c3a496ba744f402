import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type IssuerOptions, startStandInIssuer } from '../../../../infra/local/stand-in/issuer.ts';
import { type Authority, createAuthority } from '../../../support/certificates.ts';
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

  it('fetches one token for all concurrent calls and for later batches', async () => {
    const { issuer, stage } = await setOauthStage();
    const keys = Array.from({ length: 10 }, () => stage.cluster.tasks.create().key);
    await stage.invoke(keys.map((key) => requestFor(key)));
    await unassignOne(stage);
    expect(issuer.requests).toHaveLength(1);
  });

  it('renews a token before it expires', async () => {
    const { issuer, stage } = await setOauthStage({ lifetimeSeconds: 1 });
    await unassignOne(stage);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
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
    { mode: 'garbage', says: /answered 200/, refused: 0 },
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
    await unassignOne(stage);
    await unassignOne(stage);
    const asked = issuer.requests.length;
    issuer.mode = 'normal';
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect({ asked, done: await unassignOne(stage) }).toEqual({ asked: 1, done: DONE });
  });

  it('does not wait for a token endpoint that hangs beyond the deadline', async () => {
    const { issuer, stage } = await setOauthStage();
    issuer.mode = 'hang';
    const { response } = await (async () => {
      const task = stage.cluster.tasks.create();
      return { response: await stage.invoke([requestFor(task.key)], 3_000) };
    })();
    expect({ response, requeued: stage.requeued().length }).toEqual({ response: ACKNOWLEDGED, requeued: 1 });
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

  it('shows its certificate to a cluster that asks for one, also when PEM line ends are written as \\n', async () => {
    const authority = await createAuthority();
    const client = await authority.issue('unassign');
    const stage = await setStage({
      cluster: {
        tls: await mutualTls(authority),
      },
      env: {
        CAMUNDA_MTLS_CA: authority.cert,
        CAMUNDA_MTLS_CERT: client.cert.replaceAll('\n', '\\n'),
        CAMUNDA_MTLS_KEY: client.key,
      },
    });
    expect(await unassignOne(stage)).toEqual(DONE);
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
  const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:camunda-a1b2c3';

  async function startSecretsManager(answer: () => { status: number; body: unknown }) {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => requests.push(chunk));
      request.on('end', () => {
        const { status, body } = answer();
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

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
  it('does not repeat the credentials that a proxy echoes', async () => {
    const stage = await setStage({
      env: { CAMUNDA_BASIC_AUTH_USERNAME: 'demo', CAMUNDA_BASIC_AUTH_PASSWORD: PASSWORD },
    });
    const header = `Basic ${Buffer.from(`demo:${PASSWORD}`).toString('base64')}`;
    stage.cluster.settings.fault = ({ headers }) => ({
      kind: 'answer',
      status: 409,
      body: JSON.stringify({
        title: 'echo',
        detail: `you are ${headers.authorization} with ${PASSWORD}`,
        status: 409,
      }),
    });
    await unassignOne(stage);
    const written = stage.unassign.logs.map(({ text }) => text).join('\n') + JSON.stringify(stage.tap.sends);
    expect({
      detail: journeyOf(stage.deadLettered()[0])?.lastDetail,
      found: [header.slice(6), PASSWORD].filter((secret) => written.includes(secret)),
    }).toEqual({ detail: 'you are Basic *** with ***', found: [] });
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
