// What a file is by its first bytes: text, text in gzip, or something that must be exported as text first.
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorText } from '../../client/contract/text.ts';
import { UsageError } from '../exit-codes.ts';

/** As much is looked at. */
const HEAD_BYTES = 4096;

/** A gzip file of more than this is taken for one that was made to fill whatever reads it. */
const MOST_BYTES = 8 * 1024 ** 3;

/**
 * The bytes of a text, unpacked where they are gzip.
 *
 * @param mostBytes of what is unpacked
 * @throws UsageError where it is a spreadsheet, an archive or UTF-16 without a byte order mark, or the gzip is damaged
 */
export async function* plainBytes(
  bytes: AsyncIterable<Uint8Array>,
  mostBytes = MOST_BYTES,
): AsyncGenerator<Uint8Array> {
  const { head, all } = await withHead(bytes);
  if (!isGzip(head)) {
    refuse(head);
    yield* all;
    return;
  }
  const unpacked = await withHead(unpack(all, mostBytes));
  if (isGzip(unpacked.head)) throw new UsageError('this is gzip in gzip; unpack it once.');
  refuse(unpacked.head);
  yield* unpacked.all;
}

async function* unpack(bytes: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  const source = Readable.from(bytes);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > mostBytes) {
        throw new UsageError(`expected at most ${mostBytes} bytes once it is unpacked.`);
      }
      yield chunk;
    }
  } catch (error) {
    const isDamage = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    if (!isDamage) throw error;
    throw new UsageError(`this gzip file is damaged or incomplete: ${errorText(error)}`, {
      cause: error,
    });
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/** The beginning of it, and all of it. */
async function withHead(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; all: AsyncGenerator<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const { value, done } = await source.next();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return { head: Buffer.concat(chunks).subarray(0, HEAD_BYTES), all: all() };
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function refuse(head: Buffer): void {
  const what = FOREIGN_FORMATS.find(({ is }) => is(head));
  if (what !== undefined) throw new UsageError(what.advice);
}

const AS_CSV = 'In the spreadsheet, save the sheet as "CSV UTF-8" and give that file.';

const FOREIGN_FORMATS: readonly { readonly is: (head: Buffer) => boolean; readonly advice: string }[] = [
  {
    is: (head) => isZip(head) && /\[Content_Types\]\.xml|xl\//.test(head.toString('latin1')),
    advice: `this is an Excel workbook (.xlsx), not text. ${AS_CSV}`,
  },
  {
    is: (head) => isZip(head) && head.includes('opendocument.spreadsheet'),
    advice: `this is an OpenDocument spreadsheet (.ods), not text. ${AS_CSV}`,
  },
  { is: isZip, advice: 'this is a zip archive, not text. Unpack it and give the file in it.' },
  {
    is: (head) => head.toString('latin1', 257, 262) === 'ustar',
    advice: 'this is a tar archive, not text. Unpack it and give the file in it.',
  },
  {
    is: (head) => head.subarray(0, 8).equals(Buffer.from('d0cf11e0a1b11ae1', 'hex')),
    advice: `this is an old Excel workbook (.xls), not text. ${AS_CSV}`,
  },
  {
    is: isBareUtf16,
    advice:
      'this is UTF-16 without a byte order mark, which cannot be told from other bytes for certain. Save it as UTF-8, such as with: iconv -f UTF-16LE -t UTF-8',
  },
];

function isZip(head: Buffer): boolean {
  // The second is that of an archive with nothing in it.
  return ['PK\u0003\u0004', 'PK\u0005\u0006'].includes(head.toString('latin1', 0, 4));
}

/**
 * Most of every second byte is 0, and none of the others: letters of Europe and digits in 16 bits each, with a few others
 * among them.
 */
function isBareUtf16(head: Buffer): boolean {
  if (['fffe', 'feff'].includes(head.toString('hex', 0, 2))) return false;
  const units = Math.floor(head.length / 2);
  const zeros = [0, 0];
  for (const [index, byte] of head.subarray(0, units * 2).entries()) {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  }
  return units >= 4 && Math.min(...zeros) === 0 && Math.max(...zeros) > units / 2;
}
