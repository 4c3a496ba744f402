// One chaos run: the built function in several processes between an SQS and a cluster that both misbehave by plan.
import { setTimeout as pause } from 'node:timers/promises';
import type { SQSEvent } from 'aws-lambda';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';
import type { StandInCluster } from '../../infra/local/stand-in/cluster.ts';
import type { StandInIssuer } from '../../infra/local/stand-in/issuer.ts';
import type { Send } from '../support/sqs-tap.ts';
import { type Accounts, BY_FAULTS, type End, type Letter, settleAccounts } from './accounting.ts';
import { startCluster } from './cluster.ts';
import { Conductor } from './conductor.ts';
import { Hands } from './hands.ts';
import { type Lane, type LaneWatcher, startLane } from './lane.ts';
import { Ledger } from './ledger.ts';
import { bring } from './mishaps.ts';
import { countMessages, receiveLetters, sendMessages } from './queues.ts';
import { type Climate, type Phase, planScenario, type Scenario } from './scenario.ts';
import type { SendPlay } from './weather.ts';

/** What to run. */
export interface RunOptions {
  readonly seed: number;
  readonly messages: number;
  /** Default: everything that is known to go wrong. */
  readonly weather?: RunWeather | undefined;
  /** The retry budget. */
  readonly retryForSeconds: number;
  /** Processes of the function. */
  readonly lanes: number;
  /** Default: what `npm run build` makes. */
  readonly artifact?: string | undefined;
  /** Ends the run early: it is torn down, and the promise rejects. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Another weather than all of it. */
export interface RunWeather extends Climate {
  /** What it can bring about besides what each fate allows; anything else is a finding. */
  readonly byFaults: readonly End[];
}

/** What a run has shown. */
export interface RunResult {
  readonly scenario: Scenario;
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  /** How often each fault was played. */
  readonly played: ReadonlyMap<string, number>;
  /** Newer assignees who lost a task since the storage did not show them yet. */
  readonly unseen: number;
  readonly kills: number;
  readonly overruns: number;
  readonly peakKiB: number;
  readonly wallMs: number;
}

const VISIBILITY_TIMEOUT_SECONDS = 2;
const CALL_TIMEOUT_SECONDS = 1;
const HOLD_SECONDS = 1;
const FUNCTION_TIMEOUT_SECONDS = 8;
const MAX_RECEIVE_COUNT = 5;
const QUEUE_MAX_RECEIVE_COUNT = 20;

/** Runs a scenario to its end and settles the accounts. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const endings: (() => Promise<void>)[] = [];
  try {
    const run = new Run(options);
    return await run.play((ending) => endings.push(ending));
  } finally {
    while (endings.length > 0) await endings.pop()?.();
  }
}

class Run implements LaneWatcher {
  readonly #options: RunOptions;
  readonly #scenario: Scenario;
  readonly #conductor: Conductor;
  readonly #hands: Hands;
  #cluster: StandInCluster | undefined;
  readonly #ledger = new Ledger(Date.now);
  readonly #startedAt = Date.now();
  #lanes: Lane[] = [];

  constructor(options: RunOptions) {
    this.#options = options;
    this.#scenario = planScenario(options.seed, options.messages, this.#startedAt, options.weather);
    this.#conductor = new Conductor(options.seed);
    this.#hands = new Hands(this.#scenario.messages, () => this.#standIn());
  }

  async play(onEnd: (ending: () => Promise<void>) => void): Promise<RunResult> {
    const sqs = await startEmbeddedSqs({
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      maxReceiveCount: QUEUE_MAX_RECEIVE_COUNT,
    });
    onEnd(() => sqs.close());
    const { cluster, issuer, env } = await startCluster(this.#scenario.messages, {
      nextCall: (mayBeCarriedOut) =>
        this.#conductor.nextCall(
          mayBeCarriedOut,
          this.#lanes.some(({ mortal }) => mortal),
        ),
      kill: () => this.#killOne(),
      hands: this.#hands,
    });
    this.#cluster = cluster;
    onEnd(() => cluster.close());
    onEnd(() => issuer.close());
    for (let index = 0; index < this.#options.lanes; index += 1) {
      const lane = await this.#startLane(sqs, env);
      this.#lanes.push(lane);
      onEnd(() => lane.stop());
    }
    const measuring = setInterval(() => this.#measure(), 250);
    onEnd(async () => clearInterval(measuring));
    const changing = setInterval(() => this.#hands.change(), 20);
    onEnd(async () => clearInterval(changing));
    for (const phase of this.#scenario.phases) await this.#playPhase(phase, sqs, cluster, issuer);
    this.#conductor.calmDown();
    await this.#drain(sqs);
    const letters = await receiveLetters(sqs, this.#options.signal);
    this.#measure();
    return this.#result(letters, cluster);
  }

  #standIn(): StandInCluster {
    if (this.#cluster === undefined) throw new Error('the cluster is not there yet');
    return this.#cluster;
  }

  #result(letters: readonly Letter[], cluster: StandInCluster): RunResult {
    const { messages } = this.#scenario;
    this.#ledger.addCalls(messages, cluster.calls);
    const total = (of: (lane: Lane) => number) => this.#lanes.reduce((sum, lane) => sum + of(lane), 0);
    return {
      scenario: this.#scenario,
      accounts: settleAccounts({
        messages,
        letters,
        historyOf: (body) => this.#ledger.historyOf(body),
        unassigned: (key) => cluster.tasks.get(key)?.unassigned ?? 0,
        complaintOf: (key) => this.#hands.complaintOf(key),
        lostAt: (key) => this.#hands.lostAt(key),
        strangers: this.#ledger.strangers,
        byFaults: this.#options.weather?.byFaults ?? BY_FAULTS,
        clusterWasDown: this.#conductor.played.has('cluster: restart'),
        retryForSeconds: this.#options.retryForSeconds,
        maxReceiveCount: MAX_RECEIVE_COUNT,
        queueMaxReceiveCount: QUEUE_MAX_RECEIVE_COUNT,
      }),
      ledger: this.#ledger,
      played: this.#conductor.played,
      unseen: this.#hands.unseen,
      kills: total(({ kills }) => kills),
      overruns: total(({ overruns }) => overruns),
      peakKiB: Math.max(...this.#lanes.map(({ peakKiB }) => peakKiB)),
      wallMs: Date.now() - this.#startedAt,
    };
  }

  invoked({ Records }: SQSEvent): void {
    for (const { body, messageId, attributes } of Records) {
      const receiveCount = Number(attributes.ApproximateReceiveCount);
      this.#ledger.note(body, { type: 'delivered', messageId, receiveCount });
    }
  }

  settled({ Records }: SQSEvent, failed: ReadonlySet<string>, failure: string | undefined): void {
    for (const { body, messageId } of Records) {
      const how = failure ?? (failed.has(messageId) ? 'reported' : 'acknowledged');
      this.#ledger.note(body, { type: 'settled', messageId, how });
    }
  }

  copied(
    { entries }: Send,
    toDeadLetterQueue: boolean,
    play: SendPlay | undefined,
    failedIds: readonly string[],
  ): void {
    const fault = play?.fault;
    const reached = fault === undefined || ('sent' in fault ? fault.sent : fault.kind === 'failed-entries');
    for (const { Id, MessageBody } of entries) {
      const sent = reached && !failedIds.includes(Id);
      this.#ledger.note(MessageBody, {
        type: 'copied',
        to: toDeadLetterQueue ? 'dead-letter queue' : 'queue',
        sent,
        doubtful: sent && fault !== undefined && fault.kind !== 'failed-entries',
        fault: play?.name,
      });
    }
  }

  abandoned({ entries }: Send): void {
    for (const { MessageBody } of entries) this.#ledger.note(MessageBody, { type: 'send-abandoned' });
  }

  logged(line: string): void {
    if (!line.includes('"message superseded"')) return;
    const { userTaskKey } = JSON.parse(line) as { readonly userTaskKey: string };
    this.#ledger.superseded(this.#scenario.messages, userTaskKey);
  }

  #startLane(sqs: EmbeddedSqs, env: Readonly<Record<string, string>>): Promise<Lane> {
    return startLane({
      sqs,
      env: {
        ...env,
        CAMUNDA_CALL_TIMEOUT_SECONDS: String(CALL_TIMEOUT_SECONDS),
        HOLD_SECONDS: String(HOLD_SECONDS),
        FUNCTION_TIMEOUT_SECONDS: String(FUNCTION_TIMEOUT_SECONDS),
        MAX_RECEIVE_COUNT: String(MAX_RECEIVE_COUNT),
        RETRY_FOR_SECONDS: String(this.#options.retryForSeconds),
      },
      artifact: this.#options.artifact,
      timeoutMs: FUNCTION_TIMEOUT_SECONDS * 1000,
      nextInvocation: () => this.#conductor.nextInvocation(),
      nextSend: (mayKill) => this.#conductor.nextSend(mayKill),
      watcher: this,
    });
  }

  async #playPhase(
    phase: Phase,
    sqs: EmbeddedSqs,
    cluster: StandInCluster,
    issuer: StandInIssuer,
  ): Promise<void> {
    const { cluster: weather, sends, leastMs, messages } = phase;
    this.#progress(`cluster: ${weather.name}; SQS: ${sends.name}; ${messages.length} more messages`);
    const leastUntil = Date.now() + leastMs;
    this.#conductor.begin(phase);
    this.#ledger.expect(messages);
    this.#hands.give(messages);
    await sendMessages(sqs, messages, (message, messageId) => this.#ledger.enqueued(message, messageId));
    for (const mishap of weather.mishaps ?? []) {
      this.#conductor.count('cluster', mishap);
      await bring(mishap, { cluster, issuer, kill: () => this.#killOne(), wait: (ms) => this.#wait(ms) });
    }
    while (!this.#conductor.done || Date.now() < leastUntil) await this.#wait(20);
  }

  /** One in the middle of a batch, if there is one. */
  #killOne(): void {
    const lane = this.#lanes.find(({ mortal }) => mortal) ?? this.#lanes[0];
    lane?.kill();
    // The next to be killed is another one.
    if (lane !== undefined) this.#lanes = [...this.#lanes.filter((other) => other !== lane), lane];
  }

  /** Until the queue is empty and no invocation could put anything back. */
  async #drain(sqs: EmbeddedSqs): Promise<void> {
    let quiet = 0;
    for (let waits = 0; quiet < 5; waits += 1) {
      const left = await countMessages(sqs, sqs.queueUrl);
      if (waits % 25 === 0) this.#progress(`draining: ${left} left`);
      quiet = left === 0 && !this.#lanes.some(({ busy }) => busy) ? quiet + 1 : 0;
      await this.#wait(200);
    }
  }

  async #wait(milliseconds: number): Promise<void> {
    await pause(milliseconds, undefined, { signal: this.#options.signal });
  }

  #measure(): void {
    for (const lane of this.#lanes) lane.measure().catch(() => {});
  }

  #progress(line: string): void {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(0).padStart(4);
    this.#options.onProgress(`${seconds} s  ${line}`);
  }
}
