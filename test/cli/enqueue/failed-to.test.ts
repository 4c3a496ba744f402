// The file of what was not sent.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFailedFile } from '../../../cli/enqueue/failed-to.ts';
import { UsageError } from '../../../cli/exit-codes.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';

const MESSAGE = { body: '{"userTaskKey":"7"}' };
const WHY = { line: 3, code: 'InDoubt', message: 'no answer', retryable: true };

it('holds each message with why it was not sent', async () => {
  const path = join(await temporaryFolder(), 'failed.jsonl');
  const file = await createFailedFile(path);
  await file.add(MESSAGE, WHY);
  await file.close();
  expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify({ ...MESSAGE, ...WHY })}\n`);
});

it('is for its owner alone', async () => {
  const path = join(await temporaryFolder(), 'failed.jsonl');
  await (await createFailedFile(path)).add(MESSAGE, WHY);
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
});

it('is gone where nothing was added to it, and may be closed again', async () => {
  const path = join(await temporaryFolder(), 'failed.jsonl');
  const file = await createFailedFile(path);
  await file.close();
  await file.close();
  expect(existsSync(path)).toBe(false);
});

it('is never one that is there already', async () => {
  const path = await temporaryFile('failed.jsonl', 'mine\n');
  const creating = createFailedFile(path);
  await expect(creating).rejects.toThrow(UsageError);
  await expect(creating).rejects.toThrow(/^--failed-to .*there already/);
  expect(await readFile(path, 'utf8')).toBe('mine\n');
});
