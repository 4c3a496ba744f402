// A person's shell in a checkout: bash, in which one block of commands comes after the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { ROOT } from '../pages.ts';

/** What a block of commands said, and which of its commands failed. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly failed: string;
}

/** A shell that runs. */
export interface Shell {
  /** The folder in which it is. */
  readonly folder: string;
  run(commands: string): Promise<Said>;
}

const TERMINAL = fileURLToPath(new URL('terminal.mjs', import.meta.url));
const AWS = fileURLToPath(new URL('aws.ts', import.meta.url));

/**
 * Starts bash in a folder that looks like the checkout, so that files which a command writes do not stay. In the place of
 * `npx` and `aws` stand the built binary, whose questions are answered with y, and {@link AWS}.
 */
export async function startShell(environment: Readonly<Record<string, string>>): Promise<Shell> {
  const folder = await temporaryFolder();
  for (const name of await readdir(ROOT))
    if (name !== '.git') await symlink(join(ROOT, name), join(folder, name));
  const bin = join(folder, '.bin');
  await mkdir(bin);
  await put(join(bin, 'npx'), NPX);
  await put(join(bin, 'aws'), `#!/bin/sh\nexec '${process.execPath}' '${AWS}' "$@"\n`);
  const bash = spawn('bash', ['--noprofile', '--norc', '-s'], {
    cwd: folder,
    env: {
      ...environment,
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(':'),
      HOME: folder,
      XDG_STATE_HOME: join(folder, '.state'),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    bash.stdin.end();
    if (bash.exitCode === null && bash.signalCode === null) await once(bash, 'close');
  });
  const lines = createInterface({ input: bash.stdout })[Symbol.asyncIterator]();
  bash.stdin.write('set -o errtrace; trap \'echo "$BASH_COMMAND" >> .failed\' ERR\n');
  return {
    folder,
    async run(commands) {
      await writeFile(join(folder, '.block'), `${commands}\n`);
      await writeFile(join(folder, '.failed'), '');
      bash.stdin.write('. ./.block > .stdout 2> .stderr < /dev/null; echo done\n');
      if ((await lines.next()).done) throw new Error('the shell has ended');
      const said = (name: string) => readFile(join(folder, name), 'utf8');
      return { stdout: await said('.stdout'), stderr: await said('.stderr'), failed: await said('.failed') };
    },
  };
}

const NPX = `#!/bin/sh
if [ "$1" != camunda-unassign ]; then echo "npx $1 is not run here" >&2; exit 127; fi
shift
yes | '${process.execPath}' --import='${TERMINAL}' '${join(ROOT, 'dist/cli/main.js')}' "$@"
`;

async function put(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  await chmod(path, 0o755);
}
