// The cluster that a person brings, asked directly: for what the function does not ask, and for what it will not ask.
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { createAuthorization, requestHeaders } from '../../client/cluster/authorization.ts';
import type { Answer } from '../../client/cluster/authorized-call.ts';
import { NO_SECRET } from '../../client/cluster/credentials.ts';
import { createHttp, type HttpExchange } from '../../client/cluster/exchange.ts';
import { requestToken } from '../../client/cluster/oauth.ts';
import { createTaskSearch } from '../../client/cluster/search.ts';
import { TaskSearchError } from '../../client/cluster/search-error.ts';
import { readTlsIdentity } from '../../client/cluster/tls-identity.ts';
import { createCluster } from '../../client/cluster/unassign.ts';
import { oneLine } from '../../client/contract/text.ts';
import { type Config, readConfig } from '../../functions/unassign/config.ts';

/** The settings that reach the function: its own of the cluster, and whom TLS trusts. */
export type ClusterSettings = Readonly<Record<string, string>>;

/** What a search found. */
export type FoundTasks =
  | { readonly type: 'found'; readonly keys: readonly string[] }
  /** The cluster does not offer it. */
  | { readonly type: 'no-search'; readonly why: string };

/** The cluster, apart from the function. */
export interface GivenCluster {
  readonly strategy: Config['credentials']['strategy'];
  /** Unassigns as the function does, whatever the key: the function itself refuses some before any call. */
  unassign(userTaskKey: string): Promise<Answer>;
  /** Whether an unassign call without credentials is answered with 401. */
  wantsCredentials(): Promise<boolean>;
  /** Its version, where it can be had. @throws Error where no Camunda answers, or refuses the credentials */
  version(): Promise<string>;
  /** The keys of open tasks that this person has, at most ten. Reading lags behind. */
  openTasksOf(assignee: string): Promise<FoundTasks>;
  /** Who has an open task, `null` for nobody; undefined where it is not open, or cannot be read. Reading lags behind. */
  assigneeOf(userTaskKey: string): Promise<string | null | undefined>;
  /** The status that reading a task is answered with. @throws Error where no answer came */
  readingStatus(userTaskKey: string): Promise<number>;
}

const TIMEOUT_MS = 30_000;

/** A key that no task has: of the first partition, which every cluster has, and far beyond those given out so far. */
export const UNKNOWN_KEY = String(2n ** 51n + 2n ** 50n);

const UserTask = z.object({
  userTaskKey: z.string(),
  state: z.string(),
  assignee: z.nullish(z.string()),
});
const Topology = z.object({ gatewayVersion: z.string(), partitionsCount: z.int().min(1) });

/** The settings of the cluster in an environment such as `process.env`. */
export function clusterSettings(environment: Readonly<Record<string, string | undefined>>): ClusterSettings {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value && /^(CAMUNDA_|NODE_EXTRA_CA_CERTS$)/.test(name)) settings[name] = value;
  }
  return settings;
}

/** @throws ConfigurationError as the function does with these settings */
export function givenCluster(settings: ClusterSettings): GivenCluster {
  const { cluster, credentials } = readConfig({
    ...settings,
    // No message is sent here.
    QUEUE_URL: 'http://queue.invalid/queue',
    DEAD_LETTER_QUEUE_URL: 'http://queue.invalid/dead-letters',
  });
  const now = Date.now;
  const http = createHttp(cluster.origin, cluster.connections, now);
  const authorization = createAuthorization(credentials, {
    secret: NO_SECRET,
    requestToken: (request, timeoutMs) => requestToken(request, timeoutMs, now),
    readTlsIdentity,
    now,
  });

  async function ask(path: string): Promise<HttpExchange> {
    const access = await authorization.access(TIMEOUT_MS);
    if (access.type === 'no-access') throw new Error(`no credentials: ${access.cause}`);
    const headers = requestHeaders(access);
    const request = {
      method: 'GET',
      path: `${cluster.basePath}${path}`,
      headers,
      timeoutMs: TIMEOUT_MS,
    } as const;
    return http.exchange(request, access.tls);
  }

  return {
    strategy: credentials.strategy,
    unassign: (userTaskKey) =>
      createCluster(cluster.basePath, { http, authorization, now }).unassign(userTaskKey, TIMEOUT_MS),
    async wantsCredentials() {
      const access = await authorization.access(TIMEOUT_MS);
      const exchange = await http.exchange(
        {
          method: 'DELETE',
          path: `${cluster.basePath}/user-tasks/${UNKNOWN_KEY}/assignee`,
          headers: { accept: 'application/json' },
          timeoutMs: TIMEOUT_MS,
        },
        access.type === 'access' ? access.tls : {},
      );
      return exchange.type === 'response' && exchange.status === 401;
    },
    async version() {
      const exchange = await ask('/topology');
      const topology = exchange.type === 'response' ? Topology.safeParse(jsonOf(exchange.body)) : undefined;
      if (topology?.success) return topology.data.gatewayVersion;
      throw new Error(`GET ${cluster.basePath}/topology: ${whatCame(exchange)}`);
    },
    async openTasksOf(assignee) {
      const dependencies = { http, authorization, now, random: Math.random, pause: setTimeout };
      const search = createTaskSearch(cluster.basePath, dependencies);
      try {
        const { value: tasks } = await search
          .pages({ assignee, state: 'CREATED' }, { timeoutMs: TIMEOUT_MS })
          .next();
        const theirs = (tasks ?? []).filter((task) => isOpen(task) && task.assignee === assignee);
        return { type: 'found', keys: theirs.slice(0, 10).map(({ userTaskKey }) => userTaskKey) };
      } catch (error) {
        // No such path before 8.8, and no secondary storage to search in.
        const isMissing =
          error instanceof TaskSearchError &&
          ['NoTaskSearch', 'NoSecondaryStorage', 'Forbidden'].includes(error.code);
        if (isMissing) return { type: 'no-search', why: error.message };
        throw error;
      }
    },
    async readingStatus(userTaskKey) {
      const exchange = await ask(`/user-tasks/${userTaskKey}`);
      if (exchange.type === 'response') return exchange.status;
      throw new Error(`GET ${cluster.basePath}/user-tasks/${userTaskKey}: ${whatCame(exchange)}`);
    },
    async assigneeOf(userTaskKey) {
      const exchange = await ask(`/user-tasks/${userTaskKey}`);
      const task = statusOf(exchange) === 200 ? UserTask.safeParse(jsonOf(bodyOf(exchange))) : undefined;
      if (!task?.success || task.data.userTaskKey !== userTaskKey || !isOpen(task.data)) return undefined;
      return task.data.assignee ?? null;
    },
  };
}

const isOpen = ({ state }: z.infer<typeof UserTask>) => state === 'CREATED';

const statusOf = (exchange: HttpExchange) => (exchange.type === 'response' ? exchange.status : 0);
const bodyOf = (exchange: HttpExchange) => (exchange.type === 'response' ? exchange.body : '');

/** In a line for people. The title and the detail are all that is repeated of an answer. */
function whatCame(exchange: HttpExchange): string {
  if (exchange.type !== 'response') return exchange.cause;
  const { title, detail } = Problem.safeParse(jsonOf(exchange.body)).data ?? {};
  const said = [title, detail].filter((text) => text !== undefined).join(', ');
  return oneLine(`answered with ${exchange.status}${said === '' ? '' : `: ${said}`}`, 300);
}

const Problem = z.object({ title: z.optional(z.string()), detail: z.optional(z.string()) });

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
