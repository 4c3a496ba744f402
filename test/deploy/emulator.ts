// The AWS emulator as a child process: TLS and plain HTTP on two free ports, and every permission enforced.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';

import { delimiter, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../support/certificates.ts';

/** Where the emulated AWS is; plain data, so that it can be handed from process to process. */
export interface Aws {
  readonly endpoint: string;
  /** The same without TLS. */
  readonly plainEndpoint: string;
  readonly region: string;
  readonly account: string;
  /** Whom to trust at `endpoint`, PEM. */
  readonly ca: string;
  /** The same as a file, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
}

/** An emulator that runs. */
export interface Emulator {
  readonly aws: Aws;
  /** Ends it and the function's processes; what it wrote stays in {@link EMULATOR_LOG}. */
  stop(): Promise<void>;
}

const PLACE = fileURLToPath(new URL('../../.build/test-deploy', import.meta.url));

/** All that the emulator writes, the function's log lines included. */
export const EMULATOR_LOG = `${PLACE}/emulator.log`;

const LAUNCHER = fileURLToPath(new URL('launch.py', import.meta.url));
const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';
const LOG_LINES = 60;

/**
 * Starts the emulator, with nothing in it.
 *
 * @param python the interpreter that has it installed
 * @throws Error with the end of its output where it does not come up
 */
export async function startEmulator(python: string): Promise<Emulator> {
  await rm(PLACE, { recursive: true, force: true });
  await mkdir(`${PLACE}/tmp`, { recursive: true });
  // The function is unpacked there, and must find no other package.json above it than it does on Lambda: none.
  await writeFile(`${PLACE}/tmp/package.json`, '{}');
  const caFile = `${PLACE}/authority.pem`;
  const authority = await createAuthority();
  const identity = await authority.issue('localhost');
  await Promise.all([
    writeFile(caFile, authority.cert),
    writeFile(`${PLACE}/server.pem`, identity.cert),
    writeFile(`${PLACE}/server-key.pem`, identity.key, { mode: 0o600 }),
  ]);
  const { port, plainPort } = await freePorts();
  const child = await launch(python, port, plainPort, caFile);
  const aws: Aws = {
    endpoint: `https://127.0.0.1:${port}`,
    plainEndpoint: `http://127.0.0.1:${plainPort}`,
    region: REGION,
    account: ACCOUNT,
    ca: authority.cert,
    caFile,
  };
  const stop = async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.stdin?.end();
    await ended;
    await rm(`${PLACE}/tmp`, { recursive: true, force: true });
  };
  try {
    await waitUntilUp(child, aws.plainEndpoint);
  } catch (error) {
    await stop();
    throw new Error(`The AWS emulator did not start:\n${await endOfLog()}`, { cause: error });
  }
  return { aws, stop };
}

/** The last that the emulator wrote. */
export async function endOfLog(): Promise<string> {
  const lines = (await readFile(EMULATOR_LOG, 'utf8')).trimEnd().split('\n');
  return lines.slice(-LOG_LINES).join('\n');
}

async function launch(
  python: string,
  port: number,
  plainPort: number,
  caFile: string,
): Promise<ChildProcess> {
  const tls = [
    `--bind=127.0.0.1:${port}`,
    `--certfile=${PLACE}/server.pem`,
    `--keyfile=${PLACE}/server-key.pem`,
  ];
  const log = await open(EMULATOR_LOG, 'w');
  try {
    return spawn(
      python,
      [LAUNCHER, 'ministack.app:app', ...tls, `--insecure-bind=127.0.0.1:${plainPort}`, '--workers=0'],
      { detached: true, stdio: ['pipe', log.fd, log.fd], env: environment(port, caFile) },
    );
  } finally {
    await log.close();
  }
}

/** Nothing of the caller's environment but PATH, since the emulator hands its own on to the function. */
function environment(port: number, caFile: string): NodeJS.ProcessEnv {
  return {
    // The function runs on the first node in PATH: the one that runs this.
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    HOME: `${PLACE}/tmp`,
    TMPDIR: `${PLACE}/tmp`,
    PYTHONUNBUFFERED: '1',
    AUTH: 'true',
    USE_SSL: '1',
    MINISTACK_SSL_CERT: `${PLACE}/server.pem`,
    MINISTACK_SSL_KEY: `${PLACE}/server-key.pem`,
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    AWS_ENDPOINT_URL: `https://127.0.0.1:${port}`,
    NODE_EXTRA_CA_CERTS: caFile,
  };
}

async function waitUntilUp(child: ChildProcess, address: string): Promise<void> {
  const over = new AbortController();
  const ended = once(child, 'exit', { signal: over.signal }).then(([code, signal]) => {
    throw new Error(`it ended by itself (${signal ?? code})`);
  });
  const answered = async () => {
    while (!over.signal.aborted) {
      if ((await fetch(`${address}/_ministack/health`).catch(() => undefined))?.ok) return;
      await sleep(100);
    }
  };
  try {
    await Promise.race([ended, answered()]);
  } finally {
    over.abort();
  }
}

/** Two that nobody listens on at this moment. */
async function freePorts(): Promise<{ port: number; plainPort: number }> {
  const [one, other] = await Promise.all([takePort(), takePort()]);
  await Promise.all([one.release(), other.release()]);
  return { port: one.port, plainPort: other.port };
}

async function takePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, release: () => new Promise((resolve) => server.close(resolve)) };
}
