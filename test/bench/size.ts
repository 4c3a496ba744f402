// How large the bundles are, and how much of them is read until a first batch has succeeded.
import { type Artifact, CONTENDERS, type Contender } from './contenders.ts';
import { bytesRead, type Services } from './processes.ts';

/** Bytes. */
export interface Size {
  readonly read: number;
  readonly all: number;
}

/** Measures them. */
export async function measureSizes(
  artifacts: Readonly<Record<Contender, Artifact>>,
  services: Services,
): Promise<Readonly<Record<Contender, Size>>> {
  await services.set({ latencyMs: 0, refusedPercent: 0 });
  const sizeOf = async (name: Contender): Promise<Size> => {
    const { path, bytes } = artifacts[name];
    return { read: await bytesRead({ artifact: path, env: services.env }), all: bytes };
  };
  const sizes = await Promise.all(CONTENDERS.map(async (name) => [name, await sizeOf(name)] as const));
  return Object.fromEntries(sizes) as Record<Contender, Size>;
}
