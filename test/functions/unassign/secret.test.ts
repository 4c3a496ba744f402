import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { NO_SECRET, type Secret } from '../../../client/cluster/credentials.ts';
import { createSecret } from '../../../functions/unassign/secret.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-3:123456789012:secret:camunda-AbCdEf';
const MINUTE = 60_000;
const PATIENCE = 20_000;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

interface Asked {
  readonly target: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Secrets Manager as far as this function sees it. */
class SecretsManager {
  /** The secret's text, or how the service behaves. */
  answer: string | ((response: ServerResponse) => void) = '{}';
  readonly asked: Asked[] = [];
  now = Date.parse('2026-11-23T12:00:00Z');

  static async start(): Promise<SecretsManager> {
    const manager = new SecretsManager();
    const server = createServer((request, response) => void manager.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    // A slow machine is no slow secret.
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
    pointTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return manager;
  }

  secret(): Secret {
    return createSecret(ARN, () => this.now);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { 'x-amz-target': target, authorization } = request.headers;
    this.asked.push({ target: target?.toString(), authorization, body: await text(request) });
    if (typeof this.answer === 'function') {
      this.answer(response);
      return;
    }
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ ARN, Name: 'camunda', SecretString: this.answer }));
  }
}

function pointTo(endpoint: string): void {
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  vi.stubEnv('AWS_CONFIG_FILE', devNull);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', devNull);
}

/** What a read is refused with. */
async function refusal(secret: Secret, timeoutMs = PATIENCE): Promise<string> {
  return secret.read(timeoutMs).then(
    (settings) => `read: ${JSON.stringify(settings)}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function refusing(status: number, type: string) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: type, message: 'no' }));
  };
}

describe('where no secret is configured', () => {
  it('there is nothing in it', async () => {
    expect(await NO_SECRET.read(1)).toEqual({});
  });
});

describe('a secret', () => {
  it('is asked for by its ARN, in its own region', async () => {
    const manager = await SecretsManager.start();
    await manager.secret().read(PATIENCE);
    expect(manager.asked).toMatchObject([
      {
        target: 'secretsmanager.GetSecretValue',
        authorization: expect.stringContaining('/eu-west-3/secretsmanager/'),
      },
    ]);
    expect(JSON.parse(manager.asked[0]?.body ?? '')).toEqual({ SecretId: ARN });
  });

  it('holds the secret settings under their own names, and others are ignored', async () => {
    const manager = await SecretsManager.start();
    const settings = {
      CAMUNDA_BASIC_AUTH_USERNAME: 'u',
      CAMUNDA_BASIC_AUTH_PASSWORD: 'p',
      CAMUNDA_CLIENT_ID: 'i',
      CAMUNDA_CLIENT_SECRET: 's',
      CAMUNDA_MTLS_CERT: 'c',
      CAMUNDA_MTLS_KEY: 'k',
      CAMUNDA_MTLS_CA: 'a',
      CAMUNDA_MTLS_KEY_PASSPHRASE: 'x',
    };
    manager.answer = JSON.stringify({ ...settings, ANOTHER: { of: 'somebody else' } });
    expect(await manager.secret().read(PATIENCE)).toEqual(settings);
  });

  it('loses what came in at the ends of its settings, and empty ones', async () => {
    const manager = await SecretsManager.start();
    manager.answer = `\ufeff${JSON.stringify({
      CAMUNDA_BASIC_AUTH_USERNAME: ' u\n',
      CAMUNDA_BASIC_AUTH_PASSWORD: '\n p \r\n',
      CAMUNDA_CLIENT_ID: '\ti\r\n',
      CAMUNDA_CLIENT_SECRET: '\n s \n',
      CAMUNDA_MTLS_CERT: '',
      CAMUNDA_MTLS_KEY: '\n',
      CAMUNDA_MTLS_KEY_PASSPHRASE: ' x \n',
    })}`;
    expect(await manager.secret().read(PATIENCE)).toEqual({
      CAMUNDA_BASIC_AUTH_USERNAME: 'u',
      CAMUNDA_BASIC_AUTH_PASSWORD: ' p ',
      CAMUNDA_CLIENT_ID: 'i',
      CAMUNDA_CLIENT_SECRET: 's',
      CAMUNDA_MTLS_KEY_PASSPHRASE: ' x ',
    });
  });

  it('is not read before it is needed', async () => {
    const manager = await SecretsManager.start();
    manager.secret();
    expect(manager.asked).toEqual([]);
  });

  it('is read once, and kept', async () => {
    const manager = await SecretsManager.start();
    const secret = manager.secret();
    const first = await secret.read(PATIENCE);
    manager.now += 24 * 60 * MINUTE;
    expect(await secret.read(PATIENCE)).toBe(first);
    expect(manager.asked).toHaveLength(1);
  });
});

describe('a secret that may have been rotated', () => {
  it('is read again, but not within a minute', async () => {
    const manager = await SecretsManager.start();
    manager.answer = '{"CAMUNDA_CLIENT_SECRET":"old"}';
    const secret = manager.secret();
    await secret.read(PATIENCE);
    manager.answer = '{"CAMUNDA_CLIENT_SECRET":"new"}';
    secret.markStale();
    manager.now += MINUTE - 1;
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_SECRET: 'old' });
    manager.now += 1;
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_SECRET: 'new' });
    expect(manager.asked).toHaveLength(2);
  });

  it('is read again after a clock was set back by hours', async () => {
    const manager = await SecretsManager.start();
    const secret = manager.secret();
    await secret.read(PATIENCE);
    manager.answer = '{"CAMUNDA_CLIENT_SECRET":"new"}';
    secret.markStale();
    manager.now -= 5 * 60 * MINUTE;
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_SECRET: 'new' });
  });

  it('is read again once for one doubt', async () => {
    const manager = await SecretsManager.start();
    const secret = manager.secret();
    await secret.read(PATIENCE);
    secret.markStale();
    for (let minute = 0; minute < 3; minute += 1) {
      manager.now += MINUTE;
      await secret.read(PATIENCE);
    }
    expect(manager.asked).toHaveLength(2);
  });

  it('and was not is the same object as before', async () => {
    const manager = await SecretsManager.start();
    const secret = manager.secret();
    const before = await secret.read(PATIENCE);
    secret.markStale();
    manager.now += MINUTE;
    expect(await secret.read(PATIENCE)).toBe(before);
    expect(manager.asked).toHaveLength(2);
  });

  it.each([
    ['is out of reach', refusing(500, 'InternalServiceError')],
    ['is broken by now', 'not JSON'],
  ])('and %s serves as it was, and is read again a minute later', async (_, broken) => {
    const manager = await SecretsManager.start();
    manager.answer = '{"CAMUNDA_CLIENT_SECRET":"old"}';
    const secret = manager.secret();
    await secret.read(PATIENCE);
    secret.markStale();
    manager.now += MINUTE;
    manager.answer = broken;
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_SECRET: 'old' });
    manager.answer = '{"CAMUNDA_CLIENT_SECRET":"new"}';
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_SECRET: 'old' });
    manager.now += MINUTE;
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_SECRET: 'new' });
  });
});

describe('a secret that cannot be used', () => {
  it.each([
    ['empty', ''],
    ['not JSON', 's3cret-text'],
    ['JSON that breaks off', '{"CAMUNDA_CLIENT_SECRET":"s3cret'],
    ['a string', '"s3cret"'],
    ['null', 'null'],
    ['an array', '["s3cret"]'],
    ['with a number as value', '{"CAMUNDA_CLIENT_SECRET":53237}'],
    ['with an object as value', '{"CAMUNDA_CLIENT_SECRET":{"is":"s3cret"}}'],
  ])('because it is %s is an error that shows nothing of it', async (_, answer) => {
    const manager = await SecretsManager.start();
    manager.answer = answer;
    const message = await refusal(manager.secret());
    expect(message).toContain(ARN);
    expect(message).toContain('expected a JSON object');
    expect(message).not.toMatch(/s3cret|53237/);
  });

  it('names the settings of a wrong type', async () => {
    const manager = await SecretsManager.start();
    manager.answer = '{"CAMUNDA_CLIENT_ID":1,"CAMUNDA_CLIENT_SECRET":"x"}';
    expect(await refusal(manager.secret())).toMatch(/: CAMUNDA_CLIENT_ID$/);
  });

  it('because it may not be read says so', async () => {
    const manager = await SecretsManager.start();
    manager.answer = refusing(400, 'AccessDeniedException');
    expect(await refusal(manager.secret())).toMatch(/cannot be used: AccessDeniedException/);
  });

  it('because the answer is broken off shows nothing of it', async () => {
    const manager = await SecretsManager.start();
    manager.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end('{"SecretString": s3cret-text-that-is-no-JSON');
    };
    expect(await refusal(manager.secret())).toMatch(/cannot be used: Secrets Manager gave an answer/);
  });

  it('because nothing answers says so', async () => {
    pointTo('http://127.0.0.1:9');
    expect(await refusal(createSecret(ARN, Date.now))).toContain(`the secret ${ARN} cannot be used: `);
  });

  it('is read again at the next call', async () => {
    const manager = await SecretsManager.start();
    manager.answer = 'not JSON';
    const secret = manager.secret();
    await refusal(secret);
    manager.answer = '{"CAMUNDA_CLIENT_ID":"i"}';
    expect(await secret.read(PATIENCE)).toEqual({ CAMUNDA_CLIENT_ID: 'i' });
  });
});

describe('a secret that hangs', () => {
  it('is given up', async () => {
    const manager = await SecretsManager.start();
    manager.answer = () => {};
    vi.mocked(AbortSignal.timeout).mockRestore();
    expect(await refusal(manager.secret(), 50)).toContain('cannot be used');
  });

  it.each([
    ['3 s where the call has more', 20_000, 3_000],
    ['the time that the call has', 50, 50],
    ['whole milliseconds of it', 2_999.4, 2_999],
    ['no time at all where the call has none left', -1, 0],
  ])('is given %s', async (_, timeoutMs, limit) => {
    const manager = await SecretsManager.start();
    manager.answer = () => {};
    const timers = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
    expect(await refusal(manager.secret(), timeoutMs)).toContain('cannot be used');
    expect(timers.mock.calls).toEqual([[limit]]);
  });
});
