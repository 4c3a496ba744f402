// How many partitions the cluster has, for keys that are answered 503 again and again. Optional: where it cannot be
// had, nothing changes.
import * as z from 'zod/mini';
import { type Authorization, requestHeaders } from './authorization.ts';
import type { Http } from './http.ts';

/** Shared by all messages of one environment. */
export interface Topology {
  /**
   * The number of partitions that the cluster is configured with, or undefined where that is not known as of later
   * than `after`. Asks at most once a minute. Never throws.
   *
   * @param after epoch milliseconds: what was answered before this time does not count
   * @param timeoutMs for all of it, at most 2 s
   */
  partitionsCount(after: number, timeoutMs: number): Promise<number | undefined>;
}

/** What the topology needs from outside. */
export interface TopologyDependencies {
  readonly http: Http;
  readonly authorization: Authorization;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const TIMEOUT_MS = 2_000;
const KEEP_MS = 60_000;

/**
 * Of the answer to "Get cluster topology" (Camunda 8, Orchestration Cluster REST API) only this: the list of brokers
 * leaves partitions out while their brokers are down. A gateway that has seen no broker yet answers 0.
 */
const TopologyAnswer = z.object({ partitionsCount: z.int().check(z.gte(1)) });

/** @param basePath what stands before `/topology`, such as `/v2` */
export function createTopology(
  basePath: string,
  { http, authorization, now }: TopologyDependencies,
): Topology {
  let asked: { readonly at: number; readonly count: Promise<number | undefined> } | undefined;

  async function ask(timeoutMs: number): Promise<number | undefined> {
    const startedAt = now();
    const access = await authorization.access(timeoutMs);
    if (access.type === 'no-access') return undefined;
    const headers = requestHeaders(access);
    const leftMs = Math.max(1, timeoutMs - (now() - startedAt));
    const exchange = await http.exchange(
      { method: 'GET', path: `${basePath}/topology`, headers, timeoutMs: leftMs },
      access.tls,
    );
    return exchange.type === 'response' && exchange.status === 200 ? countIn(exchange.body) : undefined;
  }

  return {
    async partitionsCount(after, timeoutMs) {
      if (asked === undefined || now() - asked.at >= KEEP_MS) {
        const count = ask(Math.min(TIMEOUT_MS, timeoutMs)).catch(() => undefined);
        asked = { at: now(), count };
      }
      const { at, count } = asked;
      return at > after ? count : undefined;
    },
  };
}

function countIn(body: string): number | undefined {
  try {
    return TopologyAnswer.safeParse(JSON.parse(body)).data?.partitionsCount;
  } catch {
    return undefined;
  }
}
