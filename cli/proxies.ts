// The proxies that the environment names, for calls to a cluster: the same exchange as the function's, over undici's own
// way to read HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
import type { DispatcherFactory } from '../client/cluster/exchange.ts';
import { UsageError } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * What calls go over where the environment names a proxy; undefined where it does not. Names in small letters win, as
 * they do with curl.
 *
 * @throws UsageError where a proxy's address is none
 */
export async function proxiesOf(
  environment: Surroundings['environment'],
): Promise<DispatcherFactory | undefined> {
  const httpProxy = addressIn(environment, 'HTTP_PROXY');
  const httpsProxy = addressIn(environment, 'HTTPS_PROXY');
  if (httpProxy === '' && httpsProxy === '') return undefined;
  const noProxy = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  // From inside the package, as in exchange.ts: its index wants a newer Node.js than the rest of it.
  const [{ default: EnvHttpProxyAgent }, { default: Pool }] = await Promise.all([
    import('undici/lib/dispatcher/env-http-proxy-agent.js'),
    import('undici/lib/dispatcher/pool.js'),
  ]);
  return (options) => {
    const { connect, factory, ...rest } = options;
    return new EnvHttpProxyAgent({
      ...rest,
      // A proxy of its own authority is trusted by NODE_EXTRA_CA_CERTS, and sees no certificate of ours.
      ...(typeof connect === 'object' && { connect, requestTls: { ...connect, allowH2: false } }),
      factory: (origin, own) => new Pool(origin, { ...options, ...own, ...(factory && { factory }) }),
      httpProxy,
      httpsProxy,
      noProxy,
    });
  };
}

/** Empty where it is not set. */
function addressIn(environment: Surroundings['environment'], name: string): string {
  const text = (environment[name.toLowerCase()] ?? environment[name] ?? '').trim();
  if (text === '') return '';
  const address = /^[a-z\d+.-]+:\/\//i.test(text) ? text : `http://${text}`;
  const isProxy = URL.canParse(address) && PROTOCOLS.includes(new URL(address).protocol);
  if (isProxy) return address;
  // Not what it says: a password may be in it.
  throw new UsageError(
    `The environment variable ${name}: expected a proxy's address such as http://proxy:3128.`,
  );
}

const PROTOCOLS = ['http:', 'https:', 'socks5:', 'socks:'];
