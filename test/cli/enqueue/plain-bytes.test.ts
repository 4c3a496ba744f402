// What is read as text, and what is refused by name.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { plainBytes } from '../../../cli/enqueue/plain-bytes.ts';

const TEXT = `${'2251799813685249\n'.repeat(2_000)}`;

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(bytes: Uint8Array, chunk = 1_000, mostBytes?: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of plainBytes(inChunks(bytes, chunk), mostBytes)) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** The beginning of a zip archive whose first file has that name. */
function zip(name: string, content = ''): Buffer {
  const head = Buffer.alloc(30);
  head.write('PK\u0003\u0004', 'latin1');
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, Buffer.from(name + content)]);
}

/** The head of a tar archive whose first file has that name. */
function tar(name: string): Buffer {
  const head = Buffer.alloc(512);
  head.write(name);
  head.write('ustar', 257);
  return head;
}

describe('bytes', () => {
  it.each([
    ['text', Buffer.from(TEXT)],
    ['gzip', gzipSync(TEXT)],
    ['gzip of several members', Buffer.concat([gzipSync(TEXT.slice(0, 17)), gzipSync(TEXT.slice(17))])],
  ])('of %s come out as text', async (_, bytes) => {
    for (const chunk of [1, 7, 100_000]) expect(await read(bytes, chunk)).toBe(TEXT);
  });

  it.each([
    ['little-endian', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['big-endian', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
  ])('of %s UTF-16 come out where a mark says what they are', async (_, bytes) => {
    const parts: Uint8Array[] = [];
    for await (const part of plainBytes(inChunks(bytes, 1_000))) parts.push(part);
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['one character', '7'],
    ['a character of zero', 'a\u0000b'],
  ])('of %s come out', async (_, text) => {
    expect(await read(Buffer.from(text))).toBe(text);
  });

  it.each([
    ['an Excel workbook', zip('[Content_Types].xml'), /Excel workbook \(\.xlsx\).*CSV UTF-8/],
    [
      'an OpenDocument spreadsheet',
      zip('mimetype', 'application/vnd.oasis.opendocument.spreadsheet'),
      /OpenDocument.*CSV/,
    ],
    ['a zip archive', zip('keys.txt'), /zip archive.*Unpack it/],
    ['a zip archive of nothing', Buffer.from('504b0506000000000000', 'hex'), /zip archive.*Unpack it/],
    ['a tar archive', tar('keys.txt'), /tar archive.*Unpack it/],
    ['an old Excel workbook', Buffer.from('d0cf11e0a1b11ae1000000', 'hex'), /old Excel workbook \(\.xls\)/],
    ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le'), /UTF-16 without a byte order mark/],
    [
      'big-endian UTF-16 without a mark',
      Buffer.from(TEXT, 'utf16le').swap16(),
      /UTF-16 without a byte order mark/,
    ],
    [
      'UTF-16 without a mark, with an umlaut and a euro sign',
      Buffer.from('Schlüssel;Betrag in €\n2251799813685249;7', 'utf16le'),
      /UTF-16 without a byte order mark/,
    ],
    ['gzip of a workbook', gzipSync(zip('[Content_Types].xml')), /Excel workbook/],
    ['gzip in gzip', gzipSync(gzipSync(TEXT)), /gzip in gzip/],
    ['half a gzip file', gzipSync(TEXT).subarray(0, 60), /damaged or incomplete/],
    [
      'damaged gzip',
      Buffer.concat([gzipSync(TEXT).subarray(0, 20), Buffer.alloc(60, 7)]),
      /damaged or incomplete/,
    ],
  ])('of %s are refused by name', async (_, bytes, problem) => {
    await expect(read(bytes)).rejects.toThrow(problem);
  });

  it('of a gzip file that unpacks to too much are refused', async () => {
    await expect(read(gzipSync(Buffer.alloc(1_000_000)), 100, 100_000)).rejects.toThrow(
      'expected at most 100000 bytes once it is unpacked.',
    );
  });

  it('whose source fails, fail', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync(TEXT).subarray(0, 30);
      throw new Error('input/output error');
    }
    const reading = async () => {
      for await (const part of plainBytes(failing())) expect(part).toBeDefined();
    };
    await expect(reading()).rejects.toThrow('input/output error');
  });
});
