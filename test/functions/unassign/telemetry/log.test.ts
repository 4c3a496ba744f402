// Powertools for AWS Lambda is the measure: what is written here is to be what it would have written.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Logger, type Metric } from '../../../../functions/unassign/telemetry/log.ts';

const SERVICE = { namespace: 'CamundaUnassign', serviceName: 'camunda-unassign' };
const METRICS: readonly Metric[] = [
  { name: 'Acknowledged', unit: 'Count', value: 2 },
  { name: 'OldestRequestAge', unit: 'Seconds', value: 0.5 },
  { name: 'ClusterLatency', unit: 'Milliseconds', value: [7, 9] },
];
const CONTEXT = {
  awsRequestId: '11111111-1111-4111-8111-111111111111',
  functionName: 'unassign',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:unassign',
  memoryLimitInMB: '512',
} as Context;

describe('a line', () => {
  it.each([
    ['info', 'on-demand'],
    ['warn', 'on-demand'],
    ['error', 'provisioned-concurrency'],
  ] as const)('of level %s, started %s, is what Powertools writes', (level, start) => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', start);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const say = (logger: Logger | PowertoolsLogger) => {
      logger[level]('before any invocation', { count: 1 });
      logger.addContext(CONTEXT);
      logger[level]('in the first', { userTaskKey: '1', nothing: undefined });
      logger.addContext({ ...CONTEXT, awsRequestId: '2' });
      logger[level]('in the second', { reason: 'two\nlines', list: [1, { two: 2 }] });
    };
    const expected = writtenBy(() => say(new PowertoolsLogger(SERVICE)));
    expect(writtenBy(() => say(new Logger(SERVICE)))).toEqual(
      expected.map(({ stream, line: { sampling_rate, ...line } }) => ({ stream, line })),
    );
  });

  it('names the trace of its invocation', () => {
    vi.stubEnv(
      '_X_AMZN_TRACE_ID',
      'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
    );
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const written = writtenBy(() => {
      const logger = new Logger(SERVICE);
      logger.addContext(CONTEXT);
      logger.info('traced');
    });
    expect(written[0]?.line['xray_trace_id']).toBe('1-5759e988-bd862e3fe1be46a994272793');
  });

  it('spells out an error with its stack and what caused it, and nothing that hangs on it', () => {
    const error = Object.assign(new TypeError('no', { cause: new Error('why') }), { headers: 'a secret' });
    const [written] = writtenBy(() => new Logger(SERVICE).error('failed', { error }));
    expect(written?.line['error']).toEqual({
      name: 'TypeError',
      message: 'no',
      stack: error.stack,
      cause: { name: 'Error', message: 'why', stack: expect.stringContaining('Error: why') },
    });
  });

  it.each([
    { what: 'a ring', thrown: ring() },
    { what: 'a bigint', thrown: 1n },
    { what: 'an error that is its own cause', thrown: ownCause() },
    { what: 'an error because of a bigint', thrown: new Error('no', { cause: 1n }) },
  ])('can tell of $what that was thrown', ({ thrown }) => {
    const [written] = writtenBy(() => new Logger(SERVICE).error('failed', { error: thrown }));
    expect(written?.line).toMatchObject({ message: 'failed', error: expect.anything() });
  });

  it.each([
    { level: 'DEBUG', lines: ['INFO', 'WARN', 'ERROR'] },
    { level: undefined, lines: ['INFO', 'WARN', 'ERROR'] },
    { level: 'no such level', lines: ['INFO', 'WARN', 'ERROR'] },
    { level: 'warn', lines: ['WARN', 'ERROR'] },
    { level: 'ERROR', lines: ['ERROR'] },
    { level: 'SILENT', lines: [] },
  ])('is written from the level $level on: $lines', ({ level, lines }) => {
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', level);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const written = writtenBy(() => {
      const logger = new Logger(SERVICE);
      logger.info('a');
      logger.warn('b');
      logger.error('c');
    });
    expect(written.map(({ line }) => line['level'])).toEqual(lines);
  });

  it.each([
    { AWS_LAMBDA_LOG_LEVEL: 'ERROR' },
    { AWS_LAMBDA_LOG_LEVEL: 'FATAL' },
    { AWS_LAMBDA_LOG_LEVEL: 'WARN', POWERTOOLS_LOG_LEVEL: 'INFO' },
    { AWS_LAMBDA_LOG_LEVEL: 'INFO', POWERTOOLS_LOG_LEVEL: 'ERROR' },
    { AWS_LAMBDA_LOG_LEVEL: 'ERROR', POWERTOOLS_LOG_LEVEL: '' },
    { POWERTOOLS_LOG_LEVEL: '', LOG_LEVEL: 'ERROR' },
    { POWERTOOLS_LOG_LEVEL: 'INFO', LOG_LEVEL: 'ERROR' },
  ])('is of a level that Powertools writes with %j', (environment) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const levelsOf = (logger: Logger | PowertoolsLogger) =>
      writtenBy(() => {
        logger.info('a');
        logger.warn('b');
        logger.error('c');
      }).map(({ line }) => line['level']);
    expect(levelsOf(new Logger(SERVICE))).toEqual(levelsOf(new PowertoolsLogger(SERVICE)));
  });

  it('that nobody can take any more does not end the process', async () => {
    const log = new URL('../../../../functions/unassign/telemetry/log.ts', import.meta.url);
    const script = `
      const { Logger } = await import(${JSON.stringify(log.href)});
      process.once('message', () => {
        const logger = new Logger({ namespace: 'n', serviceName: 's' });
        logger.info('line');
        logger.metrics([{ name: 'm', unit: 'Count', value: 1 }]);
        setTimeout(() => process.exit(7), 200);
      });
      process.send('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    child.stdout?.destroy();
    child.send('go');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});

describe('metrics', () => {
  it('in a line of their own are what Powertools writes', () => {
    const expected = writtenBy(() => publishByPowertools(METRICS));
    expect(writtenBy(() => new Logger(SERVICE).metrics(METRICS))).toEqual(expected);
  });

  it('with one more dimension are what Powertools writes of a single metric', () => {
    const expected = writtenBy(() => {
      const single = new PowertoolsMetrics(SERVICE).singleMetric();
      single.addDimension('kind', 'malformed');
      single.addMetric('DeadLettered', 'Count', 1);
    });
    const written = writtenBy(() =>
      new Logger(SERVICE).metrics([{ name: 'DeadLettered', unit: 'Count', value: 1 }], { kind: 'malformed' }),
    );
    expect(written).toEqual(expected);
  });

  it('in a line that says something are the two lines that Powertools writes, in one', () => {
    const [line, metrics] = writtenBy(() => {
      new PowertoolsLogger(SERVICE).info('batch settled', { records: 2 });
      publishByPowertools(METRICS);
    });
    const { sampling_rate: _, ...said } = line?.line ?? {};
    expect(writtenBy(() => new Logger(SERVICE).info('batch settled', { records: 2 }, METRICS))).toEqual([
      { stream: 'stdout', line: { ...said, ...metrics?.line } },
    ]);
  });

  it('stay where the level hides the line', () => {
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'WARN');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const expected = writtenBy(() => publishByPowertools(METRICS));
    const written = writtenBy(() => new Logger(SERVICE).info('batch settled', { records: 2 }, METRICS));
    expect(written).toEqual(expected);
  });

  it.each(['true', '1', 'Yes', 'on'])(
    'switched off by %s are values in a line and none of CloudWatch’s',
    (value) => {
      vi.stubEnv('POWERTOOLS_METRICS_DISABLED', value);
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      const written = writtenBy(() => {
        const logger = new Logger(SERVICE);
        logger.info('batch settled', {}, METRICS);
        logger.metrics(METRICS, { kind: 'malformed' });
      });
      expect(written).toEqual([{ stream: 'stdout', line: expect.objectContaining({ Acknowledged: 2 }) }]);
      expect(written[0]?.line).not.toHaveProperty('_aws');
    },
  );
});

function publishByPowertools(metrics: readonly Metric[]): void {
  const powertools = new PowertoolsMetrics(SERVICE);
  for (const { name, unit, value } of metrics) {
    for (const each of [value].flat()) powertools.addMetric(name, unit, each);
  }
  powertools.publishStoredMetrics();
}

function ring(): object {
  const value: { itself?: object } = {};
  value.itself = value;
  return value;
}

function ownCause(): Error {
  const error = new Error('no');
  error.cause = error;
  return error;
}

interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly line: Record<string, unknown>;
}

/** At a time that stands still. */
function writtenBy(say: () => void): Written[] {
  const written: Written[] = [];
  vi.useFakeTimers({ now: Date.parse('2026-11-23T12:00:00.000Z') });
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written.push({ stream, line: JSON.parse(String(text)) });
      return true;
    }),
  );
  try {
    say();
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.useRealTimers();
  }
  return written;
}
