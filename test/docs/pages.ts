// The pages that people read, taken apart, and which table stands on which of them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import { marked, type Token, type Tokens } from 'marked';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every page, by its path in the project. */
export const PAGES: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'infra/local/stand-in/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Where each table that follows from the code stands: its page, its heading, which of the tables below it. */
const TABLES = {
  outcomes: ['docs/architecture.md', 'Whose word counts', 0],
  readings: ['docs/architecture.md', 'Only while it is still theirs', 0],
  rooms: ['docs/architecture.md', 'Rooms', 0],
  commands: ['docs/contributing.md', 'Commands', 0],
  requestFields: ['docs/contract.md', 'The message', 0],
  requestFieldsInShort: ['README.md', 'Enqueue', 0],
  window: ['docs/contract.md', 'Only while somebody has the task', 0],
  journeyFields: ['docs/contract.md', 'Dead letters', 0],
  kinds: ['docs/contract.md', 'Dead letters', 1],
  enqueueOptions: ['docs/client.md', 'Enqueue', 0],
  connectionOptions: ['docs/command-line.md', 'Which queue', 0],
  taskOptions: ['docs/client.md', 'Tasks of a person', 0],
  taskSearchProblems: ['docs/client.md', 'Tasks of a person', 1],
  enqueueCommand: ['docs/command-line.md', 'Enqueue', 0],
  enqueueTasks: ['docs/command-line.md', 'Tasks of a person', 0],
  consoleOptions: ['docs/console.md', 'The console', 0],
  deadLetterCommands: ['docs/command-line.md', 'Dead letters', 0],
  deadLetterOptions: ['docs/command-line.md', 'Dead letters', 1],
  exitCodes: ['docs/command-line.md', 'Exit codes', 0],
  parameters: ['docs/settings.md', 'Parameters of the deployment', 0],
  settings: ['docs/settings.md', 'Settings of the function', 0],
  issuers: ['docs/connecting.md', 'Issuers', 0],
  tenMillion: ['docs/scale.md', '10 million requests at once', 0],
  environmentsAt500: ['docs/scale.md', '10 million requests at once', 1],
  fiveMillion: ['docs/scale.md', '5 million dead letters', 0],
  bursts: ['docs/scale.md', '1,000 environments', 0],
  outagesOfMany: ['docs/scale.md', '1,000 environments', 1],
  costs: ['docs/costs.md', 'Costs', 0],
  alarms: ['docs/observability.md', 'Alarms', 0],
  savedQueries: ['docs/observability.md', 'Saved queries', 0],
  logFields: ['docs/observability.md', 'Logs', 0],
  metrics: ['docs/observability.md', 'Metrics', 0],
  alarmSections: ['docs/runbook.md', 'Alarms', 0],
  documents: ['README.md', 'Documents', 0],
} as const satisfies Record<string, readonly [page: string, heading: string, index: number]>;

/** The name of a table. */
export type TableName = keyof typeof TABLES;

/** The text of a file of the project. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The rows of a table, without its head, as cells in Markdown. */
export function table(name: TableName): string[][] {
  const [page, heading, index] = TABLES[name];
  const found = under(page, heading).filter((token): token is Tokens.Table => token.type === 'table')[index];
  if (found === undefined) throw new Error(`${page} has no such table under "${heading}"`);
  return found.rows.map((row) => row.map(({ text }) => text));
}

/** What stands below a heading of a page, down to the next of its level or above. */
function under(page: string, heading: string): Token[] {
  const tokens = marked.lexer(read(page));
  const found = tokens.filter(isHeading).find(({ text }) => text === heading);
  if (found === undefined) throw new Error(`${page} has no heading "${heading}"`);
  const rest = tokens.slice(tokens.indexOf(found) + 1);
  const end = rest.findIndex((token) => isHeading(token) && token.depth <= found.depth);
  return end < 0 ? rest : rest.slice(0, end);
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === 'heading';
}

/** The text below a heading of a page, as Markdown. */
export function section(page: string, heading: string): string {
  return under(page, heading)
    .map(({ raw }) => raw)
    .join('');
}

/** An ordered list of a page, and the paragraph before it; without the marks of code and the breaks of lines. */
export interface Steps {
  readonly before: string;
  readonly steps: readonly string[];
}

/** The ordered lists below a heading of a page. */
export function orderedLists(page: string, heading: string): Steps[] {
  const tokens = under(page, heading).filter(({ type }) => type !== 'space');
  const plain = (markdown: string) => markdown.replaceAll('`', '').replaceAll(/\s+/g, ' ').trim();
  return tokens.flatMap((token, index) =>
    isList(token) && token.ordered
      ? [{ before: plain(tokens[index - 1]?.raw ?? ''), steps: token.items.map(({ text }) => plain(text)) }]
      : [],
  );
}

function isList(token: Token): token is Tokens.List {
  return token.type === 'list';
}

/** The headings of a page. */
export function headings(page: string): string[] {
  return tokensOf(page, 'heading').map(({ text }) => text);
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchors(page: string): ReadonlySet<string> {
  const slugger = new GithubSlugger();
  return new Set(headings(page).map((heading) => slugger.slug(heading.replaceAll('`', ''))));
}

/** Where the links and pictures of a page lead. */
export function links(page: string): string[] {
  return [...tokensOf(page, 'link'), ...tokensOf(page, 'image')].map(({ href }) => href);
}

/** A block of code of a page, and the heading that it stands under. */
export interface CodeBlock {
  readonly heading: string;
  readonly text: string;
}

/** The blocks of code of a page, also those within lists, in their order. */
export function codeBlocks(page: string): CodeBlock[] {
  let heading = '';
  const blocks: CodeBlock[] = [];
  marked.walkTokens(marked.lexer(read(page)), (token) => {
    if (token.type === 'heading') heading = token.text;
    if (token.type === 'code') blocks.push({ heading, text: token.text });
  });
  return blocks;
}

/** The lines of all blocks of code of a page. */
export function codeLines(page: string): string[] {
  return tokensOf(page, 'code').flatMap(({ text }) => text.split('\n'));
}

/** What stands as code in some Markdown, in blocks or within text. */
export function codeIn(markdown: string): string[] {
  return tokensIn(marked.lexer(markdown), 'codespan').map(({ text }) => text);
}

/** What stands as code in the first cells. */
export function namesIn(rows: readonly string[][]): string[] {
  return rows.flatMap(([name = '']) => codeIn(name));
}

interface TokensByType {
  heading: Tokens.Heading;
  link: Tokens.Link;
  image: Tokens.Image;
  code: Tokens.Code;
  codespan: Tokens.Codespan;
}

function tokensOf<T extends keyof TokensByType>(page: string, type: T): TokensByType[T][] {
  return tokensIn(marked.lexer(read(page)), type);
}

function tokensIn<T extends keyof TokensByType>(tokens: Token[], type: T): TokensByType[T][] {
  const found: TokensByType[T][] = [];
  marked.walkTokens(tokens, (token) => {
    if (token.type === type) found.push(token as TokensByType[T]);
  });
  return found;
}
