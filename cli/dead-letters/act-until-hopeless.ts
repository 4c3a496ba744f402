// Acting, and ending it all where what has failed fails for every message alike.
import type { ActionResult, ActionSummary, ActOptions } from '../../client/dead-letters/index.ts';
import { adviceByName, type Place } from '../connection-errors.ts';

/** What acts. */
export type Act = (options: ActOptions) => Promise<ActionSummary>;

/** Whether what was to be done to a message is done. */
export function isDoneAs({ outcome }: ActionResult): boolean {
  return outcome === 'redriven' || outcome === 'discarded';
}

/**
 * Acts. Where a message fails for a reason that holds for every other as well, such as a missing permission, nothing more is
 * begun: sending what cannot be deleted would only make duplicates.
 *
 * @returns with what to do about that reason; undefined where there was none
 */
export async function actUntilHopeless(
  act: Act,
  place: Place,
  { signal, onResult, ...options }: ActOptions & { readonly signal: AbortSignal },
): Promise<{ readonly summary: ActionSummary; readonly advice: string | undefined }> {
  const hopeless = new AbortController();
  let advice: string | undefined;
  const summary = await act({
    ...options,
    signal: AbortSignal.any([signal, hopeless.signal]),
    async onResult(result) {
      await onResult?.(result);
      if (!('code' in result)) return;
      advice ??= adviceByName(result.code, place);
      if (advice !== undefined) hopeless.abort();
    },
  });
  return { summary, advice };
}
