import { expect, test } from 'vitest';
import type { Fault } from '../../infra/local/stand-in/faults.ts';
import { record, requestFor, setStage } from '../support/stage.ts';
import { evaluate } from './cloudformation.ts';
import { packageBeforeTests, type Template } from './packaging.ts';

interface Query {
  readonly Name: string;
  readonly LogGroupNames: readonly string[];
  readonly QueryString: string;
}

let template: Template;

packageBeforeTests(['--param=camundaRestAddress=https://camunda.example.org'], (packaged) => {
  template = packaged;
});

function queries(): Query[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::Logs::QueryDefinition')
    .map(({ Properties }) => evaluate(template, Properties) as Query);
}

test('the saved queries are those of the stage, on its log group', () => {
  expect(queries().map(({ Name, LogGroupNames }) => [Name, ...LogGroupNames])).toEqual(
    [
      'dead letters by kind',
      'life of one task',
      'credentials refused',
      'foreign answers',
      'superseded',
      'redelivered by reason',
      'slowest batches',
      'starts, memory and duration',
    ].map((name) => [`camunda-unassign/dev/${name}`, '<UnassignLogGroup>']),
  );
});

/** What a query names besides the language's own words, what it makes itself, and what CloudWatch adds. */
function fieldsOf(query: string): string[] {
  const made = new Set([...query.matchAll(/ as (\w+)/g)].map(([, name]) => name));
  const words =
    query
      .replace(/#.*$/gm, '')
      .replace(/"[^"]*"/g, '')
      .match(/(?<![@\w])[a-z]\w*/gi) ?? [];
  const language =
    /^(as|asc|bin|by|count|desc|earliest|fields|filter|h|in|ispresent|latest|limit|max|or|pct|sort|stats)$/;
  return [...new Set(words)].filter((word) => !language.test(word) && !made.has(word));
}

const FOREIGN: Fault = {
  kind: 'answer',
  status: 403,
  headers: { 'content-type': 'text/html' },
  body: '<h1>No</h1>',
};

test('they ask for fields that the function writes', async () => {
  const stage = await setStage();
  const { tasks } = stage.cluster;
  const [failing, refused, cut, foreign] = [tasks.create(), tasks.create(), tasks.create(), tasks.create()];
  stage.cluster.settings.fault = ({ key }) => {
    if (key === failing.key)
      return { kind: 'answer', status: 500, body: '{"title":"INTERNAL","detail":"broken","status":500}' };
    if (key === foreign.key) return FOREIGN;
    if (key === refused.key) return { kind: 'answer', status: 401 };
    return key === cut.key ? { kind: 'close' } : undefined;
  };
  const keys = [tasks.newKey(9), tasks.newKey(), failing.key, refused.key, cut.key, foreign.key];
  await stage.invoke([...keys.map((key) => requestFor(key)), record('nonsense')]);
  const superseded = { userTaskKey: tasks.create({ assignee: 'anna' }).key, expectedAssignee: 'demo' };
  await stage.invoke([record(JSON.stringify(superseded), { sentAt: Date.now() - 120_000 })]);
  stage.tap.fault = () => ({ kind: 'error', status: 400, type: 'AccessDenied', sent: false });
  await stage.invoke([record('not sent')]);
  const written = new Set(stage.logLines().flatMap(Object.keys));
  const unwritten = queries().flatMap(({ Name, QueryString }) =>
    fieldsOf(QueryString)
      .filter((field) => !written.has(field))
      .map((field) => `${Name}: ${field}`),
  );
  expect(unwritten).toEqual([]);
});
