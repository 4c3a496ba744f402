// The stand-in as 8.8 against what the engine of 8.8.21 records of unassigning: its rejections, word for word, and what
// it carries out. There is no HTTP in it; how a rejection becomes a problem detail is public source (answers.ts).
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { TaskChanges } from '../../../../infra/local/stand-in/tasks.ts';
import { askOnce } from '../raw-http.ts';
import { assignee, start } from './started.ts';

const file = new URL('../../../../infra/local/stand-in/recorded/8.8.21-engine/unassign.txt', import.meta.url);
const [head = '', ...steps] = readFileSync(file, 'utf8').split(/^## /m);

/** The task of the steps without a listener. */
const KEY = /user task key (\d+)/.exec(head)?.[1] ?? '';

/** Why a command is not carried out: its code, and the engine's words. */
const REJECTION = /^COMMAND_REJECTION USER_TASK ASSIGN ([A-Z_]+): (.*) action=unassign /;

const recorded = steps.map((step) => {
  const [title = '', ...lines] = step.trimEnd().split('\n');
  const [, code, why] = lines.map((line) => REJECTION.exec(line)).find((match) => match !== null) ?? [];
  return { title, lines, rejection: code === undefined || why === undefined ? undefined : { code, why } };
});

const rejections = recorded.flatMap(({ title, rejection }) => (rejection ? [{ title, ...rejection }] : []));
const carriedOut = recorded.filter(({ lines }) => isUnassign(lines) && lines.some(isAssigned));

/** How the task was, by the step; undefined where there was none. */
const tasks: Readonly<Record<string, TaskChanges | undefined>> = {
  unassign: {},
  'unassign again': { assignee: null },
  'unassign, unknown key': undefined,
  'unassign, instance cancelled': { state: 'CANCELED' },
  "'assigning' listener: unassign again while the listener job is open": { state: 'ASSIGNING' },
  "'assigning' listener: unassign while the incident is open": { state: 'ASSIGNING' },
  "'completing' listener job open: unassign": { state: 'COMPLETING' },
};

const STATUSES: Readonly<Record<string, number>> = { NOT_FOUND: 404, INVALID_STATE: 409 };

it('compares every rejection, and every unassign that was carried out at once', () => {
  const compared = [...rejections, ...carriedOut].map(({ title }) => title);
  expect(compared.sort()).toEqual(Object.keys(tasks).sort());
});

it.each(rejections)('rejects as recorded: $title', async ({ title, code, why }) => {
  const cluster = await start({ version: '8.8' });
  const key = /key '(\d+)'/.exec(why)?.[1] ?? '';
  const task = tasks[title];
  if (task !== undefined) cluster.tasks.put(key, task);
  const { status, body } = await askOnce(cluster.url, assignee(key));
  expect([status, JSON.parse(body)]).toEqual([
    STATUSES[code],
    {
      type: 'about:blank',
      title: code,
      status: STATUSES[code],
      detail: `Command 'ASSIGN' rejected with code '${code}': ${why}`,
      instance: assignee(key),
    },
  ]);
});

it.each(carriedOut)('carries out as recorded: $title', async ({ title }) => {
  const cluster = await start({ version: '8.8' });
  cluster.tasks.put(KEY, tasks[title]);
  expect(await askOnce(cluster.url, assignee(KEY))).toMatchObject({ status: 204, body: '' });
  expect(cluster.tasks.get(KEY)).toMatchObject({ assignee: null, unassigned: 1 });
});

it('leaves the assignee to a task whose listener denies, as recorded', async () => {
  const denied = recorded.find(({ lines }) => lines.some((line) => line.includes('ASSIGNMENT_DENIED')));
  expect(denied?.title).toBe("'assigning' listener: job denies");
  expect(denied?.lines.some(isAssigned)).toBe(false);
  const cluster = await start({ version: '8.8' });
  cluster.tasks.put(KEY, { denial: 'not on Sundays' });
  expect(await askOnce(cluster.url, assignee(KEY))).toMatchObject({ status: 409 });
  expect(cluster.tasks.get(KEY)).toMatchObject({ assignee: 'demo', unassigned: 0 });
});

function isUnassign([first = '']: readonly string[]): boolean {
  return first.startsWith('COMMAND USER_TASK ASSIGN action=unassign');
}

function isAssigned(line: string): boolean {
  return line.startsWith('EVENT USER_TASK ASSIGNED ');
}
