// Dead letters in little memory: packed in blocks, whole as long as there is room, and of later ones the beginning.
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { DeadLetter } from '../../../client/dead-letters/index.ts';

/** How much text is kept, in bytes. */
export interface StoreBounds {
  /** Of letters that are kept whole. */
  readonly whole: number;
  /** Of all. Where it does not suffice for the beginnings of those that come, whole ones are cut after all. */
  readonly all: number;
}

/** For a process of less than 400 MB; the beginnings of 100,000 large messages alone are 205 MB, before they are packed. */
export const STORE_BOUNDS: StoreBounds = { whole: 200_000_000, all: 210_000_000 };

/** So much of a body is kept in any case. */
export const CUT_BODY_BYTES = 2_048;

/** What is missing of a letter. */
export interface Cut {
  /** Of the whole body. */
  readonly bodyBytes: number;
  /** Names of attributes that were left out. */
  readonly attributes: readonly string[];
}

/** A letter as it is kept. */
export interface KeptLetter {
  readonly letter: DeadLetter;
  /** Undefined: it is whole. */
  readonly cut: Cut | undefined;
}

/** Letters of one block: many are alike, so that they need much less room together. */
const BLOCK_LETTERS = 16;

/** Fewer letters where they are large: a block is unpacked whole. */
const BLOCK_BYTES = 256 * 1024;

interface Block {
  packed: Buffer;
  /** Of all its texts, and of those that would go if it were cut. */
  bytes: number;
  spare: number;
}

/**
 * Memory of many blocks. Each in a piece of its own, among what comes and goes while a look lasts, would leave gaps that the process
 * keeps: 30 MB with 100,000 messages of 2,100 bytes (npm run bench:console).
 */
interface Slab {
  readonly memory: Buffer;
  used: number;
  readonly blocks: Block[];
}

const SLAB_BYTES = 1024 * 1024;

/** Keeps letters, each under a number from 0 on. */
export class LetterStore {
  readonly #bounds: StoreBounds;
  readonly #blocks: Block[] = [];
  readonly #slabs = new Set<Slab>();
  #openSlab: Slab | undefined;
  /** The block of each letter, and the number of each block's first letter. */
  readonly #blockOf: number[] = [];
  readonly #firstOf: number[] = [];
  #open: KeptLetter[] = [];
  #openBytes = 0;
  #bytes = 0;
  #wholeBytes = 0;
  #cut = 0;
  #lastRead: { readonly block: number; readonly letters: readonly KeptLetter[] } | undefined;

  constructor(bounds: StoreBounds = STORE_BOUNDS) {
    this.#bounds = bounds;
  }

  /** How many are kept whole, and how many are not. */
  get kept(): { readonly whole: number; readonly cut: number } {
    return { whole: this.#blockOf.length - this.#cut, cut: this.#cut };
  }

  /** What it all takes, packed. */
  get packedBytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.packed.length, 0);
  }

  /** Keeps one, and returns its number. */
  add(letter: DeadLetter): number {
    const size = textBytes(letter);
    const fits = size <= CUT_BODY_BYTES || this.#wholeBytes + size <= this.#bounds.whole;
    const kept: KeptLetter = fits ? { letter, cut: undefined } : cutLetter(letter);
    if (fits) this.#wholeBytes += size;
    else this.#cut += 1;
    if (this.#open.length === 0) this.#firstOf.push(this.#blockOf.length);
    this.#open.push(kept);
    this.#openBytes += fits ? size : textBytes(kept.letter);
    this.#blockOf.push(this.#firstOf.length - 1);
    if (this.#open.length === BLOCK_LETTERS || this.#openBytes >= BLOCK_BYTES) this.close();
    return this.#blockOf.length - 1;
  }

  /** Packs what was added last, too. */
  close(): void {
    if (this.#open.length === 0) return;
    const block = packed(this.#open);
    this.#place(block);
    this.#blocks.push(block);
    this.#bytes += block.bytes;
    this.#open = [];
    this.#openBytes = 0;
    this.#makeRoom();
  }

  /** The letter with this number. */
  read(number: number): KeptLetter {
    const block = this.#blockOf[number] ?? -1;
    const letters = block === this.#blocks.length ? this.#open : this.#unpacked(block);
    const kept = letters[number - (this.#firstOf[block] ?? 0)];
    if (kept === undefined) throw new RangeError(`there is no letter ${number}`);
    return kept;
  }

  #unpacked(block: number): readonly KeptLetter[] {
    if (this.#lastRead?.block === block) return this.#lastRead.letters;
    const found = this.#blocks[block];
    const letters = found === undefined ? [] : unpacked(found);
    this.#lastRead = { block, letters };
    return letters;
  }

  /** Moves what is packed to where blocks stay. */
  #place(block: Block): void {
    const size = block.packed.length;
    let slab = this.#openSlab;
    if (slab === undefined || slab.used + size > slab.memory.length) {
      slab = { memory: Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, size)), used: 0, blocks: [] };
      this.#slabs.add(slab);
      this.#openSlab = slab;
    }
    block.packed.copy(slab.memory, slab.used);
    block.packed = slab.memory.subarray(slab.used, slab.used + size);
    slab.used += size;
    slab.blocks.push(block);
  }

  /** Cuts the blocks of the slabs that give most, until the rest has room. */
  #makeRoom(): void {
    while (this.#bytes > this.#bounds.all) {
      const [largest] = [...this.#slabs].sort((one, other) => spareOf(other) - spareOf(one));
      if (largest === undefined || spareOf(largest) === 0) return;
      this.#slabs.delete(largest);
      if (this.#openSlab === largest) this.#openSlab = undefined;
      for (const block of largest.blocks) {
        if (block.spare > 0) this.#cutBlock(block);
        this.#place(block);
      }
    }
  }

  #cutBlock(block: Block): void {
    const before = unpacked(block);
    const after = before.map((kept) => (isCuttable(kept) ? cutLetter(kept.letter) : kept));
    const large = before.filter(isCuttable);
    this.#cut += large.length;
    this.#wholeBytes -= large.reduce((sum, { letter }) => sum + textBytes(letter), 0);
    this.#bytes -= block.bytes;
    Object.assign(block, packed(after));
    this.#bytes += block.bytes;
    this.#lastRead = undefined;
  }
}

function isCuttable({ letter, cut }: KeptLetter): boolean {
  return cut === undefined && textBytes(letter) > CUT_BODY_BYTES;
}

function packed(letters: readonly KeptLetter[]): Block {
  const sizes = letters.map((kept) => ({ bytes: textBytes(kept.letter), isSpare: isCuttable(kept) }));
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const spare = sizes.reduce((sum, size) => sum + (size.isSpare ? size.bytes - CUT_BODY_BYTES : 0), 0);
  return { packed: deflateRawSync(serialize(letters), { level: 1 }), bytes, spare };
}

/** So many bytes of text would go if all of its blocks were cut. */
function spareOf({ blocks }: Slab): number {
  return blocks.reduce((sum, { spare }) => sum + spare, 0);
}

function unpacked(block: Block): readonly KeptLetter[] {
  return deserialize(inflateRawSync(block.packed)) as KeptLetter[];
}

/** Of what senders decide: the body, attributes, a journey of somebody else's. */
function textBytes({ body, attributes, unreadable = '' }: DeadLetter): number {
  let bytes = Buffer.byteLength(body) + Buffer.byteLength(unreadable);
  for (const [name, attribute] of attributes) {
    bytes += Buffer.byteLength(name);
    bytes += Buffer.byteLength('stringValue' in attribute ? attribute.stringValue : attribute.binaryValue);
  }
  return bytes;
}

/** Attributes stay only where they are small. */
function cutLetter(letter: DeadLetter): KeptLetter {
  const { body, attributes, unreadable } = letter;
  const isSmall = textBytes({ ...letter, body: '', unreadable: '' }) <= CUT_BODY_BYTES;
  return {
    letter: {
      ...letter,
      body: beginning(body),
      attributes: isSmall ? attributes : new Map(),
      unreadable: unreadable && beginning(unreadable),
    },
    cut: { bodyBytes: Buffer.byteLength(body), attributes: isSmall ? [] : [...attributes.keys()] },
  };
}

/** No character is cut in two. */
function beginning(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= CUT_BODY_BYTES) return text;
  const end = bytes.subarray(0, CUT_BODY_BYTES + 1).findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  return bytes.toString('utf8', 0, end);
}
