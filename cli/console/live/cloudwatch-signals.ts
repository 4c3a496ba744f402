// The signals of a stage's function, from the metrics that it writes.
import type { CloudWatchClient, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { errorText } from '../../../client/contract/text.ts';
import type { Signal } from '../api.ts';
import { noSignals, type ReadSignals, UNITS } from './signals.ts';

/** How far back; milliseconds. */
const SPAN_MS = 3 * 3_600_000;

const PERIOD_SECONDS = 60;

/** The managed policy that allows it. */
const POLICY = 'DeadLetterOperatorPolicy';

/**
 * Reads them of a stage.
 *
 * @param connect a client; loaded only here, since nothing else asks CloudWatch
 */
export function cloudWatchSignals(stage: string, connect: () => Promise<CloudWatchClient>): ReadSignals {
  let client: Promise<CloudWatchClient> | undefined;
  return async (now) => {
    try {
      client ??= connect();
      const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
      const { MetricDataResults = [] } = await (await client).send(
        new GetMetricDataCommand({
          StartTime: new Date(now - SPAN_MS),
          EndTime: new Date(now),
          ScanBy: 'TimestampAscending',
          MetricDataQueries: [
            query('breaker', 'BreakerOpen', 'Maximum', stage),
            query('requeued', 'Requeued', 'Sum', stage),
          ],
        }),
      );
      const found = (id: string) => MetricDataResults.find(({ Id }) => Id === id);
      return {
        pace: { noData: NO_METRIC },
        breaker: signalOf(found('breaker'), UNITS.breaker),
        requeueRate: signalOf(found('requeued'), UNITS.requeueRate),
      };
    } catch (error) {
      return noSignals(reasonFor(error));
    }
  };
}

const NO_METRIC =
  'The function writes its pace to its log alone: callsPerSecond of the lines "batch settled", while calls are paced.';

function query(Id: string, MetricName: string, Stat: string, stage: string) {
  const Dimensions = [{ Name: 'service', Value: `camunda-unassign-${stage}` }];
  const Metric = { Namespace: 'CamundaUnassign', MetricName, Dimensions };
  return { Id, MetricStat: { Metric, Period: PERIOD_SECONDS, Stat } };
}

function signalOf({ Timestamps = [], Values = [] }: MetricDataResult = {}, unit: string): Signal {
  if (Timestamps.length === 0) return { noData: 'CloudWatch has none of the last three hours.' };
  const points = Timestamps.map((time, index) => ({ at: time.toISOString(), value: Values[index] ?? 0 }));
  return { unit, points, note: 'CloudWatch is some minutes behind.' };
}

function reasonFor(error: unknown): string {
  const isDenied = error instanceof Error && /AccessDenied|NotAuthorized|Unauthorized/.test(error.name);
  if (!isDenied) return `CloudWatch does not answer: ${errorText(error)}`;
  return `These credentials may not read metrics: the stack's ${POLICY} grants cloudwatch:GetMetricData since it was deployed with this version.`;
}
