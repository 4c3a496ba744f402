// One log line and one set of metrics a batch, and one line for each message that was not acknowledged for good.
import type { Context } from 'aws-lambda';
import type { Result } from './batch.ts';
import { Logger, Metrics, MetricUnit } from './log.ts';

/** Where the function says what it did. */
export interface Telemetry {
  /** Ties what follows to an invocation. */
  begin(context: Context | undefined): void;
  /** Reports a batch. */
  report(results: readonly Result[], durationMs: number, now: number): void;
  /** The batch was reported as failed whole. */
  failed(error: unknown, records: number): void;
}

const SERVICE = 'camunda-unassign';

/** JSON lines, and metrics in CloudWatch's embedded metric format, both as Powertools for AWS Lambda has them. */
export function createTelemetry(): Telemetry {
  const logger = new Logger({ serviceName: SERVICE });
  const metrics = new Metrics({ namespace: 'CamundaUnassign', serviceName: SERVICE });

  function report(results: readonly Result[], durationMs: number, now: number): void {
    logResults(logger, results);
    const counts = countFates(results);
    logger.info('batch settled', { ...counts, durationMs: Math.round(durationMs) });
    recordMetrics(metrics, results, counts, now);
  }

  return {
    begin: (context) => {
      if (context !== undefined) logger.addContext(context);
    },
    report: (results, durationMs, now) => {
      try {
        report(results, durationMs, now);
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
    reason: outcome.type === 'redeliver' ? outcome.reason : journey.reason,
    attempts: journey.attempts,
    receiveCount: message.receiveCount,
    delaySeconds: outcome.type === 'requeue' ? outcome.delaySeconds : undefined,
    sendError,
    // With its stack, since it is ours to mend.
    error: attempt?.type === 'bug' ? attempt.error : undefined,
  };
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
  return { ...counts, credentialsRefused: results.filter(credentialsWereRefused).length };
}

/** A 401 that a fresh token did not mend, or a client that the token endpoint refuses: ours to mend. */
function credentialsWereRefused({ attempt }: Result): boolean {
  if (attempt?.type === 'response') return attempt.status === 401;
  return attempt?.type === 'no-credentials' && attempt.refused;
}

function recordMetrics(
  metrics: Metrics,
  results: readonly Result[],
  counts: ReturnType<typeof countFates>,
  now: number,
): void {
  metrics.addMetric('Acknowledged', MetricUnit.Count, counts.acknowledged);
  metrics.addMetric('Requeued', MetricUnit.Count, counts.requeued);
  metrics.addMetric('DeadLettered', MetricUnit.Count, counts.deadLettered);
  metrics.addMetric('Redelivered', MetricUnit.Count, counts.redelivered);
  metrics.addMetric('CredentialsRefused', MetricUnit.Count, counts.credentialsRefused);
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
