// JSON lines and metrics as Powertools for AWS Lambda writes them, so that its queries and dashboards fit. Not through
// it: for a batch of ten that took as long as all the rest of this function's own work, and a tenth of what a cold
// start reads (npm run bench).
import type { Context } from 'aws-lambda';
import { errorText } from '../../client/text.ts';

/** What a line says besides its message; what is undefined does not show, and `error` is spelled out. */
export type Fields = Readonly<Record<string, unknown>>;

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'] as const;
type Level = (typeof LEVELS)[number];

// A log that nobody takes any more must not end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Writes lines of at least the level that Lambda's own `AWS_LAMBDA_LOG_LEVEL` or else `POWERTOOLS_LOG_LEVEL` names. */
export class Logger {
  readonly #serviceName: string;
  readonly #least = LEVELS.indexOf(levelIn(process.env));
  #context: Fields = {};
  /** Lambda developer guide, "Defined runtime environment variables": not where somebody had it started before. */
  #coldStart = process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'on-demand';

  constructor({ serviceName }: { readonly serviceName: string }) {
    this.#serviceName = serviceName;
  }

  /** Ties the lines that follow to an invocation. */
  addContext(context: Context): void {
    this.#context = {
      cold_start: this.#coldStart,
      function_arn: context.invokedFunctionArn,
      function_memory_size: context.memoryLimitInMB,
      function_name: context.functionName,
      function_request_id: context.awsRequestId,
      xray_trace_id: traceId(process.env['_X_AMZN_TRACE_ID']),
    };
    this.#coldStart = false;
  }

  info(message: string, fields?: Fields): void {
    this.#write('INFO', message, fields);
  }

  warn(message: string, fields?: Fields): void {
    this.#write('WARN', message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.#write('ERROR', message, fields);
  }

  #write(level: Level, message: string, fields: Fields = {}): void {
    if (LEVELS.indexOf(level) < this.#least) return;
    const line = {
      level,
      message,
      timestamp: new Date().toISOString(),
      service: this.#serviceName,
      ...this.#context,
      ...fields,
      error: spelledOut(fields['error']),
    };
    const stream = level === 'INFO' ? process.stdout : process.stderr;
    stream.write(`${JSON.stringify(line)}\n`);
  }
}

/** Units of CloudWatch (CloudWatch API reference, MetricDatum). */
export const MetricUnit = { Count: 'Count', Seconds: 'Seconds', Milliseconds: 'Milliseconds' } as const;

interface Metric {
  readonly unit: (typeof MetricUnit)[keyof typeof MetricUnit];
  readonly values: number[];
}

/** CloudWatch User Guide, "Specification: Embedded metric format": values of one metric in one line. */
const MAX_VALUES = 100;

/** Collects metrics and writes them as one line in CloudWatch's embedded metric format. */
export class Metrics {
  readonly #namespace: string;
  readonly #serviceName: string;
  readonly #dimensions: Readonly<Record<string, string>>;
  readonly #disabled = /^(1|y|yes|t|true|on)$/i.test(process.env['POWERTOOLS_METRICS_DISABLED'] ?? '');
  #metrics = new Map<string, Metric>();

  /** @param dimensions besides the service */
  constructor(
    { namespace, serviceName }: { readonly namespace: string; readonly serviceName: string },
    dimensions: Readonly<Record<string, string>> = {},
  ) {
    this.#namespace = namespace;
    this.#serviceName = serviceName;
    this.#dimensions = dimensions;
  }

  /** Adds a value. The hundredth of one metric publishes all that stand beside it. */
  addMetric(name: string, unit: Metric['unit'], value: number): void {
    const metric = this.#metrics.get(name) ?? { unit, values: [] };
    this.#metrics.set(name, metric);
    metric.values.push(value);
    if (metric.values.length === MAX_VALUES) this.publishStoredMetrics();
  }

  /** Writes the line, unless there is nothing to say. */
  publishStoredMetrics(): void {
    const metrics = [...this.#metrics];
    this.#metrics = new Map();
    if (metrics.length === 0 || this.#disabled) return;
    const dimensions = { service: this.#serviceName, ...this.#dimensions };
    const line = {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: this.#namespace,
            Dimensions: [Object.keys(dimensions)],
            Metrics: metrics.map(([name, { unit }]) => ({ Name: name, Unit: unit })),
          },
        ],
      },
      ...dimensions,
      ...Object.fromEntries(
        metrics.map(([name, { values }]) => [name, values.length === 1 ? values[0] : values]),
      ),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }

  /** Metrics with one more dimension, apart from these. */
  with(dimensions: Readonly<Record<string, string>>): Metrics {
    return new Metrics(
      { namespace: this.#namespace, serviceName: this.#serviceName },
      { ...this.#dimensions, ...dimensions },
    );
  }
}

/** The first that is one. Lambda's own comes first, since what is below it Lambda may drop. */
function levelIn(environment: NodeJS.ProcessEnv): Level {
  for (const name of ['AWS_LAMBDA_LOG_LEVEL', 'POWERTOOLS_LOG_LEVEL', 'LOG_LEVEL']) {
    const named = environment[name]?.toUpperCase().replace('FATAL', 'CRITICAL');
    const level = LEVELS.find((known) => known === named);
    if (level !== undefined) return level;
  }
  return 'INFO';
}

/** The root of X-Ray's header (X-Ray Developer Guide, "Tracing header"). */
function traceId(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /Root=([^;]+)/.exec(header)?.[1];
}

/** Causes of causes: so many, since one may be its own. */
const MAX_CAUSES = 5;

/** An error shows nothing of itself in JSON. What others hung on it besides stays where it is. */
function spelledOut(error: unknown, causes = MAX_CAUSES): unknown {
  if (error === undefined) return undefined;
  // JSON has no form for some of what can be thrown.
  if (!(error instanceof Error)) return errorText(error);
  const { name, message, stack, cause } = error;
  return { name, message, stack, cause: causes === 0 ? undefined : spelledOut(cause, causes - 1) };
}
