// The README's tables of what can be set and measured name all that there is, and nothing else.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Environment } from '../../functions/unassign/config.ts';
import { Parameters } from '../../infra/parameters.ts';
import { record, requestFor, setStage } from '../support/stage.ts';
import { emittedMetrics } from './emitted-metrics.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const readme = await read('README.md');

/** The text under a heading, down to the next of its level or above. */
function section(heading: string): string {
  const level = heading.indexOf(' ');
  const [, rest = ''] = readme.split(`\n${heading}\n`);
  return rest.split(new RegExp(`\n#{1,${level}} `), 1).join();
}

/** The rows of the table that starts with these words, without its head, as cells. */
function table(heading: string, head: string): string[][] {
  const [, rows = ''] = section(heading).split(`\n| ${head} |`);
  return rows
    .split('\n\n', 1)
    .join()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1));
}

/** What stands as code in some text. */
const codeIn = (text = '') => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const namesIn = (rows: readonly string[][]) => rows.flatMap(([name]) => codeIn(name));

describe('the parameters of the deployment', () => {
  const rows = table('### Parameters', 'parameter');

  test('are all there, and no others', () => {
    expect(namesIn(rows).toSorted()).toEqual(Object.keys(Parameters.shape).toSorted());
  });

  const documented = rows.flatMap(([names, byDefault = '', bounds = '']) =>
    codeIn(names).map((name) => [name, byDefault.trim(), bounds.trim()] as const),
  );

  test.each(documented)('%s: %s, %s', (name, byDefault, bounds) => {
    const parameter = Parameters.shape[name as keyof typeof Parameters.shape];
    const unset = z.safeParse(parameter, undefined);
    // Of what depends on other parameters or the stage the table tells more than one value.
    if (unset.success && unset.data !== undefined) {
      expect(byDefault.replaceAll('`', '')).toMatch(new RegExp(`^${unset.data}\\b`));
    } else {
      expect([!unset.success, /^\d+$/.test(byDefault)]).toEqual([byDefault === 'required', false]);
    }
    const [, least, most] = /^(\d+) to (\d+)/.exec(bounds) ?? [];
    if (least === undefined || most === undefined) return;
    const takes = (value: number) => z.safeParse(parameter, value).success;
    const atBounds = [Number(least) - 1, Number(least), Number(most), Number(most) + 1].map(takes);
    expect(atBounds).toEqual([false, true, true, false]);
  });
});

describe('the settings of the function', () => {
  const settings = Object.keys(Environment.shape);

  test('are all there, and no others', () => {
    expect(namesIn(table('## Settings of the function', 'variable')).toSorted()).toEqual(settings.toSorted());
  });

  test('are what every other part speaks of, too', () => {
    const named = readme.match(/\bCAMUNDA_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !settings.includes(name))).toEqual([]);
  });

  test("that Powertools has, too, are among the log's and the metrics'", async () => {
    const sources = await Promise.all(
      ['log', 'report'].map((file) => read(`functions/unassign/telemetry/${file}.ts`)),
    );
    const POWERTOOLS = /\bPOWERTOOLS_[A-Z_]+\b/g;
    expect([...new Set(section('## Logs and metrics').match(POWERTOOLS))].toSorted()).toEqual(
      [...new Set(sources.join().match(POWERTOOLS))].toSorted(),
    );
  });
});

describe('the alarms', () => {
  test('are all there with their thresholds, and no others', async () => {
    const alarms = (await read('infra/alarms.yml')).split('AlarmName: ').slice(1);
    const thresholds = alarms.map((alarm) => [
      /\$\{sls:stage\}-(\S+)/.exec(alarm)?.[1],
      /Threshold: \$\{self:custom\.(\w+)\}/.exec(alarm)?.[1],
    ]);
    /** Where the threshold follows from a parameter of another name. */
    const parameterOf: Record<string, string> = {
      deadLetterAgeAlarmSeconds: 'deadLetterExpiryMarginHours',
      durationAlarmMs: 'durationAlarmPercent',
      queueExpiryAlarmSeconds: 'queueExpiryMarginHours',
    };
    expect(
      table('### Alarms and dashboard', 'alarm').map(([name, , parameter]) => [
        ...codeIn(name),
        ...codeIn(parameter),
      ]),
    ).toEqual(
      thresholds.map(([name, threshold]) => [
        name,
        ...(threshold === undefined ? [] : [parameterOf[threshold] ?? threshold]),
      ]),
    );
  });
});

describe('the log and the metrics', () => {
  test('all metrics are there, and no others', async () => {
    const written = (await emittedMetrics('camunda-unassign-dev')).map(({ name }) => name);
    const documented = namesIn(table('## Logs and metrics', 'metric')).filter((name) => name !== 'kind');
    expect(documented.toSorted()).toEqual([...new Set(written)].toSorted());
  });

  test('all fields of the line of one message are there, and no others', async () => {
    const stage = await setStage();
    const { tasks } = stage.cluster;
    const [failing, busy, cut] = [tasks.create(), tasks.create(), tasks.create()];
    stage.cluster.settings.fault = ({ key }) => {
      if (key === failing.key)
        return { kind: 'answer', status: 500, body: '{"title":"INTERNAL","detail":"broken","status":500}' };
      if (key === busy.key) {
        return {
          kind: 'answer',
          status: 502,
          headers: { 'content-type': 'text/html' },
          body: '<h1>Bad Gateway</h1>',
        };
      }
      return key === cut.key ? { kind: 'close' } : undefined;
    };
    await stage.invoke([failing, busy, cut].map(({ key }) => requestFor(key)));
    stage.tap.fault = () => ({ kind: 'error', status: 400, type: 'AccessDenied', sent: false });
    await stage.invoke([record('not sent')]);
    const ofLogger = ['level', 'message', 'timestamp', 'service', 'xray_trace_id'];
    const fields = stage
      .logLines()
      .filter((line) => 'outcome' in line)
      .flatMap(Object.keys)
      .filter((field) => !ofLogger.includes(field) && !/^(cold_start|function_)/.test(field));
    const [, list = ''] =
      /One for each message that was\s+not simply acknowledged: ([^.]+)\./.exec(readme) ?? [];
    // Of a bug, which cannot be made here.
    expect(
      codeIn(list)
        .filter((field) => field !== 'error')
        .toSorted(),
    ).toEqual([...new Set(fields)].toSorted());
  });
});
