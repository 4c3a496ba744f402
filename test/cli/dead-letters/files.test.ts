// The files that the dead-letter commands make: nobody else may read them, none is overwritten, none stays behind.
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { burial, startDeadLetterStage } from '../../client/dead-letters/dead-letter-stage.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { runCli, type StartOptions } from '../support/binary.ts';

async function setScene() {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury([burial({ body: '{"userTaskKey":"7"}' })]);
  const { queueUrl, deadLetterQueueUrl } = stage.embedded;
  const deadLetterQueue = ['--dead-letter-queue-url', deadLetterQueueUrl];
  return {
    export: (to: string) => runCli(['dlq', 'export', '--all', '--to', to, ...deadLetterQueue]),
    edit: (options: StartOptions) =>
      runCli(
        ['dlq', 'redrive', '--edit', '--key', '7', '--yes', '--queue-url', queueUrl, ...deadLetterQueue],
        options,
      ),
  };
}

const permissionsOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

it('an export is for its owner alone', async () => {
  const scene = await setScene();
  const file = join(await temporaryFolder(), 'letters.jsonl');
  expect(await scene.export(file)).toMatchObject({ code: 0 });
  expect(await permissionsOf(file)).toBe('600');
});

it('an export does not overwrite a file', async () => {
  const scene = await setScene();
  const file = await temporaryFile('letters.jsonl', 'what is nowhere else');
  const { code, stderr } = await scene.export(file);
  expect({ code, content: await readFile(file, 'utf8') }).toEqual({
    code: 2,
    content: 'what is nowhere else',
  });
  expect(stderr).toContain('letters.jsonl: this file is there already');
});

/** An editor that says which permissions its file has, and then ends with that code. */
async function startEditor(exitCode: number) {
  const editor = await temporaryFile('editor.sh', `#!/bin/sh\nls -l "$1" > "$0.says"\nexit ${exitCode}\n`);
  await chmod(editor, 0o700);
  const folder = await temporaryFolder();
  return { environment: { EDITOR: editor, TMPDIR: folder }, folder, says: `${editor}.says` };
}

it('the body in the editor is for its owner alone', async () => {
  const scene = await setScene();
  const { environment, says } = await startEditor(0);
  await scene.edit({ environment });
  expect(await readFile(says, 'utf8')).toMatch(/^-rw-------/);
});

it.each([
  ['sent', 0, 0],
  ['given up', 1, 1],
])('the file of --edit is gone when the body is %s', async (_, exitCode, code) => {
  const scene = await setScene();
  const { environment, folder, says } = await startEditor(exitCode);
  expect(await scene.edit({ environment })).toMatchObject({ code });
  // It was there.
  expect(await readFile(says, 'utf8')).not.toBe('');
  expect(await readdir(folder)).toEqual([]);
});
