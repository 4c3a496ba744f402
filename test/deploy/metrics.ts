// The metrics that alarms and dashboards look at, and those that the function writes, as comparable text.
import type { Metric, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';

/** What an alarm looks at. */
export function metricsOfAlarm({ Namespace, MetricName, Dimensions, Metrics = [] }: MetricAlarm): string[] {
  if (MetricName !== undefined) return [metricText({ Namespace, MetricName, Dimensions })];
  return Metrics.flatMap(({ MetricStat }) => (MetricStat?.Metric ? [metricText(MetricStat.Metric)] : []));
}

const Dashboard = z.object({
  widgets: z.array(
    z.object({ properties: z.looseObject({ metrics: z.array(z.array(z.unknown())).default([]) }) }),
  ),
});

/**
 * What a dashboard's widgets look at.
 *
 * @param body its JSON (CloudWatch API reference, "Dashboard body structure and syntax"): in a widget's list of
 *   metrics `.` stands for what is there in the metric before, `...` for all of it up to what follows
 */
export function metricsOfDashboard(body: string): string[] {
  return Dashboard.parse(JSON.parse(body)).widgets.flatMap(({ properties }) => {
    const metrics: string[][] = [];
    for (const row of properties.metrics) {
      const words = row.filter((word) => typeof word === 'string');
      if (words.length > 0) metrics.push(spelledOut(words, metrics.at(-1) ?? []));
    }
    return metrics.map(([Namespace, MetricName, ...dimensions]) =>
      metricText({
        Namespace,
        MetricName,
        Dimensions: dimensions.flatMap((Name, i) =>
          i % 2 === 0 ? [{ Name, Value: dimensions[i + 1] }] : [],
        ),
      }),
    );
  });
}

function spelledOut([first, ...rest]: readonly string[], before: readonly string[]): string[] {
  if (first === '...') return [...before.slice(0, before.length - rest.length), ...rest];
  return [first ?? '', ...rest].map((word, i) => (word === '.' ? (before[i] ?? '') : word));
}

const Written = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

/** What a line of the function's log is to CloudWatch: metrics in the embedded metric format, or none. */
export function metricsOfLine(line: string): string[] {
  const written = /^\{.*"_aws":/.test(line) ? Written.parse(JSON.parse(line)) : undefined;
  return (written?._aws.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) =>
        metricText({
          Namespace,
          MetricName: Name,
          Dimensions: names.map((name) => ({ Name: name, Value: String(written?.[name]) })),
        }),
      ),
    ),
  );
}

function metricText({ Namespace, MetricName, Dimensions = [] }: Metric): string {
  const dimensions = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort();
  return [Namespace, MetricName, ...dimensions].join(' ');
}
