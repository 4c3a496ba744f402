// A batch that SQS refuses whole for what stands in one of its entries: the others need not suffer for it.
import { mayBlameAnEntry } from './send-faults.ts';

/** Some of the items that something was asked for, and the answer, or why there is none. */
export type Part<T, A> =
  | { readonly items: readonly T[]; readonly answer: A }
  | { readonly items: readonly T[]; readonly error: unknown };

/**
 * Asks for all items at once. Where that is refused for what may stand in some of them only, it asks for each half by
 * itself, one after the other, down to single items: 19 times at most for ten. Never throws; together the parts hold
 * every item once, in order.
 */
export async function* askInHalves<T, A>(
  items: readonly T[],
  ask: (items: readonly T[]) => Promise<A>,
): AsyncGenerator<Part<T, A>, void, undefined> {
  const part = await askFor(items, ask);
  if (items.length < 2 || !('error' in part) || !mayBlameAnEntry(part.error)) {
    yield part;
    return;
  }
  const middle = Math.ceil(items.length / 2);
  yield* askInHalves(items.slice(0, middle), ask);
  yield* askInHalves(items.slice(middle), ask);
}

async function askFor<T, A>(
  items: readonly T[],
  ask: (items: readonly T[]) => Promise<A>,
): Promise<Part<T, A>> {
  try {
    return { items, answer: await ask(items) };
  } catch (error) {
    return { items, error };
  }
}
