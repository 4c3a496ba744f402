// An OAuth issuer on 127.0.0.1, for a real cluster that checks tokens. Also run by `npm run camunda:issuer`.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/** The audience that {@link authenticationEnvironment} makes a cluster ask for. */
export const AUDIENCE = 'zeebe-api';

/** An issuer that is listening. */
export interface Issuer {
  /** The `iss` of its tokens, and the address below which everything is served. */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  close(): Promise<void>;
}

/**
 * Starts an issuer: discovery, key set, and tokens by client credentials (RFC 6749, section 4.4).
 *
 * Any client and secret will do. A token is good for the audience that was asked for: one for another audience
 * than the cluster's is how to be refused. `expires_in` in the request sets the life of a token in seconds.
 *
 * @param port 0 for any free one
 */
export async function startIssuer(port = 0): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keySet = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] };
  let issuer = '';

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await text(request));
    const json = (body: unknown) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    };
    const { pathname } = new URL(request.url ?? '/', issuer);
    // Camunda asks for Keycloak's key set, at its longer path
    if (pathname.endsWith('/certs')) return json(keySet);
    if (pathname === '/.well-known/openid-configuration') return json(discovery(issuer));
    if (pathname === '/token') {
      const expiresIn = Number(form.get('expires_in') ?? 300);
      const client = form.get('client_id') ?? 'client';
      const audience = form.get('audience') ?? AUDIENCE;
      const token = signedToken({ issuer, client, audience, expiresIn }, privateKey);
      return json({ access_token: token, token_type: 'Bearer', expires_in: expiresIn });
    }
    response.statusCode = 404;
    response.end();
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The environment that makes a Camunda 8.6 check the tokens of this issuer. */
export function authenticationEnvironment(issuer: string): Record<string, string> {
  return {
    SPRING_PROFILES_ACTIVE: 'broker,identity-auth',
    ZEEBE_BROKER_GATEWAY_SECURITY_AUTHENTICATION_MODE: 'identity',
    ZEEBE_BROKER_GATEWAY_SECURITY_AUTHENTICATION_IDENTITY_TYPE: 'KEYCLOAK',
    ZEEBE_BROKER_GATEWAY_SECURITY_AUTHENTICATION_IDENTITY_ISSUERBACKENDURL: issuer,
    ZEEBE_BROKER_GATEWAY_SECURITY_AUTHENTICATION_IDENTITY_AUDIENCE: AUDIENCE,
    CAMUNDA_IDENTITY_TYPE: 'KEYCLOAK',
    CAMUNDA_IDENTITY_ISSUER: issuer,
    CAMUNDA_IDENTITY_ISSUERBACKENDURL: issuer,
    CAMUNDA_IDENTITY_AUDIENCE: AUDIENCE,
    CAMUNDA_IDENTITY_CLIENTID: 'zeebe',
    CAMUNDA_IDENTITY_CLIENTSECRET: 'zeebe',
  };
}

function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/certs`,
    token_endpoint: `${issuer}/token`,
    authorization_endpoint: `${issuer}/auth`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
  };
}

function signedToken(
  {
    issuer,
    client,
    audience,
    expiresIn,
  }: Record<'issuer' | 'client' | 'audience', string> & { expiresIn: number },
  key: KeyObject,
): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { sub: client, azp: client, client_id: client, aud: [audience], iat: now - 1 };
  const unsigned = [
    encode({ alg: 'RS256', typ: 'JWT', kid: 'k1' }),
    encode({ iss: issuer, ...claims, exp: now + expiresIn }),
  ].join('.');
  return `${unsigned}.${sign('sha256', Buffer.from(unsigned), key).toString('base64url')}`;
}

const USAGE = `An OAuth issuer on 127.0.0.1, for a real Camunda that checks tokens. Stays up until Ctrl-C.

  npm run camunda:issuer -- [port, 18080]

Prints what to export before npm run camunda, so that the cluster asks this issuer, and what the function needs.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  });
  const [port = '18080', ...rest] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535 || rest.length > 0) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const { issuer, tokenEndpoint } = await startIssuer(Number(port));
  const exports = (environment: Record<string, string>) =>
    Object.entries(environment).map(([name, value]) => `export ${name}=${value}`);
  console.log(
    [
      `# ${issuer} is up. For the cluster, before npm run camunda:`,
      ...exports(authenticationEnvironment(issuer)),
      '# For the function (any client and secret will do):',
      ...exports({
        CAMUNDA_AUTH_STRATEGY: 'OAUTH',
        CAMUNDA_OAUTH_URL: tokenEndpoint,
        CAMUNDA_TOKEN_AUDIENCE: AUDIENCE,
        CAMUNDA_CLIENT_ID: 'unassign',
        CAMUNDA_CLIENT_SECRET: 'unassign',
      }),
    ].join('\n'),
  );
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    console.error(taken ? 'That port is taken: npm run camunda:issuer -- <another port>' : error);
    process.exitCode = 1;
  });
}
