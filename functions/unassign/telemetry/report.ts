// One line a batch, its metrics included, and one for each message that was not acknowledged for good.
import type { Context } from 'aws-lambda';
import type { Result } from '../batch.ts';
import type { AnswerMetric } from '../decision/meaning.ts';
import type { PaceState } from '../pacing/pace.ts';
import { isValid, journeyOf, lastWantedAt } from '../request.ts';
import { Logger, MAX_VALUES, type Metric } from './log.ts';

/** Where the function says what it did. */
export interface Telemetry {
  /** Says what is hardly meant, at the start. */
  warn(warning: string): void;
  /** Ties what follows to an invocation. */
  begin(context: Context | undefined): void;
  /** Says that calls are paced from now on, or no longer, or that there are none but probes. */
  paceChanged(to: PaceState, from: PaceState): void;
  /** The same of the readings that go before a call. */
  readingPaceChanged(to: PaceState, from: PaceState): void;
  /** Reports a batch, and the pace at its end. */
  report(results: readonly Result[], pace: PaceState, durationMs: number, now: number): void;
  /** The batch was reported as failed whole. */
  failed(error: unknown, records: number): void;
}

/** Also the metrics' dimension: the deployment names its stage in it, as Powertools reads it elsewhere. */
const SERVICE = process.env['POWERTOOLS_SERVICE_NAME'] || 'camunda-unassign';

/** JSON lines, and metrics in CloudWatch's embedded metric format, both as Powertools for AWS Lambda has them. */
export function createTelemetry(): Telemetry {
  const logger = new Logger({ namespace: 'CamundaUnassign', serviceName: SERVICE });

  function paceChanged(lines: PaceLines, to: PaceState, from: PaceState): void {
    try {
      const line = from.type === 'open' ? lines.closed : lines[to.type];
      logger[to.type === 'free' ? 'info' : 'warn'](line, describePace(to));
    } catch {
      // The call whose answer changed the pace must not be taken for one that failed.
    }
  }

  function report(results: readonly Result[], pace: PaceState, durationMs: number, now: number): void {
    const tally = tallyOf(results);
    for (const result of tally.superseded) logger.always('message superseded', describeSuperseded(result));
    logToTell(logger, tally.toTell);
    const line = { records: results.length, durationMs: Math.round(durationMs), ...describePace(pace) };
    logger.info('batch settled', line, metricsOf(tally, pace, now));
    for (let told = MAX_VALUES; told < tally.callMs.length; told += MAX_VALUES) {
      logger.metrics([latency(tally.callMs.slice(told, told + MAX_VALUES))]);
    }
    for (const [kind, value] of tally.deadLettersByKind) {
      logger.metrics([{ name: 'DeadLettered', unit: 'Count', value }], { kind });
    }
  }

  return {
    warn: (warning) => logger.warn(warning),
    begin: (context) => {
      if (context !== undefined) logger.addContext(context);
    },
    paceChanged: (to, from) => paceChanged(CALL_LINES, to, from),
    readingPaceChanged: (to, from) => paceChanged(READING_LINES, to, from),
    report: (results, pace, durationMs, now) => {
      try {
        report(results, pace, durationMs, now);
      } catch (error) {
        // The messages are settled: what cannot be said of them must not have them delivered again.
        logger.error('the batch was settled but could not be reported', { error });
      }
    },
    failed: (error, records) => {
      logger.error('batch failed as a whole, all of its messages will be delivered again', {
        records,
        error,
      });
    },
  };
}

/** What is said of a pace that changed to this, or whose breaker has closed. */
type PaceLines = Record<PaceState['type'] | 'closed', string>;

const CALL_LINES: PaceLines = {
  free: 'calls are no longer paced: the cluster has kept up',
  paced: 'calls are paced: the cluster has too much to do',
  open: 'the breaker is open: the cluster serves nothing, so single probes go out instead of calls',
  closed: 'the breaker is closed: the cluster serves again, and calls are paced',
};

const READING_LINES: PaceLines = {
  free: 'readings are no longer paced: the storage has kept up',
  paced: 'readings are paced: the storage has too much to do',
  open: 'the breaker of readings is open: no task can be read, so single probes go out instead of readings',
  closed: 'the breaker of readings is closed: tasks can be read again, and readings are paced',
};

/** Nothing where nothing is held back. */
function describePace(pace: PaceState) {
  if (pace.type === 'free') return {};
  return pace.type === 'open'
    ? { breaker: 'open' }
    : { breaker: 'closed', callsPerSecond: Number(pace.rate.toPrecision(3)) };
}

/** What SQS will do with a message in the end. */
type Fate = 'acknowledge' | 'requeue' | 'dead-letter' | 'redeliver';

function fateOf({ outcome, acknowledged }: Result): Fate {
  return acknowledged ? outcome.type : 'redeliver';
}

/** Lines of single messages in one batch: a large one must not spend the end of its time on writing. */
const MAX_MESSAGE_LINES = 1_000;

function logToTell(logger: Logger, toTell: readonly Result[]): void {
  for (const result of toTell.slice(0, MAX_MESSAGE_LINES)) logResult(logger, result);
  const untold = toTell.length - MAX_MESSAGE_LINES;
  if (untold > 0) logger.warn('more messages of this batch are not shown one by one', { untold });
}

function logResult(logger: Logger, result: Result): void {
  const fate = fateOf(result);
  const line = describe(result, fate);
  if (result.meaning?.metric === 'CredentialsRefused') logger.error('credentials refused', line);
  else if (result.attempt?.type === 'no-credentials') logger.error('credentials out of reach', line);
  else if (fate === 'redeliver') logger.error('message will be delivered again', line);
  else if (fate === 'dead-letter') logger.warn('message is a dead letter', line);
  else if (result.meaning?.metric === 'ForeignAnswers') logger.warn('foreign answer', line);
  else logger.info('message requeued', line);
}

/** Without the name of whoever has the task. */
function describeSuperseded({ message, outcome }: Result) {
  return {
    messageId: message.messageId,
    firstMessageId: journeyOf(message).firstMessageId,
    userTaskKey: isValid(message) ? message.request.userTaskKey : undefined,
    outcome: 'acknowledge',
    assignee: outcome.type === 'acknowledge' ? outcome.superseded : undefined,
  };
}

/** The fields of a message's line; what is undefined does not show. */
function describe(result: Result, fate: Fate) {
  const { message, outcome, attempt, sendError } = result;
  const journey = outcome.type === 'acknowledge' ? journeyOf(message) : outcome.journey;
  const response = attempt?.type === 'response' ? attempt : undefined;
  return {
    messageId: message.messageId,
    firstMessageId: journey.firstMessageId,
    userTaskKey: isValid(message) ? message.request.userTaskKey : undefined,
    outcome: fate,
    kind: outcome.type === 'dead-letter' ? outcome.journey.kind : undefined,
    status: response?.status,
    title: response?.title,
    detail: response?.detail,
    contentType: response?.problem === 'camunda' ? undefined : response?.contentType,
    body: response?.excerpt,
    cause: attempt !== undefined && 'cause' in attempt ? attempt.cause : undefined,
    reason: reasonOf(result, journey.reason),
    attempts: journey.attempts,
    receiveCount: message.receiveCount,
    delaySeconds: outcome.type === 'requeue' ? outcome.delaySeconds : undefined,
    sendError,
    // With its stack, since it is ours to fix.
    error: attempt?.type === 'bug' ? attempt.error : undefined,
  };
}

function reasonOf({ outcome, attempt, meaning }: Result, ofJourney: string | undefined): string | undefined {
  if (outcome.type === 'redeliver') return outcome.reason;
  if (outcome.type !== 'requeue') return ofJourney;
  if (attempt?.type === 'held') {
    return 'held back and not attempted: its turn to call the cluster did not come in time';
  }
  const wasYoung = meaning?.isReading === true && meaning.signal === 'served';
  return wasYoung ? 'the task is read again later: the reading may be older than the request' : ofJourney;
}

/** What became of a batch, in sums. */
interface Tally {
  readonly fates: Record<Fate, number>;
  /** Answers of each kind. */
  readonly answers: Record<AnswerMetric, number>;
  /** Answers by which Camunda has served a call. */
  served: number;
  held: number;
  /** Of the request that has waited longest; epoch milliseconds. */
  oldestSentAt: number;
  /** Of each call, in milliseconds. */
  readonly callMs: number[];
  readonly deadLettersByKind: Map<string, number>;
  /** Those whose task has another assignee than they expect. */
  readonly superseded: Result[];
  /** All but those that were simply acknowledged. */
  readonly toTell: Result[];
}

function tallyOf(results: readonly Result[]): Tally {
  const tally: Tally = {
    fates: { acknowledge: 0, requeue: 0, 'dead-letter': 0, redeliver: 0 },
    answers: { CredentialsRefused: 0, ClusterBusy: 0, ForeignAnswers: 0 },
    served: 0,
    held: 0,
    oldestSentAt: Number.POSITIVE_INFINITY,
    callMs: [],
    deadLettersByKind: new Map(),
    superseded: [],
    toTell: [],
  };
  for (const result of results) add(result, tally);
  return tally;
}

function add(result: Result, tally: Tally): void {
  const { message, attempt, meaning, outcome, callMs } = result;
  const fate = fateOf(result);
  tally.fates[fate] += 1;
  // Since the first send: the queue's own age starts again with each copy.
  tally.oldestSentAt = Math.min(tally.oldestSentAt, lastWantedAt(message));
  if (callMs !== undefined) tally.callMs.push(callMs);
  if (meaning?.signal === 'served') tally.served += 1;
  if (meaning?.metric !== undefined) tally.answers[meaning.metric] += 1;
  if (outcome.type === 'acknowledge' && outcome.superseded !== undefined) tally.superseded.push(result);
  if (fate === 'acknowledge') return;
  tally.toTell.push(result);
  if (attempt?.type === 'held') tally.held += 1;
  if (fate === 'dead-letter' && outcome.type === 'dead-letter') {
    const { kind } = outcome.journey;
    tally.deadLettersByKind.set(kind, (tally.deadLettersByKind.get(kind) ?? 0) + 1);
  }
}

function metricsOf(tally: Tally, pace: PaceState, now: number): Metric[] {
  const count = (name: string, value: number): Metric => ({ name, unit: 'Count', value });
  const oldestAgeSeconds = Math.max(0, now - tally.oldestSentAt) / 1000;
  const metrics = [
    count('Acknowledged', tally.fates.acknowledge),
    count('Requeued', tally.fates.requeue),
    count('DeadLettered', tally.fates['dead-letter']),
    count('Redelivered', tally.fates.redeliver),
    count('Superseded', tally.superseded.length),
    count('Held', tally.held),
    count('BreakerOpen', pace.type === 'open' ? 1 : 0),
    ...Object.entries(tally.answers).map(([name, value]) => count(name, value)),
    count('ServedAnswers', tally.served),
    { name: 'OldestRequestAge', unit: 'Seconds', value: oldestAgeSeconds } as const,
  ];
  return tally.callMs.length === 0 ? metrics : [...metrics, latency(tally.callMs.slice(0, MAX_VALUES))];
}

function latency(callMs: readonly number[]): Metric {
  return { name: 'ClusterLatency', unit: 'Milliseconds', value: callMs };
}
