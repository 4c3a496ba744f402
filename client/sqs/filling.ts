// Filling batches within SQS's limits. Pure but for what it is handed.
import { MAX_ENTRIES, MAX_MESSAGE_BYTES } from './limits.ts';

/** What waits for its batch to be full. */
export interface Filling<T> {
  readonly isEmpty: () => boolean;
  /** Adds one; what waits is sent before where this would be too much, and after where the batch is full with it. */
  readonly add: (item: T) => void;
  /** Sends what waits, if anything does. */
  readonly flush: () => void;
  /** What waits, which waits no more. */
  readonly takeAll: () => readonly T[];
}

/** @param send is handed each batch: up to ten items of 1 MiB together, and never none */
export function createFilling<T extends { readonly bytes: number }>(
  send: (batch: readonly T[]) => void,
): Filling<T> {
  let waiting: T[] = [];
  let bytes = 0;
  function takeAll(): readonly T[] {
    const taken = waiting;
    waiting = [];
    bytes = 0;
    return taken;
  }
  function flush(): void {
    if (waiting.length > 0) send(takeAll());
  }
  function add(item: T): void {
    if (bytes + item.bytes > MAX_MESSAGE_BYTES) flush();
    waiting.push(item);
    bytes += item.bytes;
    if (waiting.length === MAX_ENTRIES) flush();
  }
  return { isEmpty: () => waiting.length === 0, add, flush, takeAll };
}
