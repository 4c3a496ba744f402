// Who did what with dead letters, through the real binary: what is written down, and what is not done where it cannot be.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AuditRecord } from '../../../cli/dead-letters/audit/record.ts';
import {
  type Burial,
  burial,
  burials,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { startParameterStore } from '../../client/sending/parameter-store.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { type Ended, runCli, runHere, type StartOptions, startCli } from '../support/binary.ts';
import { openGate } from './sqs-gate.ts';

async function setScene(entries: readonly Burial[] = burials(3)) {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(entries);
  const state = await temporaryFolder();
  const { queueUrl, deadLetterQueueUrl } = stage.embedded;
  const folder = join(state, 'camunda-unassign');
  const file = join(folder, 'audit.jsonl');
  const run = (args: readonly string[], { environment, ...options }: StartOptions = {}): Promise<Ended> =>
    (options.shell === undefined ? runHere : runCli)(['dlq', ...args], {
      ...options,
      environment: { XDG_STATE_HOME: state, ...environment },
    });
  return {
    stage,
    ids,
    state,
    folder,
    file,
    queueUrl,
    deadLetterQueueUrl,
    run,
    /** Runs it on this scene's queues. */
    dlq(args: readonly string[], options?: StartOptions) {
      const urls = ['--dead-letter-queue-url', deadLetterQueueUrl];
      if (args[0] === 'redrive') urls.push('--queue-url', queueUrl);
      return run([...args, ...urls], options);
    },
    async lines(): Promise<AuditRecord[]> {
      return (await readFile(file, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
    /** Writes the file as a test wants it. */
    async write(content: readonly string[]) {
      await mkdir(folder);
      await writeFile(file, content.map((line) => `${line}\n`).join(''));
    },
    async history(): Promise<AuditRecord[]> {
      return JSON.parse((await run(['history', '--output', 'json'])).stdout).actions;
    },
    async left(): Promise<number> {
      return (await stage.drain(deadLetterQueueUrl)).length;
    },
  };
}

const RECORD: AuditRecord = {
  id: 'a',
  at: '2026-11-23T12:00:00.000Z',
  endedAt: '2026-11-23T12:00:01.000Z',
  action: 'discard',
  identity: null,
  user: 'anna',
  stage: null,
  deadLetterQueueUrl: 'http://127.0.0.1:9324/123456789012/unassign-dead-letters',
  queueUrl: null,
  choice: { all: true, ids: null, file: null, filter: null, verdicts: null, limit: null },
  reason: null,
  planned: 1,
  leftOut: 0,
  done: 1,
  failed: 0,
  notMet: 0,
  error: null,
  export: null,
};

const permissionsOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('what is written down', () => {
  it('of a redrive', async () => {
    const { dlq, history, ids, queueUrl, deadLetterQueueUrl } = await setScene([
      ...burials(1),
      burial({ kind: 'expired', body: '{"userTaskKey":"7","expiresAt":"2020-01-01T00:00:00Z"}' }),
    ]);
    const unknown = '5fea7756-0ea4-451a-a703-a558b933e274';
    await dlq(['redrive', ...ids, unknown, '--yes', '--reason', 'INC-4711']);
    expect(await history()).toEqual([
      {
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        action: 'redrive',
        identity: null,
        user: userInfo().username,
        stage: null,
        deadLetterQueueUrl,
        queueUrl,
        choice: { all: false, ids: [...ids, unknown], file: null, filter: null, verdicts: null, limit: null },
        reason: 'INC-4711',
        planned: 1,
        leftOut: 1,
        done: 1,
        failed: 0,
        notMet: 1,
        error: null,
        export: null,
      },
    ]);
  });

  it('of a discard', async () => {
    const { dlq, history, deadLetterQueueUrl } = await setScene();
    await dlq(['discard', '--all', '--yes', '--no-export']);
    expect(await history()).toMatchObject([
      { action: 'discard', deadLetterQueueUrl, queueUrl: null, reason: null, planned: 3, done: 3, notMet: 0 },
    ]);
  });

  it.each([
    [['--all'], { all: true, filter: null }],
    [['--all', '--limit', '2'], { all: true, filter: null, limit: 2 }],
    [
      ['--kind', 'not-found,expired', '--match', 'task', '--until', '2999-01-01T00:00:00Z'],
      {
        all: false,
        filter: { kinds: ['not-found', 'expired'], text: 'task', until: '2999-01-01T00:00:00.000Z' },
      },
    ],
  ])('of the choice %j', async (args, choice) => {
    const { dlq, history } = await setScene();
    await dlq(['discard', ...args, '--yes']);
    expect((await history())[0]?.choice).toMatchObject({ ids: null, file: null, ...choice });
  });

  it('of a file that made the choice, its whole path', async () => {
    const { dlq, history, folder } = await setScene();
    await mkdir(folder);
    await dlq(['export', '--all', '--to', join(folder, 'letters.jsonl')]);
    await dlq(['redrive', '--from-file', 'letters.jsonl', '--yes'], { shell: `cd ${folder} && exec "$@"` });
    expect((await history())[0]).toMatchObject({
      done: 3,
      choice: { file: join(folder, 'letters.jsonl'), ids: null },
    });
  });

  it('before anything is done', async () => {
    const { stage, file, run } = await setScene();
    const found: unknown[] = [];
    const gate = await openGate(stage.embedded, undefined, (action) => {
      if (action === 'DeleteMessageBatch') found.push(JSON.parse(readFileSync(file, 'utf8')));
      return undefined;
    });
    await run(['discard', '--all', '--yes', '--dead-letter-queue-url', gate.deadLetterQueueUrl]);
    expect(found).toMatchObject([{ action: 'discard', planned: 3, endedAt: null, done: null }]);
  });

  it('of what was ended by an error', async () => {
    const { dlq, history } = await setScene(burials(300));
    const shell = `trap '' XFSZ; ulimit -f 100; exec "$@"`;
    await dlq(['discard', '--all', '--yes'], { shell });
    expect(await history()).toMatchObject([
      {
        done: 0,
        failed: 0,
        notMet: 300,
        error: expect.stringContaining('EFBIG'),
        endedAt: expect.any(String),
      },
    ]);
  });

  it.each([
    ['a dry run', ['discard', '--all', '--dry-run']],
    ['a look', ['list']],
    ['an export', ['export', '--all']],
  ])('not of %s, which makes no folder', async (_, args) => {
    const { dlq, state } = await setScene();
    expect(await dlq(args)).toMatchObject({ code: 0 });
    expect(await readdir(state)).toEqual([]);
  });

  it.each([
    ['what nobody says yes to', ['discard', '--all']],
    ['an action on nothing', ['discard', '--kind', 'expired', '--yes']],
  ])('not of %s', async (_, args) => {
    const { dlq, history } = await setScene();
    await dlq(args);
    expect(await history()).toEqual([]);
  });

  it('in one harmless line, whatever the reason says', async () => {
    const { dlq, file, history } = await setScene();
    await dlq(['discard', '--all', '--yes', '--reason', 'two\nlines \u001b[2J \u009b31m']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    expect((await readFile(file, 'utf8')).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect((await history())[0]?.reason).toBe('two lines \ufffd[2J \ufffd31m');
  });
});

describe('the audit file', () => {
  it('is for its owner alone, and so is its folder', async () => {
    const { dlq, file, folder } = await setScene();
    await dlq(['discard', '--all', '--yes']);
    expect([await permissionsOf(folder), await permissionsOf(file)]).toEqual(['700', '600']);
  });

  it('is taken from the eyes of others where it was made otherwise', async () => {
    const { dlq, file, folder } = await setScene();
    await mkdir(folder);
    await writeFile(file, '');
    await chmod(file, 0o644);
    await dlq(['discard', '--all', '--yes']);
    expect(await permissionsOf(file)).toBe('600');
  });

  it('has the lines of processes that write at the same time whole', async () => {
    const { file, lines } = await setScene([]);
    const built = new URL('../../../dist/cli/dead-letters/audit/audit-file.js', import.meta.url);
    const record = { ...RECORD, reason: 'x'.repeat(10_000) };
    const script = `const { appendRecord } = await import(${JSON.stringify(built)});
      for (let n = 0; n < 20; n += 1) await appendRecord(${JSON.stringify(file)}, ${JSON.stringify(record)});`;
    const processes = ['a', 'b', 'c'].map(() =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]),
    );
    await Promise.all(processes);
    expect(await lines()).toEqual(Array(60).fill(record));
  });

  it('goes on in a line of its own after one that was cut off', async () => {
    const { dlq, file, folder, history } = await setScene();
    await mkdir(folder);
    await writeFile(file, '{"id":"cut o');
    await dlq(['discard', '--all', '--yes']);
    expect(await history()).toMatchObject([{ action: 'discard', done: 3 }]);
  });

  it.each(['redrive', 'discard'])('that cannot be written leaves all as it is: %s', async (action) => {
    const { dlq, left } = await setScene();
    const environment = { XDG_STATE_HOME: '/dev/null' };
    const { code, stderr } = await dlq([action, '--all', '--yes'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\/dev\/null\/camunda-unassign.*ENOTDIR.*XDG_STATE_HOME/);
    expect(await left()).toBe(3);
  });

  it('that a full disk does not take leaves all as it is, and says so', async () => {
    const { dlq, file, folder, left } = await setScene();
    await mkdir(folder);
    await writeFile(file, `${' '.repeat(511)}\n`);
    const shell = `trap '' XFSZ; ulimit -f 1; exec "$@"`;
    const { code, stderr } = await dlq(['redrive', '--all', '--yes'], { shell });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^The audit file .* cannot be written: .*\nNothing was done: nobody could trace it\.$/m,
      ),
    });
    expect(await left()).toBe(3);
  });

  it('that is a symbolic link is not followed', async () => {
    const { dlq, file, folder, left, state } = await setScene();
    const elsewhere = join(state, 'precious');
    await writeFile(elsewhere, 'precious');
    await mkdir(folder);
    await symlink(elsewhere, file);
    const { code, stderr } = await dlq(['discard', '--all', '--yes']);
    expect({ code, content: await readFile(elsewhere, 'utf8') }).toEqual({ code: 1, content: 'precious' });
    expect(stderr).toContain('it is a symbolic link');
    expect(await left()).toBe(3);
  });

  it('is in the home folder where XDG_STATE_HOME is not a whole path', async () => {
    const { dlq, state } = await setScene();
    await dlq(['discard', '--all', '--yes'], { environment: { XDG_STATE_HOME: 'state', HOME: state } });
    expect(await readdir(join(state, '.local', 'state', 'camunda-unassign'))).toContain('audit.jsonl');
  });
});

describe('what is discarded', () => {
  it('is in a file of its owner first', async () => {
    const { dlq, history, ids, folder } = await setScene();
    await dlq(['discard', '--all', '--yes']);
    const [name = ''] = await readdir(join(folder, 'exports'));
    const path = join(folder, 'exports', name);
    expect((await history())[0]?.export).toBe(path);
    expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[\da-f]{8}\.jsonl$/);
    expect([await permissionsOf(join(folder, 'exports')), await permissionsOf(path)]).toEqual(['700', '600']);
    const kept = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).messageId);
    expect(kept.toSorted()).toEqual(ids.toSorted());
  });

  it('is in the file that --export-to names, and in no other', async () => {
    const { dlq, history, folder, state } = await setScene();
    const path = join(state, 'kept.jsonl');
    await dlq(['discard', '--all', '--yes', '--export-to', path]);
    expect((await history())[0]?.export).toBe(path);
    expect(await readdir(folder)).toEqual(['audit.jsonl']);
  });

  it('is in no file with --no-export', async () => {
    const { dlq, history, folder } = await setScene();
    expect(await dlq(['discard', '--all', '--yes', '--no-export'])).toMatchObject({ code: 0 });
    expect((await history())[0]?.export).toBe(null);
    expect(await readdir(folder)).toEqual(['audit.jsonl']);
  });

  it('cannot be both kept and not', async () => {
    const { dlq, left } = await setScene();
    expect(await dlq(['discard', '--all', '--yes', '--no-export', '--export-to', 'x'])).toMatchObject({
      code: 2,
    });
    expect(await left()).toBe(3);
  });

  it('stays where its file cannot be written', async () => {
    const { dlq, left } = await setScene(burials(300));
    const shell = `trap '' XFSZ; ulimit -f 100; exec "$@"`;
    const { code, stderr } = await dlq(['discard', '--all', '--yes'], { shell });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /The export .*EFBIG.*--export-to names another file, and --no-export does without/,
    );
    expect(await left()).toBe(300);
  });
});

/** An STS that answers GetCallerIdentity (STS API reference); `undefined`: never. */
async function startSts(arn: string | undefined): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    if (arn === undefined) return;
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('who', () => {
  const ARN = 'arn:aws:sts::123456789012:assumed-role/operator/anna';

  it.each([
    ['is whom AWS knows by these credentials', ARN, ARN],
    ['is one harmless line', `${ARN}&#x9b;31m`, `${ARN}\ufffd31m`],
    ['stays open where AWS does not answer, which stops nobody', undefined, null],
  ])('%s', async (_, arn, identity) => {
    const { dlq, history } = await setScene();
    const environment = { AWS_ENDPOINT_URL_STS: await startSts(arn) };
    expect(await dlq(['discard', '--all', '--yes'], { environment })).toMatchObject({ code: 0 });
    expect(await history()).toMatchObject([{ identity, user: userInfo().username }]);
  });

  it('is not asked for the credentials of --local', async () => {
    const { stage, run, history } = await setScene([]);
    const port = new URL(stage.embedded.endpoint).port;
    await stage.bury(burials(1));
    const environment = { AWS_ENDPOINT_URL_STS: await startSts(ARN) };
    await run(['discard', '--all', '--yes', '--local', '--port', port], { environment });
    expect(await history()).toMatchObject([{ identity: null, done: 1 }]);
  });
});

describe('the reason in the stage prod', () => {
  async function setStage(name: string) {
    const scene = await setScene();
    const { stage, deadLetterQueueUrl, run } = scene;
    const environment = {
      AWS_ENDPOINT_URL_SQS: stage.embedded.endpoint,
      AWS_ENDPOINT_URL_SSM: await startParameterStore({
        [`/camunda-unassign/${name}/dead-letter-queue-url`]: deadLetterQueueUrl,
      }),
    };
    return {
      ...scene,
      discard: (args: readonly string[]) =>
        run(['discard', '--all', '--stage', name, ...args], { environment }),
    };
  }

  it('is required where nobody can be asked', async () => {
    const { discard, left, state } = await setStage('prod');
    const { code, stderr } = await discard(['--yes']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'In the stage prod an action needs a reason, and there is no terminal to ask for it on: --reason <text> gives it.\n',
    });
    expect([await left(), await readdir(state)]).toEqual([3, []]);
  });

  it('is written down with the stage', async () => {
    const { discard, history } = await setStage('prod');
    expect(await discard(['--yes', '--reason', 'INC-4711'])).toMatchObject({ code: 0 });
    expect(await history()).toMatchObject([{ stage: 'prod', reason: 'INC-4711', done: 3 }]);
  });

  it('is not needed for a dry run', async () => {
    const { discard } = await setStage('prod');
    expect(await discard(['--dry-run'])).toMatchObject({ code: 0 });
  });

  it('is not needed elsewhere', async () => {
    const { discard, history } = await setStage('dev');
    expect(await discard(['--yes'])).toMatchObject({ code: 0 });
    expect(await history()).toMatchObject([{ stage: 'dev', reason: null }]);
  });

  it('says something', async () => {
    const { discard, left } = await setStage('prod');
    const { code, stderr } = await discard(['--yes', '--reason', ' ']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Expected a reason') });
    expect(await left()).toBe(3);
  });
});

describe('history', () => {
  it('shows what was done, the newest last', async () => {
    const { dlq, ids, run } = await setScene();
    await dlq(['discard', ids[0] ?? '', '--yes', '--reason', 'sent twice']);
    await dlq(['redrive', '--kind', 'not-found', '--yes']);
    const { code, stdout } = await run(['history']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^WHEN \(UTC\) +WHO +ACTION +WHERE +OUTCOME +WHICH +WHY +EXPORT\n.* discard +unassign-dead-letters +1 done +\S+ +sent twice +\S+\.jsonl\n.* redrive .* 2 done +kinds not-found/,
    );
  });

  it('shows the newest with --limit', async () => {
    const { run, write } = await setScene([]);
    await write(['a', 'b', 'c'].map((id) => JSON.stringify({ ...RECORD, id })));
    const { stdout, stderr } = await run(['history', '--limit', '2', '--output', 'jsonl']);
    const shown = stdout.trim().split('\n');
    expect(shown.map((line) => JSON.parse(line).id)).toEqual(['b', 'c']);
    expect(stderr).toBe('Showing 2 of 3 actions.\n');
  });

  it('says that nothing was done yet', async () => {
    const { run, file } = await setScene([]);
    expect(await run(['history'])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Nothing was done from here yet: there is no ${file}.\n`,
    });
  });

  it.each([
    ['cut off', '{"id":"x"'],
    ['without its fields', '{"id":"x"}'],
    ['that is no object', 'null'],
    ['that a lost write has left', '\u0000\u0000'],
    ['with a time that is none', JSON.stringify({ ...RECORD, at: 'today' })],
  ])('says and skips a line %s', async (_, line) => {
    const { run, file, write } = await setScene([]);
    await write([JSON.stringify(RECORD), line, JSON.stringify({ ...RECORD, id: 'b' })]);
    const { code, stdout, stderr } = await run(['history', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ actions: [RECORD, { id: 'b' }], damagedLines: [2] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: `Skipped what is damaged in ${file}: line 2.\n` });
  });

  it('shows what a kill has ended', async () => {
    const { stage, run, state } = await setScene();
    const gate = await openGate(stage.embedded, undefined, (action) => {
      if (action === 'DeleteMessageBatch') child.kill('SIGKILL');
      return undefined;
    });
    const { child, end } = startCli(
      ['dlq', 'discard', '--all', '--yes', '--dead-letter-queue-url', gate.deadLetterQueueUrl],
      { environment: { XDG_STATE_HOME: state } },
    );
    await end;
    expect((await run(['history'])).stdout).toContain('not ended (3 planned)');
  });

  it('drives no terminal, whatever the file says', async () => {
    const { run, write } = await setScene([]);
    await write([JSON.stringify({ ...RECORD, reason: '\u001b[2J\nmore' })]);
    const { stdout } = await run(['history']);
    expect(stdout).toContain('\ufffd[2J more');
    expect(stdout).not.toContain('\u001b');
  });
});
