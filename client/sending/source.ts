// An iterable, sync or async, that can be looked at without waiting for it.

/** What a look at a source finds. */
export type Look<T> =
  | { readonly state: 'item'; readonly item: T }
  /** Nothing yet: the source says when another look is worth it. */
  | { readonly state: 'waiting' }
  | { readonly state: 'ended' }
  | { readonly state: 'failed'; readonly error: unknown };

/** Reads at most one item ahead. */
export interface Source<T> {
  /** Takes the next item. After `ended` or `failed` it is not to be called again. */
  look(): Look<T>;
  /** Lets the source release what it holds; does not wait for it. */
  close(): void;
}

/** @param onArrival told, after a look that found `waiting`, when another one finds something else */
export function createSource<T>(items: Iterable<T> | AsyncIterable<T>, onArrival: () => void): Source<T> {
  return Symbol.asyncIterator in items
    ? asyncSource(items[Symbol.asyncIterator](), onArrival)
    : syncSource(items[Symbol.iterator]());
}

/** An item with its place, from 0. */
export interface Numbered<T> {
  readonly index: number;
  readonly item: T;
}

/** Numbers the items of an iterable; leaving it leaves the iterable at once, even one that is waiting. */
export function numbered<T>(items: Iterable<T>): Iterable<Numbered<T>>;
export function numbered<T>(
  items: Iterable<T> | AsyncIterable<T>,
): Iterable<Numbered<T>> | AsyncIterable<Numbered<T>>;
export function numbered<T>(
  items: Iterable<T> | AsyncIterable<T>,
): Iterable<Numbered<T>> | AsyncIterable<Numbered<T>> {
  if (Symbol.asyncIterator in items) return { [Symbol.asyncIterator]: () => numberedAsync(items) };
  return { [Symbol.iterator]: () => numberedSync(items) };
}

function* numberedSync<T>(items: Iterable<T>): Generator<Numbered<T>> {
  let index = 0;
  for (const item of items) yield { index: index++, item };
}

/** Not a generator: one that waits for an item could not be left. */
function numberedAsync<T>(items: AsyncIterable<T>): AsyncIterator<Numbered<T>> {
  const iterator = items[Symbol.asyncIterator]();
  let index = 0;
  return {
    async next() {
      const { done, value } = await iterator.next();
      return done === true ? { done, value: undefined } : { value: { index: index++, item: value } };
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}

function syncSource<T>(iterator: Iterator<T>): Source<T> {
  return {
    look() {
      try {
        return lookOf(iterator.next());
      } catch (error) {
        return { state: 'failed', error };
      }
    },
    close() {
      // What it throws while it is left has no effect on what was sent.
      try {
        iterator.return?.();
      } catch {}
    },
  };
}

function asyncSource<T>(iterator: AsyncIterator<T>, onArrival: () => void): Source<T> {
  let arrived: Look<T> | undefined;
  let asked = false;

  async function ask(): Promise<void> {
    try {
      arrived = lookOf(await iterator.next());
    } catch (error) {
      arrived = { state: 'failed', error };
    }
    onArrival();
  }

  async function release(): Promise<void> {
    await iterator.return?.();
  }

  return {
    look() {
      if (!asked) {
        asked = true;
        ask();
      }
      if (arrived === undefined) return { state: 'waiting' };
      const look = arrived;
      arrived = undefined;
      asked = false;
      return look;
    },
    close() {
      release().catch(() => undefined);
    },
  };
}

function lookOf<T>(result: IteratorResult<T>): Look<T> {
  return result.done === true ? { state: 'ended' } : { state: 'item', item: result.value };
}
