// Dead letters that are gathered before they are acted on, in little memory: packed in blocks, up to a bound.
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Receipt } from './batches.ts';
import type { DeadLetter } from './dead-letter.ts';

/** A dead letter that is held, and the handle to delete it. */
export interface HeldLetter {
  readonly letter: DeadLetter;
  readonly receipt: Receipt;
}

/** The most that dead letters take in memory, packed. */
const MOST_BYTES = 64 * 1024 * 1024;

/** So many are packed together, since they are alike; fewer where they are large: a block is unpacked whole. */
const BLOCK_LETTERS = 50;
const BLOCK_BYTES = 1024 * 1024;

/** What was gathered. */
export interface Portion extends Iterable<HeldLetter> {
  readonly size: number;
  readonly isFull: boolean;
  /** Whether there was room for it. */
  add(held: HeldLetter): boolean;
  /** Each of them, and forgets it. */
  drain(): Iterable<HeldLetter>;
}

interface Block {
  readonly receipts: readonly Receipt[];
  readonly packed: Buffer;
}

/** Gathers so many dead letters, or as many as have room in 64 MiB where they are packed. */
export function createPortion(mostMessages: number): Portion {
  const blocks: Block[] = [];
  let open: HeldLetter[] = [];
  let openBytes = 0;
  let packedBytes = 0;
  let size = 0;
  const isFull = () => size >= mostMessages || packedBytes + openBytes >= MOST_BYTES;
  const close = () => {
    const block = blockOf(open);
    blocks.push(block);
    packedBytes += block.packed.length;
    open = [];
    openBytes = 0;
  };
  return {
    get size() {
      return size;
    },
    get isFull() {
      return isFull();
    },
    add(held) {
      if (isFull()) return false;
      open.push(held);
      openBytes += bytesOf(held.letter);
      size += 1;
      if (open.length === BLOCK_LETTERS || openBytes >= BLOCK_BYTES) close();
      return true;
    },
    *[Symbol.iterator]() {
      for (const block of blocks) yield* unpacked(block);
      yield* open;
    },
    *drain() {
      blocks.reverse();
      for (let block = blocks.pop(); block !== undefined; block = blocks.pop()) yield* unpacked(block);
      yield* open.splice(0);
    },
  };
}

/** The receipts are kept anyway, by whoever holds the messages. */
function blockOf(held: readonly HeldLetter[]): Block {
  const deflated = deflateRawSync(serialize(held.map(({ letter }) => letter)), { level: 1 });
  // A copy in memory of its own: what zlib hands out is a part of something larger.
  const packed = Buffer.allocUnsafeSlow(deflated.length);
  deflated.copy(packed);
  return { receipts: held.map(({ receipt }) => receipt), packed };
}

function* unpacked({ receipts, packed }: Block): Iterable<HeldLetter> {
  const letters: readonly DeadLetter[] = deserialize(inflateRawSync(packed));
  for (const [index, letter] of letters.entries()) {
    const receipt = receipts[index];
    if (receipt !== undefined) yield { letter, receipt };
  }
}

/** About as much memory as it takes before it is packed: of what senders decide. */
function bytesOf({ body, attributes, unreadable = '' }: DeadLetter): number {
  let bytes = body.length + unreadable.length;
  for (const [name, attribute] of attributes) {
    bytes += name.length;
    bytes += ('stringValue' in attribute ? attribute.stringValue : attribute.binaryValue).length;
  }
  return bytes;
}
