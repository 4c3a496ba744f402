// JSON lines and metrics in the form of Powertools for AWS Lambda, so that its queries and dashboards fit. Not through
// it: for a batch of ten that took as long as all the rest of this function's own work, and a tenth of what a cold
// start reads (npm run bench).
import type { Context } from 'aws-lambda';
import { errorText } from '../../../client/contract/text.ts';

/** What a line says besides its message; what is undefined does not show, and `error` is spelled out. */
export type Fields = Readonly<Record<string, unknown>>;

/** A metric and its value, or its values, of which one line takes at most {@link MAX_VALUES}. */
export interface Metric {
  readonly name: string;
  /** CloudWatch API reference, MetricDatum. */
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds';
  readonly value: number | readonly number[];
}

/** CloudWatch User Guide, "Specification: Embedded metric format": values of one metric in one line. */
export const MAX_VALUES = 100;

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'] as const;
type Level = (typeof LEVELS)[number];

// A log that nobody takes any more must not end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Writes lines of at least the level that Lambda's own `AWS_LAMBDA_LOG_LEVEL` or else `POWERTOOLS_LOG_LEVEL` names. */
export class Logger {
  readonly #namespace: string;
  readonly #service: string;
  readonly #least = LEVELS.indexOf(levelIn(process.env));
  readonly #metricsDisabled = /^(1|y|yes|t|true|on)$/i.test(process.env['POWERTOOLS_METRICS_DISABLED'] ?? '');
  #context: Fields = {};
  /** Lambda developer guide, "Defined runtime environment variables": not where somebody had it started before. */
  #coldStart = process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'on-demand';

  /** @param namespace of the metrics; the service is in every line, and a dimension of every metric */
  constructor({ namespace, serviceName }: { readonly namespace: string; readonly serviceName: string }) {
    this.#namespace = namespace;
    this.#service = serviceName;
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

  /** @param metrics go into the same line, or into one of their own where the level hides it */
  info(message: string, fields?: Fields, metrics?: readonly Metric[]): void {
    this.#write('INFO', message, fields, metrics);
  }

  /** Writes a line of the level INFO that the level does not hide. */
  always(message: string, fields: Fields): void {
    this.#line('INFO', message, fields);
  }

  warn(message: string, fields?: Fields): void {
    this.#write('WARN', message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.#write('ERROR', message, fields);
  }

  /**
   * Writes metrics in a line of their own, which the level does not hide.
   *
   * @param dimensions besides the service
   */
  metrics(metrics: readonly Metric[], dimensions: Readonly<Record<string, string>> = {}): void {
    if (this.#metricsDisabled) return;
    const marked = this.#mark(metrics, dimensions, Date.now());
    writeLine(process.stdout, { ...marked, service: this.#service, ...dimensions, ...valuesOf(metrics) });
  }

  #write(level: Level, message: string, fields: Fields = {}, metrics: readonly Metric[] = []): void {
    const hidden = LEVELS.indexOf(level) < this.#least;
    if (hidden && metrics.length > 0) this.metrics(metrics);
    if (!hidden) this.#line(level, message, fields, metrics);
  }

  #line(level: Level, message: string, fields: Fields, metrics: readonly Metric[] = []): void {
    const now = new Date();
    const marked =
      metrics.length === 0 || this.#metricsDisabled ? undefined : this.#mark(metrics, {}, now.getTime());
    writeLine(level === 'INFO' ? process.stdout : process.stderr, {
      level,
      message,
      timestamp: now.toISOString(),
      service: this.#service,
      ...this.#context,
      ...fields,
      error: spelledOut(fields['error']),
      ...marked,
      ...valuesOf(metrics),
    });
  }

  /** What has CloudWatch take metrics out of a line. */
  #mark(metrics: readonly Metric[], dimensions: Readonly<Record<string, string>>, now: number): Fields {
    const directive = {
      Namespace: this.#namespace,
      Dimensions: [['service', ...Object.keys(dimensions)]],
      Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
    };
    return { _aws: { Timestamp: now, CloudWatchMetrics: [directive] } };
  }
}

function valuesOf(metrics: readonly Metric[]): Fields {
  const values: Record<string, unknown> = {};
  for (const { name, value } of metrics) values[name] = value;
  return values;
}

function writeLine(stream: NodeJS.WritableStream, line: Fields): void {
  stream.write(`${JSON.stringify(line)}\n`);
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
