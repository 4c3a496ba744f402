// The pages as such: their length, and where their links lead.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchors, headings, links, PAGES, ROOT, read, table } from './pages.ts';

test('the README has at most 250 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(250);
});

test('the README lists every page of docs', () => {
  const listed = table('documents').map(([cell = '']) => cell);
  const missing = PAGES.filter((page) => page.startsWith('docs/')).filter(
    (page) => !listed.some((cell) => cell.includes(`(${page})`)),
  );
  expect(missing).toEqual([]);
});

test('the changelog begins with what is not released, and goes on with versions', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const entries = headings('CHANGELOG.md').filter((heading) => heading.startsWith('['));
  expect(entries[0]).toBe('[Unreleased]');
  expect(entries[1]).toMatch(new RegExp(`^\\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`));
});

describe.each(PAGES)('%s', (page) => {
  const local = links(page).filter((href) => !href.startsWith('https://'));

  test('every link leads somewhere', () => {
    expect(local.filter((href) => !leadsSomewhere(page, href))).toEqual([]);
  });
});

test('there are links to be tried', () => {
  expect(PAGES.flatMap(links).length).toBeGreaterThan(100);
});

function leadsSomewhere(page: string, href: string): boolean {
  const [path = '', anchor] = decodeURI(href).split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchors(target).has(anchor);
}
