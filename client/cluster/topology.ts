// What the cluster says of itself (GET /topology): how many partitions it has, for keys that are answered 503 again and
// again, and whether it is there at all, for answers that are not Camunda's.
import * as z from 'zod/mini';
import { oneLine } from '../contract/text.ts';
import { type Authorization, requestHeaders } from './authorization.ts';
import { hasPassed } from './clock.ts';
import type { Http, HttpExchange } from './exchange.ts';
import { parseJson } from './json.ts';
import { readBody } from './problem-detail.ts';

/**
 * Who answers when the cluster is asked for its topology: Camunda, or something in its place. `unknown`: it could not
 * be asked.
 */
export type Witness = 'camunda' | 'foreign' | 'unknown';

/** Shared by all messages of one environment, and asked at most once a second. Nothing here throws. */
export interface Topology {
  /**
   * The number of partitions that the cluster is configured with, or undefined where that is not known as of later
   * than `after`. Asks at most once a minute.
   *
   * @param after epoch milliseconds: what was answered before this time does not count
   * @param timeoutMs for all of it, at most 2 s
   */
  partitionsCount(after: number, timeoutMs: number): Promise<number | undefined>;
  /** The same as of now, or of a second ago. */
  partitionsCountNow(timeoutMs: number): Promise<number | undefined>;
  /**
   * Who answers, as of now, or of a second ago: whoever waited for a newer word would have to make all messages behind
   * it wait, a second for every batch (npm run simulate, "replaced bodies").
   *
   * @param timeoutMs for all of it, at most 2 s
   */
  witness(timeoutMs: number): Promise<Witness>;
  /** Resolves when the question that is under way has its answer; undefined where there is none. */
  pending(): Promise<unknown> | undefined;
}

/** What the topology needs from outside. */
export interface TopologyDependencies {
  readonly http: Http;
  readonly authorization: Authorization;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const TIMEOUT_MS = 2_000;
/** In less time nothing is asked, since the answer could hardly come. */
const LEAST_TIMEOUT_MS = 100;

/** How long an answer is good, and how long a number of partitions. */
export const FRESH_MS = 1_000;
const KEEP_MS = 60_000;

/** What an answer says of the cluster. */
interface Word {
  readonly witness: Witness;
  readonly partitionsCount: number | undefined;
}

/** A request and what came of it. */
interface Inquiry {
  readonly askedAt: number;
  readonly answer: Promise<Word>;
  isAnswered: boolean;
}

const UNKNOWN: Word = { witness: 'unknown', partitionsCount: undefined };
const NOT_ASKED = Promise.resolve(UNKNOWN);

/**
 * Of the answer to "Get cluster topology" (Camunda 8, Orchestration Cluster REST API) only this: the list of brokers
 * leaves partitions out while their brokers are down. A gateway that has seen no broker yet answers 0.
 */
const TopologyAnswer = z.object({ partitionsCount: z.int().check(z.gte(0)), gatewayVersion: z.string() });

/** @param basePath what stands before `/topology`, such as `/v2` */
export function createTopology(
  basePath: string,
  { http, authorization, now }: TopologyDependencies,
): Topology {
  let last: Inquiry | undefined;

  /** What was answered within that time, or is answered now. */
  function askedWithin(milliseconds: number, timeoutMs: number): Inquiry {
    if (last !== undefined && !hasPassed(milliseconds, last.askedAt, now())) return last;
    if (timeoutMs < LEAST_TIMEOUT_MS) return { askedAt: now(), answer: NOT_ASKED, isAnswered: true };
    last = ask(Math.min(TIMEOUT_MS, timeoutMs));
    return last;
  }

  function ask(timeoutMs: number): Inquiry {
    const inquiry: Inquiry = {
      askedAt: now(),
      answer: request(timeoutMs).catch(() => UNKNOWN),
      isAnswered: false,
    };
    inquiry.answer.then(() => {
      inquiry.isAnswered = true;
    });
    return inquiry;
  }

  async function request(timeoutMs: number): Promise<Word> {
    const startedAt = now();
    const access = await authorization.access(timeoutMs);
    if (access.type === 'no-access') return UNKNOWN;
    const exchange = await http.exchange(
      {
        method: 'GET',
        path: `${basePath}/topology`,
        headers: requestHeaders(access),
        timeoutMs: Math.max(1, timeoutMs - (now() - startedAt)),
      },
      access.tls,
    );
    return readAnswer(exchange);
  }

  return {
    async partitionsCount(after, timeoutMs) {
      const { askedAt, answer } = askedWithin(KEEP_MS, timeoutMs);
      return askedAt > after ? (await answer).partitionsCount : undefined;
    },
    partitionsCountNow: async (timeoutMs) => (await askedWithin(FRESH_MS, timeoutMs).answer).partitionsCount,
    witness: async (timeoutMs) => (await askedWithin(FRESH_MS, timeoutMs).answer).witness,
    pending: () => (last?.isAnswered === false ? last.answer : undefined),
  };
}

const FOREIGN: Word = { witness: 'foreign', partitionsCount: undefined };

/**
 * A topology, or a problem detail of Camunda's, is Camunda's word. A 404 is not, whoever says it: at that address there
 * is no cluster.
 */
function readAnswer(exchange: HttpExchange): Word {
  if (exchange.type !== 'response') return FOREIGN;
  const { status, body } = exchange;
  if (status === 200) {
    const topology = topologyIn(body);
    if (topology === undefined) return FOREIGN;
    const { partitionsCount } = topology;
    return { witness: 'camunda', partitionsCount: partitionsCount === 0 ? undefined : partitionsCount };
  }
  const { problem } = readBody(body, status, oneLine);
  return problem === 'camunda' && status !== 404 ? CAMUNDA : FOREIGN;
}

const CAMUNDA: Word = { witness: 'camunda', partitionsCount: undefined };

function topologyIn(body: string): z.infer<typeof TopologyAnswer> | undefined {
  return TopologyAnswer.safeParse(parseJson(body)).data;
}
