// The proxies that the environment names, for calls to AWS and to a cluster: over undici's own way to read HTTP_PROXY,
// HTTPS_PROXY and NO_PROXY. Straight unless somebody asks for them, as Node.js itself has it.
import type { Dispatcher, Pool as UndiciPool } from 'undici';

/** Variables by their names, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes what requests go over, such as one that knows of proxies.
 *
 * @param options for whatever connects to the origin itself, `connect` with the TLS settings among them
 */
export type DispatcherFactory = (options: UndiciPool.Options) => Dispatcher;

/** A proxy's address in the environment is none. */
export class ProxySettingError extends Error {
  override readonly name = 'ProxySettingError';
}

/** Whether the environment asks for its proxies (Node.js, "Command-line API": NODE_USE_ENV_PROXY). */
export function asksForProxies(environment: Environment): boolean {
  return environment['NODE_USE_ENV_PROXY'] === '1';
}

/**
 * What calls go over where the environment names a proxy; undefined where it does not. Names in small letters win, as
 * they do with curl.
 *
 * @throws {ProxySettingError} a proxy's address is none
 */
export async function proxiesOf(environment: Environment): Promise<DispatcherFactory | undefined> {
  const httpProxy = addressIn(environment, 'HTTP_PROXY');
  const httpsProxy = addressIn(environment, 'HTTPS_PROXY');
  if (httpProxy === '' && httpsProxy === '') return undefined;
  const noProxy = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  const { EnvHttpProxyAgent, Pool } = await import('undici');
  return (options) => {
    const { connect, factory, headersTimeout, ...rest } = options;
    const limits = headersTimeout === undefined ? {} : { headersTimeout };
    return new EnvHttpProxyAgent({
      ...rest,
      ...limits,
      // A proxy of its own authority is trusted by NODE_EXTRA_CA_CERTS, and sees no certificate of ours.
      ...(typeof connect === 'object' && { connect, requestTls: { ...connect, allowH2: false } }),
      factory: (origin, own) => new Pool(origin, { ...options, ...own, ...(factory && { factory }) }),
      // Of the connection to the proxy itself, which otherwise may wait for minutes for the proxy's word.
      clientFactory: (origin, own) => new Pool(origin, { ...own, ...limits }),
      httpProxy,
      httpsProxy,
      noProxy,
    });
  };
}

/** Empty where it is not set. */
function addressIn(environment: Environment, name: string): string {
  const text = (environment[name.toLowerCase()] ?? environment[name] ?? '').trim();
  if (text === '') return '';
  const address = /^[a-z\d+.-]+:\/\//i.test(text) ? text : `http://${text}`;
  const isProxy = URL.canParse(address) && PROTOCOLS.includes(new URL(address).protocol);
  if (isProxy) return address;
  // Not what it says: a password may be in it.
  throw new ProxySettingError(
    `The environment variable ${name}: expected a proxy's address such as http://proxy:3128.`,
  );
}

const PROTOCOLS = ['http:', 'https:', 'socks5:', 'socks:'];
