// What happens to the cluster as a whole, to its token endpoint, or to the function's processes.
import type { StandInCluster } from '../../infra/local/stand-in/cluster.ts';
import type { StandInIssuer } from '../../infra/local/stand-in/issuer.ts';
import type { Mishap } from './weather.ts';

/** What a mishap needs to happen. */
export interface Scene {
  readonly cluster: StandInCluster;
  readonly issuer: StandInIssuer;
  /** Kills a process of the function. */
  readonly kill: () => void;
  /** Rejects where the run is to end. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Brings it about, and ends it. */
export async function bring(mishap: Mishap, scene: Scene): Promise<void> {
  if (mishap === 'restart') return restart(scene);
  if (mishap === 'new process') return replaceProcess(scene);
  if (isOfStorage(mishap)) return disturbStorage(mishap, scene);
  const { issuer, wait } = scene;
  issuer.mode = ISSUER_MODES[mishap];
  issuer.revoke();
  const before = issuer.requests.length;
  while (issuer.requests.length === before) await provoke(scene, before);
  await wait(300);
  issuer.mode = 'normal';
}

const ISSUER_MODES = {
  'issuer refuses': 'refuse',
  'issuer unavailable': 'unavailable',
  'issuer resets': 'reset',
  'issuer hangs': 'hang',
  'issuer garbage': 'garbage',
} as const;

/** A process asks for a token at its first call, so a new one is sure to meet the issuer as it is now. */
async function provoke({ issuer, kill, wait }: Scene, before: number): Promise<void> {
  kill();
  for (let waited = 0; waited < 3_000 && issuer.requests.length === before; waited += 20) await wait(20);
}

type StorageMishap = Extract<Mishap, `storage ${string}`>;

function isOfStorage(mishap: Mishap): mishap is StorageMishap {
  return mishap.startsWith('storage ');
}

const STORAGE_MISHAPS: Readonly<Record<StorageMishap, Partial<StandInCluster['settings']>>> = {
  'storage lags': { lagMs: 3_000 },
  'storage stands still': { lagMs: Number.POSITIVE_INFINITY },
  'storage absent': { storage: 'absent' },
};

async function disturbStorage(mishap: StorageMishap, { cluster, wait }: Scene): Promise<void> {
  const { lagMs, storage } = cluster.settings;
  Object.assign(cluster.settings, STORAGE_MISHAPS[mishap]);
  try {
    await wait(2_000);
  } finally {
    Object.assign(cluster.settings, { lagMs, storage });
  }
}

async function restart({ cluster, wait }: Scene): Promise<void> {
  await cluster.close();
  try {
    await wait(1_000);
  } finally {
    await cluster.reopen();
  }
}

/** A new one knows nothing of what those before have met, so it calls; then it has time to settle what it called. */
async function replaceProcess({ cluster, kill, wait }: Scene): Promise<void> {
  const enough = cluster.calls.length + CALLS_OF_NEW_PROCESS;
  while (cluster.calls.length < enough) await wait(20);
  await wait(1_000);
  kill();
}

const CALLS_OF_NEW_PROCESS = 5;
