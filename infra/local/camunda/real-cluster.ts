// A real cluster of one's own, started and stopped through camunda.sh, beside whatever else runs on the machine.
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** A broker, or a gateway in front of one, that is up. */
export interface RunningComponent {
  readonly restAddress: string;
  readonly managementAddress: string;
  readonly pid: number;
  readonly log: string;
}

/** A cluster that can be started, in parts, and is stopped as a whole. */
export interface RealCluster {
  /** @param environment as in `camunda.sh --help`, without the name and the ports */
  start(component: 'broker' | 'gateway', environment?: Record<string, string>): Promise<RunningComponent>;
  /** Stops what runs and removes data and logs. Also done when this process exits. */
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('camunda.sh', import.meta.url));
const LOWEST_PORT = 20_000;
/** Where operating systems begin to hand out ports by themselves. */
const HIGHEST_PORT = 32_000;

/** What a start needs and this machine lacks, in words for people. */
export async function whatIsMissing(): Promise<string | undefined> {
  const { code, stderr } = await run('check', {}, ['ignore', 'ignore', 'pipe']);
  return code === 0 ? undefined : stderr.trim();
}

/** A cluster on free ports; nothing is started yet. */
export async function realCluster(name: string): Promise<RealCluster> {
  const port = await freePorts(9);
  const place = {
    CLUSTER: name,
    QUIET: '1',
    GRPC_PORT: String(port), // and the four after it
    PORT: String(port + 5),
    MGMT_PORT: String(port + 6),
    GW_PORT: String(port + 7),
    GW_MGMT_PORT: String(port + 8),
  };
  const purge = { ...place, PURGE: '1' };
  const stopNow = () => spawnSync('bash', [SCRIPT, 'stop'], { env: environmentWith(purge), stdio: 'ignore' });
  return {
    async start(component, environment = {}) {
      process.off('exit', stopNow).once('exit', stopNow);
      const { code, stdout } = await run(`start ${component}`, { ...environment, ...place }, [
        'ignore',
        'pipe',
        'inherit',
      ]);
      if (code !== 0)
        throw new Error(`the ${component} of the real cluster '${name}' did not start, see above`);
      const said = (variable: string) => new RegExp(`^${variable}=(.+)$`, 'm').exec(stdout)?.[1] ?? '';
      return {
        restAddress: said('CAMUNDA_REST_ADDRESS'),
        managementAddress: said('CAMUNDA_MANAGEMENT_ADDRESS'),
        pid: Number(said('CAMUNDA_PID')),
        log: said('CAMUNDA_LOG'),
      };
    },
    async stop() {
      await run('stop', purge, ['ignore', 'ignore', 'inherit']);
      process.off('exit', stopNow);
    },
  };
}

async function run(
  command: string,
  environment: Record<string, string>,
  stdio: SpawnOptions['stdio'] & object,
) {
  const child = spawn('bash', [SCRIPT, ...command.split(' ')], { stdio, env: environmentWith(environment) });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map((out) => (out ? text(out) : '')),
  );
  return { code: await ended, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** What the caller's shell says about a cluster is not meant for this one. */
function environmentWith(environment: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CAMUNDA|ZEEBE|SPRING)_/.test(name));
  return { ...Object.fromEntries(inherited), ...environment };
}

/** The first of `count` ports in a row that are free. */
async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const first = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT - count));
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
