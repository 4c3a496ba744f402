import { describe, expect, it } from 'vitest';
import {
  type Access,
  type Authorization,
  createAuthorization,
} from '../../../client/cluster/authorization.ts';
import type { SecretSettings } from '../../../client/cluster/credentials.ts';
import { CredentialsError } from '../../../client/cluster/credentials.ts';
import type { Token, TokenRequest } from '../../../client/cluster/oauth.ts';
import type { CredentialSettings } from '../../../client/cluster/settings.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TIMEOUT = 20 * SECOND;
const ARN = { secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda-AbCdEf' };

const NONE: CredentialSettings = { strategy: 'NONE', basic: {}, oauth: {}, tls: {} };
const BASIC: CredentialSettings = {
  ...NONE,
  strategy: 'BASIC',
  basic: { username: 'demo', password: 'pä55:word' },
};
const OAUTH: CredentialSettings = {
  ...NONE,
  strategy: 'OAUTH',
  oauth: {
    url: new URL('https://login.example.com/oauth/token'),
    clientId: 'unassign',
    clientSecret: 's3cret',
    clientAuthentication: 'client_secret_basic',
    audience: 'zeebe-api',
    scope: 'a b',
  },
};

const DOWN = new CredentialsError('the token endpoint gave no answer', false);
const REFUSED = new CredentialsError('the token endpoint answered 401: invalid_client', true);

/** An authorization over a clock, a token endpoint and a secret that a test holds in its hands. */
class Stage {
  now = Date.parse('2026-11-23T12:00:00Z');
  lifetimeSeconds: number | undefined = 3_600;
  /** What the token endpoint rejects with. */
  failure: unknown;
  secret: SecretSettings = {};
  secretFailure: Error | undefined;
  /** What is wrong with the certificate or its key. */
  identityFailure: Error | undefined;
  /** How long a read of the secret takes. */
  secretMs = 0;
  readonly tokenRequests: TokenRequest[] = [];
  readonly tokenTimeouts: number[] = [];
  secretReads = 0;
  suspicions = 0;
  readonly authorization: Authorization;

  constructor(settings: CredentialSettings) {
    this.authorization = createAuthorization(settings, {
      now: () => this.now,
      requestToken: async (request, timeoutMs): Promise<Token> => {
        this.tokenRequests.push(request);
        this.tokenTimeouts.push(timeoutMs);
        const number = this.tokenRequests.length;
        await new Promise(setImmediate);
        if (this.failure !== undefined) throw this.failure;
        return { accessToken: `token-${number}`, expiresInSeconds: this.lifetimeSeconds };
      },
      readTlsIdentity: async (identity) => {
        if (this.identityFailure !== undefined) throw this.identityFailure;
        return identity;
      },
      secret: {
        read: async () => {
          this.secretReads += 1;
          this.now += this.secretMs;
          if (this.secretFailure !== undefined) throw this.secretFailure;
          return this.secret;
        },
        markStale: () => {
          this.suspicions += 1;
        },
      },
    });
  }

  access() {
    return this.authorization.access(TIMEOUT);
  }

  /** The access, where there is one. */
  async granted(): Promise<Access> {
    const access = await this.access();
    if (access.type === 'no-access') throw new Error(access.cause);
    return access;
  }

  async header(): Promise<string | undefined> {
    const access = await this.access();
    return access.type === 'access' ? access.header : `none: ${access.cause}`;
  }

  renew(refused: Access) {
    return this.authorization.renew(refused, TIMEOUT);
  }
}

describe('without authentication', () => {
  it('a call carries no header', async () => {
    const stage = new Stage(NONE);
    expect(await stage.access()).toEqual({
      type: 'access',
      header: undefined,
      secrets: [],
      renewable: false,
      tls: {},
    });
    expect(stage.tokenRequests).toEqual([]);
  });
});

describe('with a password', () => {
  it('a call carries the user name and the password in UTF-8', async () => {
    const expected = `Basic ${Buffer.from('demo:pä55:word', 'utf8').toString('base64')}`;
    expect(await new Stage(BASIC).header()).toBe(expected);
  });

  it('what the secret holds stands over the environment', async () => {
    const stage = new Stage({ ...BASIC, ...ARN });
    stage.secret = { CAMUNDA_BASIC_AUTH_PASSWORD: 'from-secret' };
    expect(await stage.header()).toBe(`Basic ${Buffer.from('demo:from-secret').toString('base64')}`);
  });

  it('a setting that is missing everywhere is ours to fix, and named without the others', async () => {
    const stage = new Stage({ ...BASIC, ...ARN, basic: { password: 's3cret' } });
    const access = await stage.access();
    expect(access).toMatchObject({ type: 'no-access', refused: true });
    expect(JSON.stringify(access)).toContain('CAMUNDA_BASIC_AUTH_USERNAME');
    expect(JSON.stringify(access)).not.toContain('s3cret');
  });
});

describe.each([
  ['NONE', NONE],
  ['BASIC', BASIC],
])('after a 401 with %s', (_, settings) => {
  it('there is never anything fresh', async () => {
    const stage = new Stage(settings);
    for (let minute = 0; minute < 3; minute += 1) {
      expect(await stage.renew(await stage.granted())).toBeUndefined();
      stage.now += MINUTE;
    }
    expect(stage.tokenRequests).toEqual([]);
  });
});

describe('an OAuth token', () => {
  it('is asked for with the settings, and carried by a call', async () => {
    const stage = new Stage(OAUTH);
    expect(await stage.header()).toBe('Bearer token-1');
    expect(stage.tokenRequests).toEqual([{ ...OAUTH.oauth, tls: {} }]);
  });

  it('is asked for with what the secret holds over the environment', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    stage.secret = { CAMUNDA_CLIENT_ID: 'other', CAMUNDA_CLIENT_SECRET: 'from-secret' };
    await stage.access();
    expect(stage.tokenRequests).toMatchObject([{ clientId: 'other', clientSecret: 'from-secret' }]);
  });

  it('is one for all concurrent callers', async () => {
    const stage = new Stage(OAUTH);
    const all = await Promise.all(Array.from({ length: 10 }, () => stage.header()));
    expect(new Set(all)).toEqual(new Set(['Bearer token-1']));
    expect(stage.tokenRequests).toHaveLength(1);
  });

  it('is one for all concurrent callers when it is renewed, too', async () => {
    const stage = new Stage(OAUTH);
    await stage.access();
    stage.now += 3_599 * SECOND;
    const all = await Promise.all(Array.from({ length: 10 }, () => stage.header()));
    expect(new Set(all)).toEqual(new Set(['Bearer token-2']));
  });

  it.each([
    ['an hour', 3_600, 3_500, 3_590],
    ['ten seconds', 10, 8, 9.5],
    ['a time that the endpoint does not say', undefined, 60, 86_400],
  ])(
    'that lasts for %s is used, and renewed before it ends',
    async (_, lifetime, usedAfter, renewedAfter) => {
      const stage = new Stage(OAUTH);
      stage.lifetimeSeconds = lifetime;
      const start = stage.now;
      await stage.access();
      stage.now = start + usedAfter * SECOND;
      expect(await stage.header()).toBe('Bearer token-1');
      stage.now = start + renewedAfter * SECOND;
      expect(await stage.header()).toBe('Bearer token-2');
    },
  );

  it('that is old goes on being used while its renewal fails, until it ends', async () => {
    const stage = new Stage(OAUTH);
    const start = stage.now;
    await stage.access();
    stage.failure = DOWN;
    stage.now = start + 3_590 * SECOND;
    expect(await stage.header()).toBe('Bearer token-1');
    stage.now = start + 3_599 * SECOND;
    expect(await stage.header()).toBe('Bearer token-1');
    expect(stage.tokenRequests.length).toBeGreaterThan(1);
    stage.now = start + 3_600 * SECOND;
    expect(await stage.access()).toMatchObject({ type: 'no-access' });
  });

  it('is asked for within the time that the call has, and 10 s', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    stage.secretMs = 2_000;
    await stage.authorization.access(5_000);
    expect(stage.tokenTimeouts).toEqual([3_000]);
    const patient = new Stage(OAUTH);
    await patient.authorization.access(60_000);
    expect(patient.tokenTimeouts).toEqual([10_000]);
  });
});

describe('a token endpoint that fails', () => {
  it.each([
    ['is down', DOWN, false],
    ['refuses the client', REFUSED, true],
    ['throws something odd', 'odd', false],
  ])('and %s leaves nothing to call with', async (_, failure, refused) => {
    const stage = new Stage(OAUTH);
    stage.failure = failure;
    expect(await stage.access()).toEqual({
      type: 'no-access',
      cause: expect.stringMatching(/./),
      refused,
      retryAfterSeconds: 1,
    });
  });

  it('is left alone for 1, 2, 4 … 60 s', async () => {
    const stage = new Stage(OAUTH);
    stage.failure = DOWN;
    await stage.access();
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      const before = stage.tokenRequests.length;
      stage.now += seconds * SECOND - 1;
      await Promise.all([stage.access(), stage.access()]);
      expect(stage.tokenRequests).toHaveLength(before);
      stage.now += 1;
      await Promise.all([stage.access(), stage.access()]);
      expect(stage.tokenRequests).toHaveLength(before + 1);
    }
  });

  it('says how long it is still left alone', async () => {
    const stage = new Stage(OAUTH);
    stage.failure = DOWN;
    await stage.access();
    stage.now += SECOND;
    await stage.access();
    stage.now += SECOND / 2;
    expect(await stage.access()).toMatchObject({
      retryAfterSeconds: 1.5,
      cause: expect.stringContaining('no answer'),
    });
  });

  it('is used as before once it is up again', async () => {
    const stage = new Stage(OAUTH);
    stage.failure = DOWN;
    await stage.access();
    stage.now += SECOND;
    await stage.access();
    stage.failure = undefined;
    stage.now += 2 * SECOND;
    expect(await stage.header()).toBe('Bearer token-3');
    stage.failure = DOWN;
    stage.now += 2 * 3_600 * SECOND;
    expect(await stage.access()).toMatchObject({ retryAfterSeconds: 1 });
  });
});

describe('a token endpoint that wants to be left alone', () => {
  it.each([
    ['longer than the pause', 300, 300],
    ['shorter than the pause', 0.5, 1],
    ['for no time', 0, 1],
  ])('%s is, and the messages are', async (_, retryAfter, seconds) => {
    const stage = new Stage(OAUTH);
    stage.failure = new CredentialsError('the token endpoint answered 429', false, retryAfter);
    expect(await stage.access()).toMatchObject({ refused: false, retryAfterSeconds: seconds });
    stage.now += seconds * SECOND - 1;
    await stage.access();
    expect(stage.tokenRequests).toHaveLength(1);
    stage.now += 1;
    await stage.access();
    expect(stage.tokenRequests).toHaveLength(2);
  });

  it('does not make the pauses after it longer', async () => {
    const stage = new Stage(OAUTH);
    stage.failure = new CredentialsError('the token endpoint answered 429', false, 300);
    await stage.access();
    stage.failure = DOWN;
    stage.now += 300 * SECOND;
    expect(await stage.access()).toMatchObject({ retryAfterSeconds: 2 });
  });
});

describe('what was refused', () => {
  it('stands refused while the endpoint gives no answer, until a token comes', async () => {
    const stage = new Stage(OAUTH);
    const seen: unknown[] = [];
    for (const failure of [DOWN, REFUSED, DOWN, new Error('odd'), undefined]) {
      stage.failure = failure;
      const access = await stage.access();
      seen.push(access.type === 'access' ? access.type : access.refused);
      stage.now += MINUTE;
    }
    stage.failure = DOWN;
    stage.now += 3_600 * SECOND;
    const after = await stage.access();
    expect([...seen, after.type === 'access' ? after.type : after.refused]).toEqual([
      false,
      true,
      true,
      true,
      'access',
      false,
    ]);
  });

  it.each([
    ['by the cluster although it was fresh', true],
    ['perhaps, by a connection that broke', false],
  ])('%s: an endpoint without an answer then counts as one that refuses: %s', async (_, certain) => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    await stage.access();
    stage.failure = DOWN;
    stage.authorization.credentialsRejected(certain);
    expect(await stage.access()).toMatchObject({ type: 'no-access', refused: certain });
  });

  it('says why, also where the endpoint says nothing any more', async () => {
    const stage = new Stage(OAUTH);
    stage.failure = REFUSED;
    await stage.access();
    stage.failure = DOWN;
    stage.now += MINUTE;
    expect(await stage.access()).toMatchObject({
      cause: expect.stringMatching(/gave no answer; before that: .*answered 401: invalid_client$/),
    });
  });

  it('has the secret doubted again after each failure', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    stage.failure = REFUSED;
    await stage.access();
    stage.failure = DOWN;
    for (let minute = 0; minute < 5; minute += 1) {
      stage.now += MINUTE;
      await stage.access();
    }
    expect({ suspicions: stage.suspicions, reads: stage.secretReads }).toEqual({ suspicions: 6, reads: 6 });
  });
});

describe('a clock that is set back by hours', () => {
  const HOURS = 5 * 60 * MINUTE;

  it.each([
    ['after a token request that failed', DOWN],
    ['after one that was to be left alone for long', new CredentialsError('429', false, 900)],
  ])('%s does not keep from the next one', async (_, failure) => {
    const stage = new Stage(OAUTH);
    stage.failure = failure;
    await stage.access();
    stage.failure = undefined;
    stage.now -= HOURS;
    expect(await stage.header()).toBe('Bearer token-2');
  });

  it('does not make a token last longer', async () => {
    const stage = new Stage(OAUTH);
    await stage.access();
    stage.now -= HOURS;
    expect(await stage.header()).toBe('Bearer token-2');
  });

  it('does not take a token away that cannot be renewed', async () => {
    const stage = new Stage(OAUTH);
    await stage.access();
    stage.failure = DOWN;
    stage.now -= HOURS;
    expect(await stage.header()).toBe('Bearer token-1');
  });

  it('does not keep a token that was refused', async () => {
    const stage = new Stage(OAUTH);
    await stage.renew(await stage.granted());
    stage.now -= HOURS;
    const { header } = await stage.granted();
    expect([header, (await stage.renew(await stage.granted()))?.header]).toEqual([
      'Bearer token-3',
      'Bearer token-4',
    ]);
  });

  it('does not keep a password that was refused', async () => {
    const stage = new Stage({ ...BASIC, ...ARN });
    await stage.renew(await stage.granted());
    stage.now -= HOURS;
    stage.secret = { CAMUNDA_BASIC_AUTH_PASSWORD: 'new' };
    await stage.renew(await stage.granted());
    expect(await stage.header()).toBe(`Basic ${Buffer.from('demo:new').toString('base64')}`);
  });
});

describe('after a 401 with OAUTH', () => {
  it('there is a new token', async () => {
    const stage = new Stage(OAUTH);
    const refused = await stage.granted();
    expect(await stage.renew(refused)).toMatchObject({ header: 'Bearer token-2' });
    expect(await stage.header()).toBe('Bearer token-2');
  });

  it('there is one new token for all concurrent callers', async () => {
    const stage = new Stage(OAUTH);
    const refused = await stage.granted();
    const all = await Promise.all(Array.from({ length: 10 }, () => stage.renew(refused)));
    expect(new Set(all.map((access) => access?.header))).toEqual(new Set(['Bearer token-2']));
    expect(stage.tokenRequests).toHaveLength(2);
  });

  it('a late caller gets the token that there is by now', async () => {
    const stage = new Stage(OAUTH);
    const refused = await stage.granted();
    await stage.renew(refused);
    stage.now += 2 * MINUTE;
    expect(await stage.renew(refused)).toMatchObject({ header: 'Bearer token-2' });
    expect(stage.tokenRequests).toHaveLength(2);
  });

  it('there is at most one new token a minute', async () => {
    const stage = new Stage(OAUTH);
    await stage.renew(await stage.granted());
    stage.now += MINUTE - 1;
    expect(await stage.renew(await stage.granted())).toBeUndefined();
    expect(stage.tokenRequests).toHaveLength(2);
    stage.now += 1;
    expect(await stage.renew(await stage.granted())).toMatchObject({ header: 'Bearer token-3' });
  });

  it('there is none where the endpoint is down, and none is asked for while it is left alone', async () => {
    const stage = new Stage(OAUTH);
    const refused = await stage.granted();
    stage.failure = DOWN;
    expect(await stage.renew(refused)).toBeUndefined();
    expect(await stage.renew(refused)).toBeUndefined();
    expect(stage.tokenRequests).toHaveLength(2);
  });

  it('the token that was refused is not used again', async () => {
    const stage = new Stage(OAUTH);
    const refused = await stage.granted();
    stage.failure = DOWN;
    await stage.renew(refused);
    expect(await stage.access()).toMatchObject({ type: 'no-access' });
  });
});

describe('the secret', () => {
  it('out of reach counts as a token endpoint that is down', async () => {
    const stage = new Stage({ ...BASIC, ...ARN });
    stage.secretFailure = new Error('the secret cannot be used: TimeoutError');
    expect(await stage.access()).toMatchObject({ type: 'no-access', refused: false, retryAfterSeconds: 1 });
    await stage.access();
    expect(stage.secretReads).toBe(1);
    stage.now += SECOND;
    stage.secretFailure = undefined;
    expect(await stage.access()).toMatchObject({ type: 'access' });
  });

  it.each([
    ['OAUTH', { CAMUNDA_CLIENT_ID: 'id', CAMUNDA_CLIENT_SECRET: 's' }, 'Bearer token-1'],
    ['BASIC', { CAMUNDA_BASIC_AUTH_USERNAME: 'u', CAMUNDA_BASIC_AUTH_PASSWORD: 'p' }, 'Basic dTpw'],
    ['NONE', { CAMUNDA_MTLS_CERT: 'PEM', CAMUNDA_MTLS_KEY: 'PEM' }, undefined],
  ])('tells that the strategy is %s where nothing else does', async (_, secret, header) => {
    const stage = new Stage({
      ...OAUTH,
      oauth: { url: new URL('https://login.example.com') },
      ...ARN,
      strategy: undefined,
    });
    stage.secret = secret;
    expect(await stage.header()).toBe(header);
  });

  it('is not read before it is needed, nor for each call', async () => {
    const stage = new Stage({ ...BASIC, ...ARN });
    expect(stage.secretReads).toBe(0);
    for (let call = 0; call < 5; call += 1) await stage.access();
    expect(stage.secretReads).toBe(1);
  });

  it('is doubted when the client is refused', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    stage.failure = REFUSED;
    await stage.access();
    expect(stage.suspicions).toBe(1);
  });

  it('is doubted when the endpoint is down, too: it may take too long over a client that it refuses', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    stage.failure = DOWN;
    await stage.access();
    expect(stage.suspicions).toBe(1);
  });

  it('with a new password is used after a 401', async () => {
    const stage = new Stage({ ...BASIC, ...ARN });
    stage.secret = { CAMUNDA_BASIC_AUTH_PASSWORD: 'old' };
    const refused = await stage.granted();
    stage.secret = { CAMUNDA_BASIC_AUTH_PASSWORD: 'new' };
    await stage.renew(refused);
    expect(stage.suspicions).toBe(1);
    expect(await stage.header()).toBe(`Basic ${Buffer.from('demo:new').toString('base64')}`);
  });

  it('with a new client is used when the old one was refused', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    stage.failure = REFUSED;
    await stage.access();
    stage.failure = undefined;
    stage.secret = { CAMUNDA_CLIENT_SECRET: 'new' };
    stage.now += SECOND;
    await stage.access();
    expect(stage.tokenRequests.map(({ clientSecret }) => clientSecret)).toEqual(['s3cret', 'new']);
  });

  it('is doubted after a 401 with a fresh token, and read for the next one', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN });
    await stage.renew(await stage.granted());
    stage.secret = { CAMUNDA_CLIENT_SECRET: 'new' };
    stage.authorization.credentialsRejected(true);
    expect(stage.suspicions).toBe(1);
    stage.now += MINUTE;
    expect(await stage.renew(await stage.granted())).toBeDefined();
    expect(stage.tokenRequests.at(-1)?.clientSecret).toBe('new');
  });

  it('is read at most once a minute for doubts about one certificate', async () => {
    const stage = new Stage({ ...NONE, ...ARN });
    await stage.access();
    for (let call = 0; call < 5; call += 1) {
      stage.authorization.credentialsRejected(true);
      await stage.access();
    }
    expect(stage.secretReads).toBe(2);
  });

  it('does not exist for doubts where none is configured', async () => {
    const stage = new Stage(OAUTH);
    await stage.access();
    stage.authorization.credentialsRejected(true);
    expect(await stage.header()).toBe('Bearer token-1');
    expect(stage.suspicions).toBe(0);
  });
});

describe('the TLS identity', () => {
  it('is that of the environment with that of the secret over it', async () => {
    const stage = new Stage({ ...NONE, ...ARN, tls: { cert: 'env', ca: 'env' } });
    stage.secret = {
      CAMUNDA_MTLS_CERT: 'secret',
      CAMUNDA_MTLS_KEY: 'secret',
      CAMUNDA_MTLS_KEY_PASSPHRASE: 'pass',
    };
    expect(await stage.access()).toMatchObject({
      tls: { cert: 'secret', key: 'secret', ca: 'env', passphrase: 'pass' },
    });
  });

  it('that cannot be used is ours to fix, and read again with the secret', async () => {
    const stage = new Stage({ ...NONE, ...ARN, tls: { cert: 'cert', key: 'key' } });
    stage.identityFailure = new CredentialsError(
      'CAMUNDA_MTLS_KEY is not the key of CAMUNDA_MTLS_CERT',
      true,
    );
    expect(await stage.access()).toMatchObject({
      type: 'no-access',
      refused: true,
      cause: expect.stringContaining('CAMUNDA_MTLS_KEY'),
    });
    expect(stage.suspicions).toBe(1);
    stage.identityFailure = undefined;
    stage.now += SECOND;
    expect(await stage.access()).toMatchObject({ tls: { cert: 'cert', key: 'key' } });
  });

  it('is the same object for as long as nothing changes, so that connections are kept', async () => {
    const stage = new Stage({ ...OAUTH, ...ARN, tls: { ca: 'CA' } });
    const before = await stage.granted();
    const after = await stage.renew(before);
    expect(after?.header).not.toBe(before.header);
    expect(after?.tls).toBe(before.tls);
  });
});
