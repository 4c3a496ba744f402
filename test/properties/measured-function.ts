// The built function, which also says how much memory it holds when it is asked with an event `{ "measure": true }`.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const artifact = new URL('../../.build/unassign/index.mjs', import.meta.url).href;
const unassign = (await import(artifact)).handler as (event: object, context: unknown) => unknown;

/** Bytes in use after everything was collected that can be. */
export async function handler(event: object, context: unknown): Promise<unknown> {
  if (!('measure' in event)) return unassign(event, context);
  // What a closed connection held is let go a little later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external };
}
