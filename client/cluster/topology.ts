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
   * Who answers, as of now, or of a second ago: a word that may be that old does not have to be waited for.
   *
   * @param timeoutMs for all of it, at most 2 s
   */
  witness(timeoutMs: number): Promise<Witness>;
  /**
   * Who answers, as of later than now: waits for its turn to ask. Where something else than Camunda has answered within
   * the last second, at once.
   *
   * @param timeoutMs for all of it, at most 3 s
   */
  confirmation(timeoutMs: number): Promise<Witness>;
  /** Resolves when the question that is under way has its answer, if there is one. */
  pending(): Promise<void>;
}

/** What the topology needs from outside. */
export interface TopologyDependencies {
  readonly http: Http;
  readonly authorization: Authorization;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

const TIMEOUT_MS = 2_000;
/** In less time nothing is asked, since the answer could hardly come. */
const LEAST_TIMEOUT_MS = 100;

/** How long an answer is good, and how long a number of partitions. */
export const FRESH_MS = 1_000;
const KEEP_MS = 60_000;

/** The question under way, the turn, and the question itself. */
const LONGEST_CONFIRMATION_MS = TIMEOUT_MS + FRESH_MS;

/** A large cluster's has more than a hundred bytes for each replica of a partition. */
const MAX_BODY_BYTES = 1_048_576;

/** What an answer says of the cluster. */
interface Word {
  readonly witness: Witness;
  readonly partitionsCount: number | undefined;
}

/** A request and what came of it. */
interface Inquiry {
  readonly askedAt: number;
  readonly answer: Promise<Word>;
  /** Undefined as long as it is outstanding. */
  answeredAt: number | undefined;
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
  { http, authorization, now, pause }: TopologyDependencies,
): Topology {
  let last: Inquiry | undefined;
  let next: Promise<Word> | undefined;

  /** The last question, where its answer came within that time or is outstanding. */
  function lastWithin(milliseconds: number): Inquiry | undefined {
    return last !== undefined && !hasPassed(milliseconds, last.answeredAt ?? now(), now()) ? last : undefined;
  }

  /** What was answered within that time, or is answered now. */
  function askedWithin(milliseconds: number, timeoutMs: number): Inquiry {
    const recent = lastWithin(milliseconds);
    if (recent !== undefined) return recent;
    if (timeoutMs < LEAST_TIMEOUT_MS) return { askedAt: now(), answer: NOT_ASKED, answeredAt: now() };
    return ask(timeoutMs);
  }

  /** What is asked next, when it is its turn; whoever waits for it waits for the same one. */
  function askedNext(): Promise<Word> {
    next ??= waitForTurn().then(() => {
      next = undefined;
      return ask(TIMEOUT_MS).answer;
    });
    return next;
  }

  async function waitForTurn(): Promise<void> {
    await last?.answer;
    while (last !== undefined && !hasPassed(FRESH_MS, last.askedAt, now())) {
      await pause(last.askedAt + FRESH_MS - now());
    }
  }

  async function confirm(timeoutMs: number): Promise<Word> {
    const recent = lastWithin(FRESH_MS);
    if (recent !== undefined && (await recent.answer).witness === 'foreign') return FOREIGN;
    // With its turn, the question and its answer still to come.
    return timeoutMs < LONGEST_CONFIRMATION_MS ? UNKNOWN : askedNext();
  }

  function ask(timeoutMs: number): Inquiry {
    const inquiry: Inquiry = {
      askedAt: now(),
      answer: request(Math.min(TIMEOUT_MS, timeoutMs)).catch(() => UNKNOWN),
      answeredAt: undefined,
    };
    inquiry.answer.then(() => {
      inquiry.answeredAt = now();
    });
    last = inquiry;
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
        maxBodyBytes: MAX_BODY_BYTES,
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
    confirmation: async (timeoutMs) => (await confirm(timeoutMs)).witness,
    pending: async () => {
      await last?.answer;
    },
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
