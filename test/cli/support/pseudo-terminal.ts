// The real command in a real pseudo-terminal under a shell's job control, and a terminal that shows what it draws: `script`
// makes the pseudo-terminal (Debian and macOS have it), xterm.js is the terminal.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { eventually } from '../../infra/local/eventually.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { commandLine, environmentOf } from './binary.ts';
import { brokenLinesOn, createScreen, ROWS, textOn } from './screen.ts';

/** Whose `script` is there: the options differ. */
const SCRIPT = scriptOfThisMachine();

function scriptOfThisMachine(): 'util-linux' | 'BSD' | undefined {
  const { error, stdout } = spawnSync('script', ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error !== undefined || spawnSync('stty', ['size']).error !== undefined) return undefined;
  return stdout.includes('util-linux') ? 'util-linux' : 'BSD';
}

/** Whether this machine can make a pseudo-terminal. Says so loudly where it cannot. */
export function hasPseudoTerminals(): boolean {
  if (SCRIPT !== undefined) return true;
  console.warn('NOT TRIED in a terminal: this machine has no `script` (bsdutils, util-linux) or no `stty`.');
  return false;
}

/** A command in a terminal. */
export interface InTerminal {
  /** Presses keys. */
  type(keys: string): void;
  /** What the terminal shows by now, without blanks and empty lines at the ends. */
  screen(): string;
  /** All that was ever written to the terminal. */
  written(): string;
  /** Makes it wider or narrower, as a person does with a window. */
  resize(columns: number): Promise<void>;
  /** Lines that the terminal has broken since they were too long. */
  brokenLines(): string[];
  /** Resolves with the modes of the terminal, as `stty -a` tells them, when Ctrl-Z has suspended the command. */
  suspended(): Promise<string>;
  /** The shell's `fg`. */
  foreground(): Promise<void>;
  /** Resolves when the command has ended: with its exit code, and the modes in which it leaves the terminal. */
  readonly end: Promise<{ readonly code: number; readonly modes: string }>;
}

/** How the terminal is. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What comes behind the command, such as `> results`. */
  readonly redirection?: string;
}

export const KEYS = { ctrlC: '\u0003', ctrlD: '\u0004', ctrlZ: '\u001a', enter: '\r' } as const;

/** Starts the command in a terminal; both are gone when the test has finished. */
export async function startInTerminal(
  args: readonly string[],
  { columns = 80, environment = {}, redirection = '' }: TerminalOptions = {},
): Promise<InTerminal> {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder, name);
  await writeFile(at('run.sh'), scriptFor(commandLine(args), redirection, folder, columns));
  const shell = `sh ${quoted(at('run.sh'))}`;
  const line = SCRIPT === 'BSD' ? `script -q /dev/null ${shell}` : `script -qec ${quoted(shell)} /dev/null`;
  // A pipe of the shell's: on a socket, as Node.js makes them, BSD's script ends.
  const child = spawn('sh', ['-c', `cat | ${line}`], {
    env: { ...environmentOf(environment), TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const terminal = createScreen(columns);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      terminal.write(chunk);
    });
  }
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  onTestFinished(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await closed;
    terminal.dispose();
  });
  const flushed = () => new Promise<void>((resolve) => terminal.write('', resolve));
  const fileAppears = async (name: string) => {
    await eventually(() => expect(existsSync(at(name)), textOn(terminal)).toBe(true));
    return readFile(at(name), 'utf8');
  };
  const end = fileAppears('ended').then(async (modes) => {
    child.stdin.end();
    await closed;
    await flushed();
    return { code: Number(await readFile(at('code'), 'utf8')), modes };
  });
  end.catch(() => undefined);
  return {
    type: (keys) => void child.stdin.write(keys),
    screen: () => textOn(terminal),
    written: () => Buffer.concat(chunks).toString(),
    async resize(to) {
      await flushed();
      terminal.resize(to, ROWS);
      const device = (await fileAppears('tty')).trim();
      const { status, stderr } = spawnSync('stty', [
        SCRIPT === 'BSD' ? '-f' : '-F',
        device,
        'cols',
        String(to),
      ]);
      expect(status, String(stderr)).toBe(0);
    },
    brokenLines: () => brokenLinesOn(terminal),
    suspended: async () => {
      const modes = await fileAppears('suspended');
      await rm(at('suspended'));
      await flushed();
      return modes;
    },
    foreground: () => writeFile(at('foreground'), ''),
    end,
  };
}

/** A silent shell that lets the command be suspended, and waits for the test to bring it back. Its files have their names when they are whole. */
function scriptFor(command: readonly string[], redirection: string, folder: string, columns: number): string {
  const tell = (what: string, name: string) =>
    `${what} > ${quoted(join(folder, `${name}.new`))}; mv ${quoted(join(folder, `${name}.new`))} ${quoted(join(folder, name))}`;
  const foreground = quoted(join(folder, 'foreground'));
  return `
    set -m
    exec 3>&2 2> /dev/null
    stty sane cols ${columns} rows ${ROWS}
    ${tell('tty', 'tty')}
    ${command.map(quoted).join(' ')} 2>&3 ${redirection}
    code=$?
    while jobs > ${quoted(join(folder, 'jobs'))}; grep -qi -e stopped -e suspended ${quoted(join(folder, 'jobs'))}; do
      ${tell('stty -a', 'suspended')}
      until [ -e ${foreground} ]; do sleep 0.05; done
      rm ${foreground}
      fg > /dev/null
      code=$?
    done
    ${tell('echo $code', 'code')}
    ${tell('stty -a', 'ended')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
