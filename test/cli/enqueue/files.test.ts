// Files as one input: read by their names, told apart by their names, in their order.
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFiles } from '../../../cli/enqueue/files.ts';
import type { FileSource } from '../../../cli/enqueue/order.ts';
import type { InputLine } from '../../../cli/enqueue/request-line.ts';
import { UsageError } from '../../../cli/exit-codes.ts';
import { temporaryFile } from '../../support/temporary-files.ts';
import { playWorld } from '../support/surroundings.ts';

const A = '2251799813685249';
const B = '2251799813685250';

const bodyOf = (userTaskKey: string) => JSON.stringify({ userTaskKey });

async function linesOf(
  paths: readonly string[],
  how: Partial<FileSource> = {},
  stdin = '',
): Promise<InputLine[]> {
  const source = { format: undefined, column: undefined, withAssignee: false, fromLine: 1, ...how };
  const files = await openFiles({ from: 'files', paths, ...source }, playWorld({ stdin }).surroundings);
  onTestFinished(() => files.close());
  const lines: InputLine[] = [];
  for await (const line of files.read()) lines.push(line);
  return lines;
}

const bodies = (lines: readonly InputLine[]) => lines.map((line) => (line.ok ? line.body : line));

it.each<[string, string]>([
  ['keys.txt', `${A}\n# none\n\n${B}\n`],
  ['keys.csv', `name,userTaskKey\r\n"Ada, first",${A}\r\nx,${B}\r\n`],
  ['keys.jsonl', `{"userTaskKey":"${A}"}\n${JSON.stringify({ body: bodyOf(B) })}\n`],
  ['tasks.json', JSON.stringify([{ userTaskKey: A }, { userTaskKey: B }])],
])('%s is read as its name says', async (name, content) => {
  const lines = await linesOf([await temporaryFile(name, content)]);
  expect(bodies(lines)).toEqual([bodyOf(A), bodyOf(B)]);
});

it('is read in the format that is said, whatever its name is', async () => {
  expect(bodies(await linesOf(['-'], { format: 'csv' }, `userTaskKey\n${A}\n`))).toEqual([bodyOf(A)]);
  const file = await temporaryFile('keys.txt', `{"userTaskKey":"${A}"}\n`);
  expect(bodies(await linesOf([file], { format: 'jsonl' }))).toEqual([bodyOf(A)]);
});

it('is read with the column and the assignees that are asked for', async () => {
  const file = await temporaryFile('tasks.csv', `Key,assignee\n${A},demo\n`);
  expect(bodies(await linesOf([file], { column: 'Key', withAssignee: true }))).toEqual([
    `{"userTaskKey":"${A}","expectedAssignee":"demo"}`,
  ]);
});

it('is read from the line that is asked for', async () => {
  const file = await temporaryFile('keys.txt', `Ada\n${A}\n${B}\n`);
  expect(bodies(await linesOf([file], { fromLine: 3 }))).toEqual([bodyOf(B)]);
});

describe('several', () => {
  it('are read one after the other, each as its name says', async () => {
    const first = await temporaryFile('a.txt', `${A}\n`);
    const second = await temporaryFile('b.json', JSON.stringify([{ userTaskKey: B }]));
    expect(bodies(await linesOf([first, second]))).toEqual([bodyOf(A), bodyOf(B)]);
  });

  it('are named beside each of their lines, valid or not', async () => {
    const first = await temporaryFile('a.txt', `${A}\n`);
    const second = await temporaryFile('b.txt', `${B}\nAda\n`);
    expect(await linesOf([first, second])).toMatchObject([
      { ok: true, file: first, line: 1 },
      { ok: true, file: second, line: 1 },
      { ok: false, file: second, line: 2, reason: expect.stringContaining('got the string "Ada"') },
    ]);
  });

  it.each([
    ['a CSV without the column', 'more.csv', 'key\n7\n', /more\.csv: A CSV needs a first line with column/],
    ['JSON that is cut off', 'more.json', '[{"userTaskKey":"7"},', /more\.json: After item 1: expected JSON/],
    ['a workbook', 'more.txt', 'PK\u0003\u0004 xl/workbook.xml', /more\.txt: this is an Excel workbook/],
  ])('are refused by the name of the one that is %s', async (_, name, content, said) => {
    const paths = [await temporaryFile('keys.txt', A), await temporaryFile(name, content)];
    await expect(linesOf(paths)).rejects.toThrow(UsageError);
    await expect(linesOf(paths)).rejects.toThrow(said);
  });
});

it('one alone is not named beside its lines', async () => {
  const [line] = await linesOf([await temporaryFile('keys.txt', A)]);
  expect(line).not.toHaveProperty('file');
});

it.each([
  ['that is not there', '/does/not/exist', /^--file \/does\/not\/exist: there is no such file\.$/],
  ['that is a directory', '/', /^--file \/: this is a directory; expected a file\.$/],
])('one %s is refused', async (_, path, problem) => {
  await expect(linesOf([path])).rejects.toThrow(UsageError);
  await expect(linesOf([path])).rejects.toThrow(problem);
});
