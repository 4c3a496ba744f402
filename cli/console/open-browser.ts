// Opening the browser at a link that nobody else may see: through a file for the user's eyes only, since every process may read
// the arguments of others.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Surroundings } from '../surroundings.ts';

/** A file that leads to the link. */
export interface Opened {
  /** Takes it away. Never rejects. */
  remove(): Promise<void>;
}

/**
 * Opens the browser; undefined where there is none that could be opened.
 *
 * @param link without quotes and angle brackets
 */
export async function openBrowser(
  link: string,
  environment: Surroundings['environment'],
  platform: NodeJS.Platform = process.platform,
): Promise<Opened | undefined> {
  const command = openerOn(platform, environment);
  if (command === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-console-'));
  const remove = () => rm(folder, { recursive: true, force: true }).catch(() => undefined);
  const file = join(folder, 'open.html');
  try {
    await writeFile(file, pageTo(link), { mode: 0o600, flag: 'wx' });
    const [program = '', ...rest] = command;
    await start(program, [...rest, platform === 'win32' ? pathToFileURL(file).href : file], environment);
    return { remove };
  } catch {
    await remove();
    return undefined;
  }
}

/** The program that opens a file as the desktop does; undefined where there is no desktop. */
function openerOn(
  platform: NodeJS.Platform,
  { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME }: Surroundings['environment'],
): readonly string[] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return DISPLAY || WAYLAND_DISPLAY || WSL_DISTRO_NAME ? ['xdg-open'] : undefined;
}

/** A file's page may lead on by itself, which needs no script. */
function pageTo(link: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${link}">
<title>camunda-unassign console</title>
<a href="${link}">The console</a>
`;
}

/** A browser needs neither AWS's credentials nor the cluster's, and what it starts may read its environment. */
function withoutSecrets(environment: Surroundings['environment']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CAMUNDA)_/i.test(name)));
}

/** Resolves when it runs. What becomes of it is its own business. */
function start(program: string, args: readonly string[], env: Surroundings['environment']): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true, env: withoutSecrets(env) });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
