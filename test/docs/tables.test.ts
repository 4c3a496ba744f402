// The tables of what can be set, said and measured name all that there is, and nothing else.
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { EXIT } from '../../cli/exit-codes.ts';
import { DEAD_LETTER_KINDS } from '../../client/contract/journey.ts';
import { UnassignRequest } from '../../client/contract/request.ts';
import { readOptions } from '../../client/sending/message-options.ts';
import { type AssignedTasksOptions, assignedTasks, TASK_SEARCH_PROBLEMS } from '../../client/tasks/index.ts';
import { Environment } from '../../functions/unassign/config.ts';
import { Parameters } from '../../infra/parameters.ts';
import { emittedMetrics } from '../infra/emitted-metrics.ts';
import { record, requestFor, setStage } from '../support/stage.ts';
import { codeIn, namesIn, PAGES, read, section, table } from './pages.ts';

describe('the parameters of the deployment', () => {
  const rows = table('parameters');

  test('are all there, and no others', () => {
    expect(namesIn(rows).toSorted()).toEqual(Object.keys(Parameters.shape).toSorted());
  });

  const documented = rows.flatMap(([names = '', byDefault = '', bounds = '']) =>
    codeIn(names).map((name) => [name, byDefault, bounds] as const),
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

describe('the issuers', () => {
  const parameters = Parameters.shape;

  test.each(table('issuers'))('%s: %s', (_, urls = '', _asked, authentication = '') => {
    const [url = ''] = codeIn(urls).map((code) => code.replaceAll(/<[^>]*>/g, 'example'));
    expect(parameters.camundaOauthUrl.safeParse(url)).toMatchObject({ success: true, data: url });
    const ways = codeIn(authentication).filter(
      (way) => !parameters.camundaOauthClientAuthentication.safeParse(way).success,
    );
    expect(ways).toEqual([]);
  });
});

describe('the settings of the function', () => {
  const settings = Object.keys(Environment.shape);

  test('are all there, and no others', () => {
    expect(namesIn(table('settings')).toSorted()).toEqual(settings.toSorted());
  });

  test.each(PAGES)('are what %s speaks of, too', (page) => {
    const named = read(page).match(/\bCAMUNDA_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !settings.includes(name))).toEqual([]);
  });

  test('that Powertools has, too, are those that the log and the metrics ask for', async () => {
    const asked = new Set<string>();
    const environment = process.env;
    process.env = new Proxy(environment, {
      get: (target, name) => {
        asked.add(String(name));
        return Reflect.get(target, name);
      },
    });
    try {
      vi.resetModules();
      (await import('../../functions/unassign/telemetry/report.ts')).createTelemetry();
    } finally {
      process.env = environment;
    }
    const pages = section('docs/observability.md', 'Logs') + section('docs/observability.md', 'Metrics');
    const documented = codeIn(pages).map((code) => code.split('=', 1).join());
    const ofPowertools = (name: string) => /^POWERTOOLS_|LOG_LEVEL$/.test(name);
    expect([...new Set(documented.filter(ofPowertools))].toSorted()).toEqual(
      [...asked].filter(ofPowertools).toSorted(),
    );
  });
});

describe('the contract', () => {
  const fields = Object.keys(UnassignRequest.shape).toSorted();

  test.each(['requestFields', 'requestFieldsInShort'] as const)('all fields of a request: %s', (name) => {
    expect(namesIn(table(name)).toSorted()).toEqual(fields);
  });

  test('all fields of a journey', () => {
    const schema = JSON.parse(read('client/contract/documents/unassign-journey.schema.json'));
    expect(namesIn(table('journeyFields')).toSorted()).toEqual(Object.keys(schema.properties).toSorted());
  });

  test('all kinds of dead letters', () => {
    expect(namesIn(table('kinds'))).toEqual([...DEAD_LETTER_KINDS]);
  });
});

describe('the client and the command line', () => {
  test('all options of enqueueing', () => {
    const refused = readOptions({ nothing: 1 } as object, undefined);
    const [problem = ''] = refused.ok ? [] : refused.problems;
    const [, known = ''] = problem.split('expected ');
    expect(namesIn(table('enqueueOptions')).toSorted()).toEqual(known.split(', ').toSorted());
  });

  test('all options of finding tasks', () => {
    let known = '';
    try {
      assignedTasks({ nothing: 1, assignees: 'demo' } as AssignedTasksOptions);
    } catch (error) {
      [, known = ''] = /unknown option "nothing": expected (.*)$/m.exec(String(error)) ?? [];
    }
    expect(namesIn(table('taskOptions')).toSorted()).toEqual(known.split(', ').toSorted());
  });

  test('all codes of a search that has no result', () => {
    expect(namesIn(table('taskSearchProblems'))).toEqual([...TASK_SEARCH_PROBLEMS]);
  });

  test('all exit codes', () => {
    expect(table('exitCodes').map(([code]) => Number(code))).toEqual(Object.values(EXIT));
  });
});

describe('the log and the metrics', () => {
  test('all metrics', async () => {
    const written = (await emittedMetrics('camunda-unassign-dev')).map(({ name }) => name);
    const documented = namesIn(table('metrics')).filter((name) => name !== 'kind');
    expect(documented.toSorted()).toEqual([...new Set(written)].toSorted());
  });

  test('as many metrics as the page of costs says', async () => {
    const written = await emittedMetrics('camunda-unassign-dev');
    const ofKind = written.filter(({ dimensions }) => 'kind' in dimensions);
    const most = written.length - ofKind.length + DEAD_LETTER_KINDS.length;
    expect(read('docs/costs.md')).toContain(`- up to ${most} metrics at`);
  });

  test('all fields of the line of one message', async () => {
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
    const superseded = JSON.stringify({
      userTaskKey: cut.key,
      expectedAssignee: 'somebody else than has it',
    });
    stage.cluster.settings.fault = undefined;
    await stage.invoke([record(superseded, { sentAt: Date.now() - 120_000 })]);
    const ofLogger = ['level', 'message', 'timestamp', 'service', 'xray_trace_id'];
    const fields = stage
      .logLines()
      .filter((line) => 'outcome' in line)
      .flatMap(Object.keys)
      .filter((field) => !ofLogger.includes(field) && !/^(cold_start|function_)/.test(field));
    // Of a bug, which cannot be made here.
    const documented = namesIn(table('logFields')).filter((field) => field !== 'error');
    expect(documented.toSorted()).toEqual([...new Set(fields)].toSorted());
  });
});
