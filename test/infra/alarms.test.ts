import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { evaluate } from './cloudformation.ts';
import { type EmittedMetric, emittedMetrics } from './emitted-metrics.ts';
import { packageBeforeTests, type Template } from './packaging.ts';

const ADDRESS = '--param=camundaRestAddress=https://camunda.example.org';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:on-call';

const Dimensions = z.array(z.object({ Name: z.string(), Value: z.string() }));
const Metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions });
const Alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        ReturnData: z.boolean().optional(),
        MetricStat: z.object({ Metric, Stat: z.string(), Period: z.number() }).optional(),
      }),
    )
    .optional(),
  ...Metric.partial().shape,
  Statistic: z.string().optional(),
  Period: z.number().optional(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  ComparisonOperator: z.string(),
  Threshold: z.number(),
  TreatMissingData: z.string(),
  ActionsEnabled: z.boolean(),
  AlarmActions: z.array(z.string()).optional(),
  OKActions: z.array(z.string()).optional(),
});
type Alarm = z.infer<typeof Alarm>;

let dev: Template;
/** Stage prod with a topic, a runbook elsewhere, and every threshold other than its default. */
let prod: Template;

packageBeforeTests([ADDRESS], (template) => {
  dev = template;
});

packageBeforeTests(
  [
    '--stage=prod',
    ADDRESS,
    `--param=alarmTopicArn=${TOPIC}`,
    '--param=runbookUrl=https://wiki.example.org/unassign',
    '--param=deadLettersAlarmCount=11',
    '--param=deadLetterBurstAlarmCount=12',
    '--param=deadLetterExpiryMarginHours=48',
    '--param=queueAgeAlarmSeconds=1200',
    '--param=queueExpiryMarginHours=72',
    '--param=oldestRequestAlarmSeconds=1300',
    '--param=requeueRateAlarmPercent=14',
    '--param=credentialsRefusedAlarmCount=15',
    '--param=redeliveredAlarmCount=16',
    '--param=errorsAlarmCount=17',
    '--param=throttlesAlarmCount=18',
    '--param=durationAlarmPercent=50',
  ],
  (template) => {
    prod = template;
  },
);

/** The alarms by what is left of their names without the deployment's. */
function alarms(template: Template, stage: string): Map<string, Alarm> {
  const found = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  return new Map(
    found
      .map(({ Properties }) => Alarm.parse(evaluate(template, Properties)))
      .map((alarm) => [alarm.AlarmName.replace(`camunda-unassign-${stage}-`, ''), alarm]),
  );
}

/** The metrics that an alarm reads: its own, or those of its expression. */
function metricsOf(alarm: Alarm): z.infer<typeof Metric>[] {
  if (alarm.Metrics === undefined) return [Metric.parse(alarm)];
  return alarm.Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
}

const sqs = (queue: string, metric: string) => `AWS/SQS ${metric} QueueName=<${queue}>.QueueName`;
const lambda = (metric: string) => `AWS/Lambda ${metric} FunctionName=<UnassignLambdaFunction>`;
const own = (metric: string) => `CamundaUnassign ${metric} service=camunda-unassign-dev`;

/** Every alarm, and the metrics that it reads. */
const ALARMS: readonly (readonly [name: string, metrics: readonly string[]])[] = [
  [
    'dead-letters',
    [
      sqs('DeadLetterQueue', 'ApproximateNumberOfMessagesVisible'),
      sqs('DeadLetterQueue', 'ApproximateNumberOfMessagesNotVisible'),
    ],
  ],
  ['dead-letter-burst', [own('DeadLettered')]],
  ['dead-letters-expiring', [sqs('DeadLetterQueue', 'ApproximateAgeOfOldestMessage')]],
  ['queue-age', [sqs('Queue', 'ApproximateAgeOfOldestMessage')]],
  ['queue-expiring', [sqs('Queue', 'ApproximateAgeOfOldestMessage')]],
  ['oldest-request', [own('OldestRequestAge')]],
  ['requeue-rate', ['Acknowledged', 'Requeued', 'DeadLettered', 'Redelivered'].map(own)],
  ['credentials-refused', [own('CredentialsRefused')]],
  ['foreign-answers', ['ForeignAnswers', 'ServedAnswers'].map(own)],
  ['foreign-answer-dead-letters', [own('DeadLettered')]],
  ['redelivered', [own('Redelivered')]],
  ['errors', [lambda('Errors')]],
  ['throttles', [lambda('Throttles')]],
  ['duration', [lambda('Duration')]],
];

test.each(ALARMS)('%s reads %j', (name, expected) => {
  const alarm = alarms(dev, 'dev').get(name);
  const read = alarm && metricsOf(alarm);
  expect(
    read?.map(
      ({ Namespace, MetricName, Dimensions: [dimension] }) =>
        `${Namespace} ${MetricName} ${dimension?.Name}=${dimension?.Value}`,
    ),
  ).toEqual(expected);
});

test('there are no others, and no two have one name', () => {
  const found = Object.values(dev.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  expect([...alarms(dev, 'dev').keys()].toSorted()).toEqual(ALARMS.map(([name]) => name).toSorted());
  expect(found).toHaveLength(ALARMS.length);
});

test('the names tell the stages of one account apart', () => {
  const names = [...alarms(dev, 'dev').values(), ...alarms(prod, 'prod').values()].map(
    ({ AlarmName }) => AlarmName,
  );
  expect(new Set(names).size).toBe(2 * ALARMS.length);
});

/** Without the kind of a dead letter, which differs from line to line. */
function nameOf({ namespace, name, dimensions }: EmittedMetric): string {
  const { kind, ...others } = dimensions;
  return JSON.stringify([namespace, name, others, kind !== undefined]);
}

test("they read the function's metrics by the names and dimensions that it writes", async () => {
  const { Environment } = evaluate(dev, dev.Resources['UnassignLambdaFunction']?.Properties) as {
    Environment: { Variables: { POWERTOOLS_SERVICE_NAME: string } };
  };
  const written = await emittedMetrics(Environment.Variables.POWERTOOLS_SERVICE_NAME);
  const unwritten = [...alarms(dev, 'dev').values()]
    .flatMap(metricsOf)
    .filter(({ Namespace }) => !Namespace.startsWith('AWS/'))
    .map(({ Namespace, MetricName, Dimensions }) => ({
      namespace: Namespace,
      name: MetricName,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    }))
    .filter((metric) => !written.some((one) => nameOf(one) === nameOf(metric)));
  expect(unwritten).toEqual([]);
});

describe('the thresholds', () => {
  test.each([
    ['dead-letters', 'expression >= 1', 'expression >= 11'],
    ['dead-letter-burst', 'Sum >= 10', 'Sum >= 12'],
    ['dead-letters-expiring', 'Maximum >= 518400', 'Maximum >= 432000'],
    ['queue-age', 'Maximum >= 1620', 'Maximum >= 1200'],
    ['queue-expiring', 'Maximum >= 518400', 'Maximum >= 345600'],
    ['oldest-request', 'Maximum >= 3600', 'Maximum >= 1300'],
    ['requeue-rate', 'expression > 50', 'expression > 14'],
    ['credentials-refused', 'Sum >= 1', 'Sum >= 15'],
    ['foreign-answers', 'expression >= 1', 'expression >= 1'],
    ['foreign-answer-dead-letters', 'Sum >= 1', 'Sum >= 1'],
    ['redelivered', 'Sum >= 5', 'Sum >= 16'],
    ['errors', 'Sum >= 1', 'Sum >= 17'],
    ['throttles', 'Sum >= 1', 'Sum >= 18'],
    ['duration', 'Maximum >= 54000', 'Maximum >= 30000'],
  ])('of %s: %s by default, %s by its parameter', (name, ...expected) => {
    const operators: Record<string, string> = {
      GreaterThanOrEqualToThreshold: '>=',
      GreaterThanThreshold: '>',
    };
    const shown = [alarms(dev, 'dev').get(name), alarms(prod, 'prod').get(name)].map(
      (alarm) =>
        `${alarm?.Statistic ?? 'expression'} ${operators[alarm?.ComparisonOperator ?? '']} ${alarm?.Threshold}`,
    );
    expect(shown).toEqual(expected);
  });
});

test('a dead letter counts whether it is visible or in flight, and in no minute twice', () => {
  const [sum, ...counts] = alarms(dev, 'dev').get('dead-letters')?.Metrics ?? [];
  const ids = counts.map(({ Id }) => Id);
  expect(sum?.Expression).toBe(ids.join(' + '));
  expect(
    counts.map(({ MetricStat, ReturnData }) => [MetricStat?.Stat, MetricStat?.Period, ReturnData]),
  ).toEqual(ids.map(() => ['Maximum', 60, false]));
});

test('the requeue rate is the share of requeued messages in all', () => {
  const alarm = alarms(dev, 'dev').get('requeue-rate');
  const [rate, ...counts] = alarm?.Metrics ?? [];
  const sums: Record<string, number> = { acknowledged: 30, requeued: 60, deadLettered: 6, redelivered: 4 };
  const written = (rate?.Expression ?? '').replace(/[a-z]\w*/gi, (id) => String(sums[id]));
  expect(written).toBe('100 * 60 / (30 + 60 + 6 + 4)');
  expect(counts.map(({ Id, MetricStat }) => [Id.toLowerCase(), MetricStat?.Stat])).toEqual(
    counts.map(({ MetricStat }) => [MetricStat?.Metric.MetricName.toLowerCase(), 'Sum']),
  );
  expect([rate?.ReturnData, ...counts.map(({ ReturnData }) => ReturnData)]).toEqual([
    undefined,
    ...counts.map(() => false),
  ]);
});

test.each([
  [3, 2, 1],
  [2, 2, 0],
  [0, 5, 0],
])('of %i foreign answers and %i of Camunda’s, foreign-answers counts %i', (foreign, served, expected) => {
  const [more] = alarms(dev, 'dev').get('foreign-answers')?.Metrics ?? [];
  const written = /^IF\((\w+) > FILL\((\w+), 0\), 1, 0\)$/.exec(more?.Expression ?? '');
  const values: Record<string, number> = { foreign, served };
  const [left = 0, right = 0] = [written?.[1], written?.[2]].map((id) => values[id ?? '']);
  expect(left > right ? 1 : 0).toBe(expected);
});

/** The longest delay of a requeued message, and with it the longest silence of an outage. Seconds. */
const LONGEST_DELAY = 900;

test.each(['oldest-request', 'requeue-rate', 'credentials-refused'])(
  'an outage in which messages are tried every quarter of an hour keeps %s ringing',
  (name) => {
    const {
      Period,
      Metrics = [],
      EvaluationPeriods = 0,
      DatapointsToAlarm,
    } = alarms(dev, 'dev').get(name) ?? {};
    const period = Period ?? Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 0;
    const attempts = Math.floor((EvaluationPeriods * period) / LONGEST_DELAY);
    expect(attempts).toBeGreaterThanOrEqual(DatapointsToAlarm ?? EvaluationPeriods);
  },
);

describe.each([
  ['dev', () => dev],
  ['prod', () => prod],
])('every alarm of stage %s', (stage, template) => {
  const each = () => [...alarms(template(), stage).values()];

  test('takes silence for health: there is no data where nothing happens', () => {
    expect(new Set(each().map(({ TreatMissingData }) => TreatMissingData))).toEqual(
      new Set(['notBreaching']),
    );
  });

  // CloudWatch API reference, PutMetricAlarm: EvaluationPeriods times Period is at most a day.
  test('looks back a day at most', () => {
    const longest = each().map(
      ({ Period, Metrics = [], EvaluationPeriods }) =>
        Math.max(Period ?? 0, ...Metrics.map(({ MetricStat }) => MetricStat?.Period ?? 0)) *
        EvaluationPeriods,
    );
    expect(Math.max(...longest)).toBeLessThanOrEqual(86_400);
  });

  // CloudWatch API reference, PutMetricAlarm: AlarmDescription.
  test('says what it means in the 1,024 characters that there are', () => {
    const lengths = each().map(({ AlarmDescription }) => AlarmDescription.length);
    expect(Math.min(...lengths)).toBeGreaterThan(100);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1024);
  });
});

test('the runbook may be elsewhere', () => {
  expect(alarms(prod, 'prod').get('errors')?.AlarmDescription).toMatch(
    / Runbook: https:\/\/wiki\.example\.org\/unassign#errors$/,
  );
});

test('each points to the section of the runbook that has its name', () => {
  const sections = [...alarms(dev, 'dev')].map(([name, { AlarmDescription }]) => [
    name,
    /Runbook: docs\/runbook\.md#(\S+)$/.exec(AlarmDescription)?.[1],
  ]);
  const named = (name: string) => (name === 'foreign-answer-dead-letters' ? 'foreign-answers' : name);
  expect(sections).toEqual([...alarms(dev, 'dev').keys()].map((name) => [name, named(name)]));
});

describe('the notifications', () => {
  test('go to the topic that is named, when it starts and when it ends', () => {
    expect(
      [...alarms(prod, 'prod').values()].map(({ AlarmActions, OKActions }) => [AlarmActions, OKActions]),
    ).toEqual(ALARMS.map(() => [[TOPIC], [TOPIC]]));
  });

  test('go nowhere where none is', () => {
    const actions = [...alarms(dev, 'dev').values()].flatMap(({ AlarmActions, OKActions }) => [
      AlarmActions,
      OKActions,
    ]);
    expect(actions.filter((action) => action !== undefined)).toEqual([]);
  });

  test.each([
    ['dev', () => dev, false],
    ['prod', () => prod, true],
  ])('are on by default in production only: %s', (stage, template, expected) => {
    const enabled = new Set(
      [...alarms(template(), stage).values()].map(({ ActionsEnabled }) => ActionsEnabled),
    );
    expect(enabled).toEqual(new Set([expected]));
  });
});
