// A cluster to call, outside the function: connections, and who calls. Brings undici along, so that it is loaded by those
// alone who call a cluster.
import { setTimeout } from 'node:timers/promises';
import type { DispatcherFactory } from '../network/proxies.ts';
import { createAuthorization } from './authorization.ts';
import { NO_SECRET } from './credentials.ts';
import { createHttp } from './exchange.ts';
import { createTaskReader, type TaskReader } from './read-task.ts';
import { createTaskSearch, type TaskSearch } from './search.ts';
import type { ClusterSettings, CredentialSettings } from './settings.ts';

/** A cluster whose tasks can be searched and read. */
export interface ClusterConnection {
  readonly tasks: TaskSearch;
  readonly reader: TaskReader;
  /** Drops the connections. */
  close(): Promise<void>;
}

/** Opens nothing before the first call. */
export function connectCluster(
  { cluster, credentials }: { cluster: ClusterSettings; credentials: CredentialSettings },
  dispatchers?: DispatcherFactory,
): ClusterConnection {
  const now = Date.now;
  const http = createHttp(cluster.origin, cluster.connections, now, dispatchers);
  const authorization = createAuthorization(credentials, {
    secret: NO_SECRET,
    requestToken: async (request, timeoutMs) =>
      (await import('./oauth.ts')).requestToken(request, timeoutMs, now, dispatchers),
    readTlsIdentity: async (identity) => (await import('./tls-identity.ts')).readTlsIdentity(identity),
    now,
  });
  const pause = (milliseconds: number, signal: AbortSignal | undefined) =>
    setTimeout(milliseconds, undefined, { signal });
  return {
    tasks: createTaskSearch(cluster.basePath, { http, authorization, now, random: Math.random, pause }),
    reader: createTaskReader(cluster.basePath, { http, authorization, now }),
    close: () => http.destroy(),
  };
}
