import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_KINDS } from '../../client/contract/journey.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const runbook = await read('RUNBOOK.md');

/** As GitHub makes anchors of headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');
const sections = new Map(
  runbook
    .split(/^#{1,3} /m)
    .slice(1)
    .map((section) => [anchorOf(section.split('\n', 1).join()), section]),
);

test.each(
  [...(await read('infra/alarms.yml')).matchAll(/runbookUrl\}#([\w-]+)/g)].map(([, name = '']) => name),
)('the alarm %s has a section that says what it means, where to look and what to do', (name) => {
  const steps = ['**Means.**', '**Look.**', '**Do.**'].filter((step) => sections.get(name)?.includes(step));
  expect(steps).toEqual(['**Means.**', '**Look.**', '**Do.**']);
});

test.each(DEAD_LETTER_KINDS)('dead letters of the kind %s have a section that says what to do', (kind) => {
  expect(sections.get(kind)).toContain('**Do:**');
});

test('every link within it leads somewhere', () => {
  const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
  expect([links.length > 20, links.filter((anchor) => !sections.has(anchor))]).toEqual([true, []]);
});

describe('it names', () => {
  test('parameters that there are', async () => {
    const known = await read('infra/parameters.ts');
    const named = [...runbook.matchAll(/`([a-z]+(?:[A-Z][a-z]+)+)`/g)].map(([, name = '']) => name);
    const unknown = named.filter((name) => !known.includes(`${name}:`) && !LOG_FIELDS.includes(name));
    expect([named.length > 10, unknown]).toEqual([true, []]);
  });

  test('npm scripts that there are', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    const named = [...runbook.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect([named.length > 1, named.filter((name) => !(name in scripts))]).toEqual([true, []]);
  });

  test('saved queries that there are', async () => {
    const saved = await read('infra/logs.yml');
    const named = [...runbook.matchAll(/saved query "([^"]+)"/g)].map(([, name = '']) => name);
    expect([named.length > 3, named.filter((name) => !saved.includes(`/${name}\n`))]).toEqual([true, []]);
  });
});

/** Names in the runbook that look like parameters: fields of the function's log and of a dead letter. */
const LOG_FIELDS = ['contentType', 'sendError', 'senderId', 'expiresAt'];
