import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DEAD_LETTER_KINDS } from '../../client/contract/journey.ts';
import { drawDashboard } from '../../infra/tools/dashboard-picture.ts';
import { evaluate } from './cloudformation.ts';
import { emittedMetrics } from './emitted-metrics.ts';
import { packageBeforeTests, type Template } from './packaging.ts';

const Options = z
  .object({
    id: z.string(),
    expression: z.string(),
    label: z.string(),
    stat: z.string(),
    visible: z.boolean(),
    period: z.number(),
    color: z.string(),
    yAxis: z.enum(['left', 'right']),
  })
  .partial()
  .strict();
const place = { x: z.int().min(0), y: z.int().min(0), width: z.int().min(1), height: z.int().min(1) };

/** CloudWatch API reference, "Dashboard body structure and syntax". */
const Widget = z.discriminatedUnion('type', [
  z.strictObject({
    ...place,
    type: z.literal('text'),
    properties: z.strictObject({ markdown: z.string().min(1) }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('alarm'),
    properties: z.strictObject({ title: z.string(), alarms: z.array(z.string()).min(1).max(100) }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('log'),
    properties: z.strictObject({
      title: z.string(),
      view: z.enum(['table', 'timeSeries', 'bar', 'pie']),
      region: z.string(),
      query: z.string().startsWith('SOURCE '),
    }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('metric'),
    properties: z.strictObject({
      title: z.string(),
      view: z.enum(['timeSeries', 'singleValue']),
      region: z.string(),
      stacked: z.boolean().optional(),
      stat: z.string().optional(),
      period: z.int().multipleOf(60),
      setPeriodToTimeRange: z.boolean().optional(),
      yAxis: z.object({}).loose().optional(),
      metrics: z
        .array(z.array(z.union([z.string(), Options])).min(1))
        .min(1)
        .max(500),
      annotations: z
        .strictObject({
          horizontal: z.array(
            z.strictObject({ label: z.string(), value: z.number(), yAxis: z.literal('right').optional() }),
          ),
        })
        .optional(),
    }),
  }),
]);
const Body = z.strictObject({
  start: z.string(),
  periodOverride: z.enum(['auto', 'inherit']),
  widgets: z.array(Widget).min(1).max(500),
});
type Widget = z.infer<typeof Widget>;
type MetricWidget = Extract<Widget, { type: 'metric' }>;

let template: Template;
let widgets: Widget[];

packageBeforeTests(['--param=camundaRestAddress=https://camunda.example.org'], (packaged) => {
  template = packaged;
  widgets = Body.parse(JSON.parse(String(dashboard()['DashboardBody']))).widgets;
});

function dashboard(): Record<string, unknown> {
  return evaluate(template, template.Resources['Dashboard']?.Properties) as Record<string, unknown>;
}

const metricWidgets = () => widgets.filter((widget): widget is MetricWidget => widget.type === 'metric');

interface GraphedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, string>;
  readonly options: z.infer<typeof Options>;
}

/** With the shorthand written out: `.` is the same as in the metric before, `...` all but what follows. */
function metricsOf({ properties }: MetricWidget): GraphedMetric[] {
  let before: string[] = [];
  return properties.metrics.flatMap((line) => {
    const options = Options.parse(typeof line.at(-1) === 'object' ? line.at(-1) : {});
    const texts = line.filter((item) => typeof item === 'string');
    if (texts.length === 0) return [];
    const [first, ...rest] = texts;
    before =
      first === '...'
        ? [...before.slice(0, before.length - rest.length), ...rest]
        : texts.map((text, index) => (text === '.' ? (before[index] ?? '') : text));
    const [namespace = '', name = '', ...dimensions] = before;
    const pairs = dimensions.flatMap((key, index) => (index % 2 ? [] : [[key, dimensions[index + 1] ?? '']]));
    return [{ namespace, name, dimensions: Object.fromEntries(pairs), options }];
  });
}

const isOwn = ({ namespace }: GraphedMetric) => namespace === 'CamundaUnassign';

describe('the layout', () => {
  test('stays within 24 columns', () => {
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
  });

  test('has no widget over another', () => {
    const covered = widgets.flatMap(({ x, y, width, height }) =>
      Array.from(
        { length: width * height },
        (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`,
      ),
    );
    expect(new Set(covered).size).toBe(covered.length);
  });

  test('leaves no gap', () => {
    const rows = Math.max(...widgets.map(({ y, height }) => y + height));
    expect(widgets.reduce((cells, { width, height }) => cells + width * height, 0)).toBe(24 * rows);
  });

  test('asks five questions from top to bottom', () => {
    const headings = widgets
      .toSorted((one, other) => one.y - other.y)
      .flatMap((widget) => (widget.type === 'text' ? [widget.properties.markdown.split('\n')[0]] : []));
    expect(headings).toEqual([
      '## Is it working?',
      '## What happened to the messages?',
      '## How is the cluster?',
      '## How far behind are we?',
      '## What does it cost?',
    ]);
  });

  test('breaks a title that is wider than its widget into lines, and loses no word of it', () => {
    const title = 'SQS: requests at most (one a message)';
    const widget = { type: 'log', x: 0, y: 0, width: 6, height: 6, properties: { title } };
    const drawn = drawDashboard(JSON.stringify({ widgets: [widget] }));
    const lines = [...drawn.matchAll(/<text x="8" y="\d+">([^<]*)</g)].map(([, line = '']) => line);
    expect([lines.length, lines.join(' ')]).toEqual([2, title]);
  });

  test('is the one in infra/dashboard.svg; `npm run dashboard` draws it anew', async () => {
    const picture = await readFile(new URL('../../infra/dashboard.svg', import.meta.url), 'utf8');
    expect(picture).toBe(drawDashboard(String(dashboard()['DashboardBody'])));
  });
});

test('its name tells stages and regions apart, since dashboards belong to a whole account', () => {
  expect(dashboard()['DashboardName']).toBe('camunda-unassign-dev-eu-central-1');
});

test('it is about its own region', () => {
  const regions = widgets.flatMap(({ properties }) => ('region' in properties ? [properties.region] : []));
  expect(new Set(regions)).toEqual(new Set(['eu-central-1']));
});

test('it shows every alarm', () => {
  const alarms = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([logicalId]) => `<${logicalId}>.Arn`);
  const shown = widgets.flatMap((widget) => (widget.type === 'alarm' ? widget.properties.alarms : []));
  expect(shown.toSorted()).toEqual(alarms.toSorted());
});

test("it reads the function's metrics by the names and dimensions that it writes", async () => {
  const written = (await emittedMetrics('camunda-unassign-dev')).map(({ name, dimensions }) =>
    [name, dimensions['service'], Object.keys(dimensions).join()].join(' '),
  );
  const read = metricWidgets().flatMap(metricsOf).filter(isOwn);
  const unwritten = read
    .map(({ name, dimensions }) => [name, dimensions['service'], Object.keys(dimensions).join()].join(' '))
    .filter((metric) => !written.includes(metric));
  expect([read.length > 10, unwritten]).toEqual([true, []]);
});

test('it shows every metric that the function writes, but those for which there is an alarm', async () => {
  const written = (await emittedMetrics('camunda-unassign-dev')).map(({ name }) => name);
  const read = metricWidgets()
    .flatMap(metricsOf)
    .filter(isOwn)
    .map(({ name }) => name);
  expect([...new Set(written)].filter((name) => !read.includes(name))).toEqual([
    'CredentialsRefused',
    'ServedAnswers',
  ]);
});

test('it counts dead letters of every kind', () => {
  const kinds = metricWidgets()
    .flatMap(metricsOf)
    .flatMap(({ name, dimensions }) =>
      name === 'DeadLettered' && dimensions['kind'] ? [dimensions['kind']] : [],
    );
  expect(kinds.toSorted()).toEqual([...DEAD_LETTER_KINDS].toSorted());
});

test('its other metrics are those of its queues, its function and its log', () => {
  const others = metricWidgets()
    .flatMap(metricsOf)
    .filter((metric) => !isOwn(metric))
    .map(({ namespace, dimensions }) => `${namespace} ${Object.entries(dimensions).join()}`);
  expect([...new Set(others)].toSorted()).toEqual([
    'AWS/Lambda FunctionName,<UnassignLambdaFunction>',
    'AWS/Logs LogGroupName,<UnassignLogGroup>',
    'AWS/SQS QueueName,<DeadLetterQueue>.QueueName',
    'AWS/SQS QueueName,<Queue>.QueueName',
  ]);
});

// CloudWatch API reference, "Dashboard body structure and syntax": setPeriodToTimeRange is for the whole widget.
test('a number over the time shown is a sum of what happened in it; what is so now is not among them', () => {
  const numbers = metricWidgets()
    .filter(({ properties }) => properties.view === 'singleValue')
    .map((widget) => [
      widget.properties.setPeriodToTimeRange ? 'over the time shown' : 'now',
      widget.properties.stat,
      ...metricsOf(widget).map(({ name, options }) => [name, options.stat, options.period].join('')),
    ]);
  expect(numbers).toEqual([
    ['over the time shown', 'Sum', 'Acknowledged', 'Requeued', 'DeadLettered', 'Redelivered'],
    // As the alarm counts them: whoever looks at dead letters has them in flight.
    ['now', 'Maximum', 'ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'],
  ]);
});

test('its expressions use what stands beside them', () => {
  const dangling = metricWidgets().flatMap((widget) => {
    const ids = metricsOf(widget).map(({ options }) => options.id);
    const expressions = widget.properties.metrics.flatMap(
      (line) => Options.parse(typeof line.at(-1) === 'object' ? line.at(-1) : {}).expression ?? [],
    );
    return expressions
      .flatMap((expression) => expression.match(/[a-z]\w*/gi) ?? [])
      .filter((id) => !ids.includes(id));
  });
  expect(dangling).toEqual([]);
});

test("it draws the alarms' thresholds", () => {
  const lines = metricWidgets().flatMap(({ properties }) => properties.annotations?.horizontal ?? []);
  const thresholds = lines.map(({ label, value }) => {
    const alarm = Object.values(template.Resources).find(
      ({ Properties }) => Properties['AlarmName'] === `camunda-unassign-dev-${label.replace(' alarm', '')}`,
    );
    return [label, value, alarm?.Properties['Threshold']];
  });
  expect(thresholds.map(([label, , threshold]) => [label, threshold])).toEqual(
    thresholds.map(([label, value]) => [label, value]),
  );
  expect(thresholds).toHaveLength(4);
});

test('its table reads the log of the function', () => {
  const sources = widgets.flatMap((widget) =>
    widget.type === 'log' ? [widget.properties.query.split(' | ')[0]] : [],
  );
  expect(sources).toEqual(["SOURCE '<UnassignLogGroup>'"]);
});
