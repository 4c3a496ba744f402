// Archives whose bytes follow from what is in them alone. What packs them otherwise writes the checkout's file modes along,
// which depend on the umask, and compresses with the zlib of Node.js, whose output differs between processors.
import { gunzipSync, gzipSync, unzipSync, zipSync } from 'fflate';

/** A zip file's first possible day. fflate writes the local parts of a time, so they are given as such. */
const FIRST_DAY = new Date(1980, 0, 1);

/** A regular file on Unix that everybody may read, where a zip file has it: in the upper half. */
const ATTRIBUTES = 0o100644 << 16;
const UNIX = 3;

/** A zip file with the same files: sorted by name, readable by everybody, all of the same day. */
export function canonicalZip(zip: Uint8Array): Uint8Array {
  const files = Object.entries(unzipSync(zip)).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return zipSync(Object.fromEntries(files), { level: 9, mtime: FIRST_DAY, os: UNIX, attrs: ATTRIBUTES });
}

/**
 * A package of `npm pack` with the same files. npm has settled their order and time already; here it becomes the same for
 * everybody who may read or run them.
 */
export function canonicalTarball(tarball: Uint8Array): Uint8Array {
  const tar = gunzipSync(tarball);
  for (const header of headersOf(tar)) settleMode(header);
  return gzipSync(tar, { level: 9, mtime: 0 });
}

const BLOCK = 512;

/** Fields of a header (POSIX.1-1988, "ustar"), as the range of bytes that each takes. */
const MODE = [100, 108] as const;
const SIZE = [124, 136] as const;
const CHECKSUM = [148, 156] as const;

/** The headers in a tar file, which ends with blocks of zeros. */
function headersOf(tar: Uint8Array): Uint8Array[] {
  const headers: Uint8Array[] = [];
  for (let at = 0; (tar[at] ?? 0) !== 0; ) {
    const header = tar.subarray(at, at + BLOCK);
    headers.push(header);
    at += BLOCK + Math.ceil(octalIn(header, SIZE) / BLOCK) * BLOCK;
  }
  return headers;
}

function settleMode(header: Uint8Array): void {
  const runs = (octalIn(header, MODE) & 0o100) !== 0;
  writeOctal(header, MODE, runs ? 0o755 : 0o644);
  // The sum is that of the header with spaces in the sum's place.
  header.fill(0x20, ...CHECKSUM);
  writeOctal(
    header,
    CHECKSUM,
    header.reduce((sum, byte) => sum + byte, 0),
  );
}

type Field = readonly [start: number, end: number];

function octalIn(header: Uint8Array, [start, end]: Field): number {
  return Number.parseInt(Buffer.from(header.subarray(start, end)).toString('latin1'), 8);
}

/** Six digits, a space and a zero, as npm writes both fields. */
function writeOctal(header: Uint8Array, [start]: Field, value: number): void {
  header.set(Buffer.from(`${value.toString(8).padStart(6, '0')} \0`, 'latin1'), start);
}
