import { expect, it, onTestFinished } from 'vitest';
import { type IssuerOptions, startStandInIssuer } from '../../../../infra/local/stand-in/issuer.ts';
import { eventually } from '../eventually.ts';
import { askOnce } from '../raw-http.ts';

const FORM = 'grant_type=client_credentials&client_id=me&client_secret=s%26cret&audience=zeebe-api';

async function start(options: IssuerOptions = {}) {
  const issuer = await startStandInIssuer(options);
  onTestFinished(() => issuer.close());
  const ask = (body = FORM, signal?: AbortSignal) =>
    askOnce(issuer.url, '/oauth/token', {
      method: 'POST',
      body,
      ...(signal === undefined ? {} : { signal }),
    });
  return { issuer, ask };
}

it('issues tokens that it knows again, until they expire or are revoked', async () => {
  const { issuer, ask } = await start({ lifetimeSeconds: 60, clientId: 'me', clientSecret: 's&cret' });
  const { status, body } = await ask();
  const { access_token: token, token_type, expires_in } = JSON.parse(body);
  expect({ status, token_type, expires_in }).toEqual({ status: 200, token_type: 'Bearer', expires_in: 60 });
  expect(issuer.check(token)).toBe(true);
  expect(issuer.check('another')).toBe('error decoding jwt');
  issuer.revoke(token);
  expect(issuer.check(token)).not.toBe(true);
  issuer.lifetimeSeconds = 0;
  expect(issuer.check(JSON.parse((await ask()).body).access_token)).toBe('the token has expired');
  expect(issuer.requests.map(({ form }) => form['audience'])).toEqual(['zeebe-api', 'zeebe-api']);
  expect(issuer.tokens).toHaveLength(2);
});

it('refuses a wrong secret and another grant', async () => {
  const { ask } = await start({ clientId: 'me', clientSecret: 'another' });
  expect(await ask()).toMatchObject({ status: 401, body: expect.stringContaining('"invalid_client"') });
  expect(await ask('grant_type=password')).toMatchObject({ status: 400 });
});

it('takes a secret in the header as in the form, encoded all the same', async () => {
  const { issuer } = await start({ clientId: 'me', clientSecret: 's: cret' });
  const asked = async (pair: string, body = 'grant_type=client_credentials') => {
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    return (await askOnce(issuer.url, '/oauth/token', { method: 'POST', headers: { authorization }, body }))
      .status;
  };
  expect([
    await asked('me:s%3A+cret'),
    await asked('me:s%3A%20cret'),
    await asked('me:s%3A'),
    await asked('me:%'),
    // RFC 6749, section 2.3: not in more than one way.
    await asked('me:s%3A+cret', FORM),
  ]).toEqual([200, 200, 401, 401, 400]);
});

it('can insist on one way to show a secret', async () => {
  const { ask } = await start({ clientAuthentication: 'client_secret_basic' });
  expect(await ask()).toMatchObject({ status: 401 });
});

it.each([
  ['refuse', { status: 401 }],
  ['unavailable', { status: 503 }],
  ['garbage', { status: 200, body: expect.not.stringContaining('access_token') }],
] as const)('can %s', async (mode, answer) => {
  const { issuer, ask } = await start();
  issuer.mode = mode;
  expect(await ask()).toMatchObject(answer);
  issuer.mode = 'normal';
  expect(await ask()).toMatchObject({ status: 200 });
});

it('can say anything', async () => {
  const { issuer, ask } = await start();
  issuer.answer = { status: 302, headers: { location: '/login' }, body: 'moved' };
  expect(await ask()).toMatchObject({ status: 302, headers: { location: '/login' }, body: 'moved' });
  issuer.answer = undefined;
  expect(await ask()).toMatchObject({ status: 200 });
});

it('can take its time to refuse a secret again, and not another one', async () => {
  const { issuer, ask } = await start({ clientSecret: 'right' });
  issuer.repeatedRefusalMs = 600_000;
  const asked = async (secret: string) =>
    (await ask(FORM.replace('s%26cret', secret), AbortSignal.timeout(300)).catch(() => ({ status: 0 })))
      .status;
  expect([await asked('wrong'), await asked('wrong'), await asked('another'), await asked('right')]).toEqual([
    401, 0, 401, 200,
  ]);
});

it('can reset', async () => {
  const { issuer, ask } = await start();
  issuer.mode = 'reset';
  await expect(ask()).rejects.toThrow(/ECONNRESET|hang up/);
});

it('can hang', async () => {
  const { issuer, ask } = await start();
  issuer.mode = 'hang';
  const patience = new AbortController();
  const gaveUp = expect(ask(FORM, patience.signal)).rejects.toThrow(/abort/);
  await eventually(() => expect(issuer.requests).toHaveLength(1));
  patience.abort();
  await gaveUp;
});
