// The signals of the function that `npm start` runs: it tells of each batch when that is settled.
import * as z from 'zod/mini';
import { errorText } from '../../../client/contract/text.ts';
import { noSignals, type Signals, UNITS } from './signals.ts';

/** A batch that the local function has settled, as `npm start` tells it. */
export const SettledBatch = z.object({
  at: z.iso.datetime(),
  requeued: z.number(),
  breakerOpen: z.boolean(),
  /** Null: calls are not paced. */
  callsPerSecond: z.nullable(z.number()),
});
export type SettledBatch = z.infer<typeof SettledBatch>;

/** Where `npm start` tells it, beside its queues. */
export const LOCAL_SIGNALS_PATH = '/function/batches';

const Batches = z.array(SettledBatch);

const LIMIT_MS = 2_000;

/** Asks `npm start`. Never rejects. */
export async function readLocalSignals(endpoint: string): Promise<Signals> {
  try {
    const response = await fetch(new URL(LOCAL_SIGNALS_PATH, endpoint), {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return localSignals(Batches.parse(await response.json()));
  } catch (error) {
    const isOld = error instanceof SyntaxError || error instanceof z.core.$ZodError;
    return noSignals(
      isOld
        ? 'What runs there does not tell of its function: is it an older `npm start`, or only its queues?'
        : `\`npm start\` does not answer: ${errorText(error)}`,
    );
  }
}

/** Requests that were requeued are counted over so long. */
const COUNTED_MS = 5_000;

const PER_MINUTE = 60_000 / COUNTED_MS;

/** What the batches come to. Pure. */
export function localSignals(batches: readonly SettledBatch[]): Signals {
  const paced = batches.flatMap(({ at, callsPerSecond }) =>
    callsPerSecond === null ? [] : [{ at, value: callsPerSecond }],
  );
  const counted = Map.groupBy(batches, ({ at }) => Math.floor(Date.parse(at) / COUNTED_MS) * COUNTED_MS);
  return {
    pace: { unit: UNITS.pace, points: paced, note: 'Where there is no point calls are not paced.' },
    breaker: {
      unit: UNITS.breaker,
      points: batches.map(({ at, breakerOpen }) => ({ at, value: breakerOpen ? 1 : 0 })),
      note: null,
    },
    requeueRate: {
      unit: UNITS.requeueRate,
      points: [...counted].map(([time, of]) => ({
        at: new Date(time).toISOString(),
        value: of.reduce((sum, { requeued }) => sum + requeued, 0) * PER_MINUTE,
      })),
      note: null,
    },
  };
}
