// What the pages say of the deployed stack: its alarms, its saved queries.
import { describe, expect, test } from 'vitest';
import { Parameters } from '../../infra/parameters.ts';
import { evaluate } from '../infra/cloudformation.ts';
import { packageBeforeTests, type Template } from '../infra/packaging.ts';
import { codeIn, headings, namesIn, read, section, table } from './pages.ts';

const RUNBOOK = 'docs/runbook.md';

/** Of an alarm, what the pages tell. */
interface Alarm {
  readonly AlarmName: string;
  readonly Namespace?: string;
  /** Metrics, and what is reckoned with them. */
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: { readonly Namespace: string } } }[];
}

let template: Template;
let queries: string[];
let alarms: Alarm[];

packageBeforeTests(['--param=camundaRestAddress=https://camunda.example.org'], (packaged) => {
  template = packaged;
  alarms = ofType<Alarm>('AWS::CloudWatch::Alarm');
  queries = ofType<{ Name: string }>('AWS::Logs::QueryDefinition').map(({ Name }) =>
    Name.split('/').slice(2).join('/'),
  );
});

function ofType<T>(type: string): T[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => evaluate(template, Properties) as T);
}

function nameOf({ AlarmName }: Alarm): string {
  return AlarmName.replace('camunda-unassign-dev-', '');
}

describe('the alarms', () => {
  test('are all there, with where their metrics come from, and no others', () => {
    const namespaces = (alarm: Alarm) => [
      ...new Set(
        [
          alarm.Namespace,
          ...(alarm.Metrics ?? []).map(({ MetricStat }) => MetricStat?.Metric.Namespace),
        ].filter((namespace) => namespace !== undefined),
      ),
    ];
    expect(
      table('alarms').map(([name = '', , , metrics = '']) => [...codeIn(name), ...codeIn(metrics)]),
    ).toEqual(alarms.map((alarm) => [nameOf(alarm), ...namespaces(alarm)]));
  });

  test('name as their threshold the parameters that say of which alarm they are', () => {
    const ofAlarm = (alarm: string) =>
      Object.entries(Parameters.shape)
        .filter(([, { description = '' }]) => description.startsWith(`${alarm}: `))
        .map(([parameter]) => parameter);
    expect(table('alarms').map(([, , threshold = '']) => codeIn(threshold))).toEqual(
      alarms.map((alarm) => ofAlarm(nameOf(alarm))),
    );
  });

  test('are all in the table of the runbook', () => {
    const named = table('alarmSections').map(([cell = '']) => cell.replace(/^\[|[\]:].*$/g, ''));
    expect(named).toEqual(alarms.map(nameOf));
  });

  test('have a section in the runbook that says what it means, where to look and what to do', () => {
    const STEPS = ['**Means.**', '**Look.**', '**Do.**'];
    const sectionOf = (alarm: Alarm) =>
      nameOf(alarm).replace('foreign-answer-dead-letters', 'foreign-answers');
    const lacking = alarms.filter((alarm) => {
      const text = section(RUNBOOK, sectionOf(alarm));
      return !STEPS.every((step) => text.includes(step));
    });
    expect(lacking.map(nameOf)).toEqual([]);
  });

  test('are as many as the page of costs says, with as many metrics', () => {
    const metricsOf = ({ Metrics }: Alarm) =>
      Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
    const metrics = alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0);
    expect(read('docs/costs.md')).toContain(`- ${alarms.length} alarms that read ${metrics} metrics at`);
  });
});

describe('the saved queries', () => {
  test('are all there, and no others', () => {
    expect(namesIn(table('savedQueries')).toSorted()).toEqual(queries.toSorted());
  });

  test('that the runbook names are there', () => {
    const named = [...read(RUNBOOK).matchAll(/saved query "([^"]+)"/g)].map(([, name = '']) => name);
    expect([named.length > 3, named.filter((name) => !queries.includes(name))]).toEqual([true, []]);
  });
});

test('the runbook names parameters that there are', () => {
  /** Names that look like parameters: fields of the function's log and of a dead letter. */
  const FIELDS = ['contentType', 'sendError', 'senderId', 'expiresAt', 'expectedAssignee', 'userTaskKey'];
  const named = headings(RUNBOOK)
    .flatMap((heading) => codeIn(section(RUNBOOK, heading)))
    .filter((code) => /^[a-z]+([A-Z][a-z]+)+$/.test(code) && !FIELDS.includes(code));
  expect([named.length > 10, named.filter((name) => !(name in Parameters.shape))]).toEqual([true, []]);
});
