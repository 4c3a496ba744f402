// The metrics that the built function really writes, under the name that the deployment gives it.
import { record, requestFor, type Stage, setStage } from '../support/stage.ts';

/** A metric as CloudWatch takes it out of the log. */
export interface EmittedMetric {
  readonly namespace: string;
  readonly name: string;
  /** By name; the value of `kind` differs from line to line. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What the function writes for a batch in which something of everything happens. */
export async function emittedMetrics(serviceName: string): Promise<EmittedMetric[]> {
  const stage = await setStage({ env: { POWERTOOLS_SERVICE_NAME: serviceName } });
  await stage.invoke([requestFor(stage.cluster.tasks.create().key), record('nonsense')]);
  return metricsIn(stage);
}

/** CloudWatch user guide, "Specification: Embedded metric format". */
interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

function metricsIn(stage: Stage): EmittedMetric[] {
  const lines = stage.logLines().filter((line) => '_aws' in line);
  return lines.flatMap((line) =>
    (line as unknown as EmbeddedMetrics)._aws.CloudWatchMetrics.flatMap(
      ({ Namespace, Dimensions, Metrics }) =>
        Dimensions.flatMap((names) =>
          Metrics.map(({ Name }) => ({
            namespace: Namespace,
            name: Name,
            dimensions: Object.fromEntries(names.map((name) => [name, String(line[name])])),
          })),
        ),
    ),
  );
}
