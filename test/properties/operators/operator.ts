// One person at the command line, in a process of its own: looks, thinks, and acts on what was seen, over a real client of the SDK.
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  type ActionPlan,
  type ActionResult,
  type ActionSummary,
  type ActOptions,
  type Coverage,
  type DeadLetter,
  discard,
  type HandOver,
  look,
  lookAndHold,
  matches,
  type Onlooker,
  planDiscard,
  planRedrive,
  type QueueAccess,
  redrive,
} from '../../../client/dead-letters/index.ts';
import type { Process } from './virtual-processes.ts';
import { DEAD_LETTER_QUEUE_URL, QUEUE_URL } from './virtual-sqs.ts';
import type { Sender, Wire } from './wire.ts';

/** What to do, and how. */
export interface Order {
  readonly verb: 'look' | 'redrive' | 'discard';
  /** Between the plan and the yes to it. */
  readonly thinkMs: number;
  /** Whether it holds what it plans from the look on. */
  readonly holds: boolean;
  /** How long it takes to show one dead letter. */
  readonly showMs: number;
  readonly perSecond: number | undefined;
  readonly holdAtMost: number | undefined;
  /** Of the client that sends: how often the SDK itself tries. */
  readonly sdkAttempts: number;
}

/** An operator, and what is known of what it did. */
export class Operator implements Sender {
  readonly name: string;
  readonly process: Process;
  readonly order: Order;
  readonly copied = new Map<string, string>();
  readonly deleted = new Set<string>();
  /** Ids that were handed over before their deletion. */
  readonly kept = new Set<string>();
  readonly results: ActionResult[] = [];
  /** What it may act on; undefined where it goes on with what else there is. */
  planned: ReadonlySet<string> | undefined;
  /** How often each was shown. */
  readonly shown = new Map<string, number>();
  hasEnded = false;
  summary: ActionSummary | undefined;
  error: unknown;
  readonly #interruption = new AbortController();
  readonly #wire: Wire;

  constructor(name: string, process: Process, order: Order, wire: Wire) {
    this.name = `${name}, who does ${order.verb},`;
    this.process = process;
    this.order = order;
    this.#wire = wire;
  }

  get mayAct(): boolean {
    return this.order.verb !== 'look';
  }

  /** Whether anything of it can still happen. */
  get isAtWork(): boolean {
    return !this.hasEnded && !this.process.isKilled;
  }

  begin(): void {
    this.process.enter(() => {
      this.#operate()
        .catch((error) => {
          this.error = error;
        })
        .finally(() => {
          this.hasEnded = true;
        });
    });
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.process.enter(() => this.#interruption.abort());
  }

  async #operate(): Promise<void> {
    const { verb, showMs, holds, holdAtMost } = this.order;
    const { now, monotonicNow } = this.process;
    const deadLetterQueue = { sqs: this.#client(3), queueUrl: DEAD_LETTER_QUEUE_URL };
    const startedAt = now();
    const options = { now, monotonicNow, signal: this.#interruption.signal, holdAtMost };
    const planner = verb === 'discard' ? planDiscard(startedAt) : planRedrive({}, startedAt);
    const onlooker: Onlooker = async (letter) => {
      this.shown.set(letter.messageId, (this.shown.get(letter.messageId) ?? 0) + 1);
      planner.add(letter);
      await waitFor(showMs);
      return undefined;
    };
    const follow = ({ ended }: Coverage, handOver?: HandOver) =>
      this.#act(deadLetterQueue, planner.plan(), ended, startedAt, { ...options, handOver });
    if (holds) {
      const isMeant = ({ messageId }: DeadLetter) => planner.has(messageId);
      await lookAndHold(deadLetterQueue, onlooker, { ...options, isMeant }, (handOver) =>
        follow(handOver.coverage, handOver),
      );
    } else await follow(await look(deadLetterQueue, onlooker, options));
  }

  async #act(
    deadLetterQueue: QueueAccess,
    { messageIds }: ActionPlan,
    ended: Coverage['ended'],
    startedAt: number,
    options: ActOptions,
  ): Promise<void> {
    const { verb, thinkMs, perSecond, sdkAttempts } = this.order;
    if (verb === 'look' || ended === 'aborted') return;
    await waitFor(thinkMs);
    if (ended !== 'hold-limit') this.planned = messageIds;
    const acting: ActOptions = {
      ...options,
      onResult: (result) => void this.results.push(result),
      goOnWith:
        ended === 'hold-limit'
          ? () => (letter) => matches(letter, { until: startedAt }) && letter.request.ok
          : undefined,
    };
    const queue = { sqs: this.#client(sdkAttempts), queueUrl: QUEUE_URL };
    this.summary =
      verb === 'redrive'
        ? await redrive(deadLetterQueue, queue, messageIds, { ...acting, perSecond })
        : await discard(deadLetterQueue, messageIds, {
            ...acting,
            beforeDeletion: async (letters) => {
              for (const { messageId } of letters) this.kept.add(messageId);
            },
          });
  }

  #client(maxAttempts: number): SQSClient {
    return new SQSClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts,
      requestHandler: this.#wire.handlerFor(this),
    });
  }
}

function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
