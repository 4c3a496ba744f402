// How long a first invocation takes: from the spawn of a process to the result of its first batch, of ten messages.
import { type Artifact, CONTENDERS, type Contender } from './contenders.ts';
import { coldStart, oauthEnvironment, type Services } from './processes.ts';
import { rotated } from './statistics.ts';

/** What the first batch meets. */
export type FirstBatch = 'fine' | 'refused' | 'fine with OAuth' | 'refused with OAuth';

/** One round: milliseconds by first batch and contender. */
export type ColdStartRound = Readonly<Record<FirstBatch, Readonly<Partial<Record<Contender, number>>>>>;

/** Measures all of them; with OAuth, and its secret in Secrets Manager, those that know it. */
export async function measureColdStarts(
  rounds: number,
  artifacts: Readonly<Record<Contender, Artifact>>,
  services: Services,
  onRound: () => void,
): Promise<ColdStartRound[]> {
  const oauth = oauthEnvironment(services);
  const measure = async (names: readonly Contender[], env: Readonly<Record<string, string>>) => {
    const times: Partial<Record<Contender, number>> = {};
    for (const name of names) times[name] = await coldStart({ artifact: artifacts[name].path, env });
    return times;
  };
  const measured: ColdStartRound[] = [];
  // The first round fills the operating system's file cache and is thrown away.
  for (let index = 0; index <= rounds; index += 1) {
    const all = rotated(CONTENDERS, index);
    const withOauth = rotated(['function', 'sdk'] as const, index);
    await services.set({ latencyMs: 0, refusedPercent: 0 });
    const fine = await measure(all, services.env);
    const fineOauth = await measure(withOauth, oauth);
    await services.set({ latencyMs: 0, refusedPercent: 100 });
    const refused = await measure(all, services.env);
    const refusedOauth = await measure(withOauth, oauth);
    if (index === 0) continue;
    measured.push({ fine, refused, 'fine with OAuth': fineOauth, 'refused with OAuth': refusedOauth });
    onRound();
  }
  return measured;
}
