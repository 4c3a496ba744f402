// Messages that are gathered before they are acted on, in little memory: packed in blocks, up to a bound.
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Message } from '@aws-sdk/client-sqs';
import type { Receipt } from './batches.ts';
import type { Received } from './pass.ts';

/** The most that messages take in memory, packed. */
const MOST_BYTES = 64 * 1024 * 1024;

/** So many are packed together, since they are alike; fewer where they are large: a block is unpacked whole. */
const BLOCK_MESSAGES = 50;
const BLOCK_BYTES = 1024 * 1024;

/** What was gathered. */
export interface Portion extends Iterable<Received> {
  readonly size: number;
  readonly isFull: boolean;
  /** Whether there was room for it. */
  add(received: Received): boolean;
  /** Each of them, and forgets it. */
  drain(): Iterable<Received>;
}

interface Block {
  readonly receipts: readonly Receipt[];
  readonly packed: Buffer;
}

/** Gathers so many messages, or as many as have room in 64 MiB where they are packed. */
export function createPortion(mostMessages: number): Portion {
  const blocks: Block[] = [];
  let open: Received[] = [];
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
    add(received) {
      if (isFull()) return false;
      open.push(received);
      openBytes += bytesOf(received.message);
      size += 1;
      if (open.length === BLOCK_MESSAGES || openBytes >= BLOCK_BYTES) close();
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

/** Of each message what an action reads. The receipts are kept anyway, by whoever holds the messages. */
function blockOf(received: readonly Received[]): Block {
  const contents = received.map(({ message: { Body, Attributes, MessageAttributes } }) => ({
    Body,
    Attributes,
    MessageAttributes,
  }));
  const deflated = deflateRawSync(serialize(contents), { level: 1 });
  // A copy in memory of its own: what zlib hands out is a part of something larger.
  const packed = Buffer.allocUnsafeSlow(deflated.length);
  deflated.copy(packed);
  return { receipts: received.map(({ receipt }) => receipt), packed };
}

function* unpacked({ receipts, packed }: Block): Iterable<Received> {
  const contents: readonly Message[] = deserialize(inflateRawSync(packed));
  for (const [index, receipt] of receipts.entries()) {
    yield { message: { ...contents[index], MessageId: receipt.messageId }, receipt };
  }
}

/** About as much memory as it takes before it is packed. */
function bytesOf({ Body = '', MessageAttributes = {} }: Message): number {
  const values = Object.entries(MessageAttributes).map(
    ([name, attribute]) =>
      name.length + (attribute?.StringValue?.length ?? 0) + (attribute?.BinaryValue?.length ?? 0),
  );
  return values.reduce((sum, value) => sum + value, Body.length);
}
