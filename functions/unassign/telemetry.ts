// One log line and one set of metrics a batch, and one line for each message that was not acknowledged for good.
import type { Context } from 'aws-lambda';
import type { Result } from './batch.ts';
import { Logger, Metrics, MetricUnit } from './log.ts';
import type { PaceState } from './pace.ts';

/** Where the function says what it did. */
export interface Telemetry {
  /** Ties what follows to an invocation. */
  begin(context: Context | undefined): void;
  /** Says that calls are paced from now on, or no longer, or that there are none but probes. */
  paceChanged(to: PaceState, from: PaceState): void;
  /** Reports a batch, and the pace at its end. */
  report(results: readonly Result[], pace: PaceState, durationMs: number, now: number): void;
  /** The batch was reported as failed whole. */
  failed(error: unknown, records: number): void;
}

/** Also the metrics' dimension: the deployment names its stage in it, as Powertools reads it elsewhere. */
const SERVICE = process.env['POWERTOOLS_SERVICE_NAME'] || 'camunda-unassign';

/** JSON lines, and metrics in CloudWatch's embedded metric format, both as Powertools for AWS Lambda has them. */
export function createTelemetry(): Telemetry {
  const logger = new Logger({ serviceName: SERVICE });
  const metrics = new Metrics({ namespace: 'CamundaUnassign', serviceName: SERVICE });

  function report(results: readonly Result[], pace: PaceState, durationMs: number, now: number): void {
    logResults(logger, results);
    const counts = countFates(results);
    logger.info('batch settled', { ...counts, durationMs: Math.round(durationMs), ...describePace(pace) });
    recordMetrics(metrics, results, counts, pace, now);
  }

  return {
    begin: (context) => {
      if (context !== undefined) logger.addContext(context);
    },
    paceChanged: (to, from) => {
      try {
        const line = from.type === 'open' ? BREAKER_CLOSED : PACE_LINES[to.type];
        logger[to.type === 'free' ? 'info' : 'warn'](line, describePace(to));
      } catch {
        // The call whose answer changed the pace must not be taken for one that failed.
      }
    },
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

const PACE_LINES: Record<PaceState['type'], string> = {
  free: 'calls are no longer paced: the cluster has kept up',
  paced: 'calls are paced: the cluster has too much to do',
  open: 'the breaker is open: the cluster serves nothing, so single probes go out instead of calls',
};

const BREAKER_CLOSED = 'the breaker is closed: the cluster serves again, and calls are paced';

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

function logResults(logger: Logger, results: readonly Result[]): void {
  const toTell = results.filter((result) => fateOf(result) !== 'acknowledge');
  for (const result of toTell.slice(0, MAX_MESSAGE_LINES)) logResult(logger, result);
  const untold = toTell.length - MAX_MESSAGE_LINES;
  if (untold > 0) logger.warn('more messages of this batch are not shown one by one', { untold });
}

function logResult(logger: Logger, result: Result): void {
  const fate = fateOf(result);
  const line = describe(result, fate);
  if (credentialsWereRefused(result)) logger.error('credentials refused', line);
  else if (result.attempt?.type === 'no-credentials') logger.error('credentials out of reach', line);
  else if (fate === 'redeliver') logger.error('message will be delivered again', line);
  else if (fate === 'dead-letter') logger.warn('message is a dead letter', line);
  else logger.info('message requeued', line);
}

/** The fields of a message's line; what is undefined does not show. */
function describe(result: Result, fate: Fate) {
  const { message, outcome, attempt, sendError } = result;
  const journey = outcome.type === 'acknowledge' ? message.journey : outcome.journey;
  const response = attempt?.type === 'response' ? attempt : undefined;
  return {
    messageId: message.messageId,
    firstMessageId: journey.firstMessageId,
    userTaskKey: message.request?.userTaskKey,
    outcome: fate,
    kind: outcome.type === 'dead-letter' ? outcome.journey.kind : undefined,
    status: response?.status,
    title: response?.title,
    detail: response?.detail,
    cause: attempt !== undefined && 'cause' in attempt ? attempt.cause : undefined,
    reason: reasonOf(result, journey.reason),
    attempts: journey.attempts,
    receiveCount: message.receiveCount,
    delaySeconds: outcome.type === 'requeue' ? outcome.delaySeconds : undefined,
    sendError,
    // With its stack, since it is ours to mend.
    error: attempt?.type === 'bug' ? attempt.error : undefined,
  };
}

function reasonOf({ outcome, attempt }: Result, ofJourney: string | undefined): string | undefined {
  if (outcome.type === 'redeliver') return outcome.reason;
  if (outcome.type !== 'requeue' || attempt?.type !== 'held') return ofJourney;
  return 'held back and not attempted: its turn to call the cluster did not come in time';
}

function countFates(results: readonly Result[]) {
  const counts = { records: results.length, acknowledged: 0, requeued: 0, deadLettered: 0, redelivered: 0 };
  const names = {
    acknowledge: 'acknowledged',
    requeue: 'requeued',
    'dead-letter': 'deadLettered',
    redeliver: 'redelivered',
  } as const;
  for (const result of results) counts[names[fateOf(result)]] += 1;
  return {
    ...counts,
    held: results.filter(({ attempt }) => attempt?.type === 'held').length,
    credentialsRefused: results.filter(credentialsWereRefused).length,
  };
}

/** A 401 that a fresh token did not mend, or a client that the token endpoint refuses: ours to mend. */
function credentialsWereRefused({ attempt }: Result): boolean {
  if (attempt?.type === 'response') return attempt.status === 401;
  return attempt?.type === 'no-credentials' && attempt.refused;
}

/** Backpressure, or a partition that cannot be reached: 503, and before Camunda 8.8 429. */
function clusterWasBusy({ attempt }: Result): boolean {
  return attempt?.type === 'response' && (attempt.status === 503 || attempt.status === 429);
}

function recordMetrics(
  metrics: Metrics,
  results: readonly Result[],
  counts: ReturnType<typeof countFates>,
  pace: PaceState,
  now: number,
): void {
  metrics.addMetric('Acknowledged', MetricUnit.Count, counts.acknowledged);
  metrics.addMetric('Requeued', MetricUnit.Count, counts.requeued);
  metrics.addMetric('DeadLettered', MetricUnit.Count, counts.deadLettered);
  metrics.addMetric('Redelivered', MetricUnit.Count, counts.redelivered);
  metrics.addMetric('Held', MetricUnit.Count, counts.held);
  metrics.addMetric('BreakerOpen', MetricUnit.Count, pace.type === 'open' ? 1 : 0);
  metrics.addMetric('CredentialsRefused', MetricUnit.Count, counts.credentialsRefused);
  metrics.addMetric('ClusterBusy', MetricUnit.Count, results.filter(clusterWasBusy).length);
  metrics.addMetric('OldestRequestAge', MetricUnit.Seconds, oldestAgeSeconds(results, now));
  for (const { callMs } of results) {
    if (callMs !== undefined) metrics.addMetric('ClusterLatency', MetricUnit.Milliseconds, callMs);
  }
  metrics.publishStoredMetrics();
  for (const [kind, count] of countDeadLettersByKind(results)) {
    const byKind = metrics.with({ kind });
    byKind.addMetric('DeadLettered', MetricUnit.Count, count);
    byKind.publishStoredMetrics();
  }
}

/** Since the first send of the request that has waited longest: the queue's own age starts again with each copy. */
function oldestAgeSeconds(results: readonly Result[], now: number): number {
  const ages = results.map(({ message }) => now - Date.parse(message.journey.firstSentAt));
  return Math.max(0, ...ages) / 1000;
}

function countDeadLettersByKind(results: readonly Result[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome, acknowledged } of results) {
    if (outcome.type !== 'dead-letter' || !acknowledged) continue;
    counts.set(outcome.journey.kind, (counts.get(outcome.journey.kind) ?? 0) + 1);
  }
  return counts;
}
