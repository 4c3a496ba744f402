// The same files give the same archive, whatever packed them.
import fc from 'fast-check';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { canonicalZip } from '../../../infra/package/archives.ts';

const FILES = { 'index.mjs': 'export {};', 'chunks/b.mjs': 'b', 'chunks/a.mjs': 'a'.repeat(5000) };

/** What a packer may do otherwise: order, time, mode and compression. */
const packings = fc.record({
  names: fc.shuffledSubarray(Object.keys(FILES), { minLength: 3 }),
  mtime: fc.date({ min: new Date('1981-01-01'), max: new Date('2098-01-01'), noInvalidDate: true }),
  mode: fc.constantFrom(0o100644, 0o100600, 0o100755),
  level: fc.constantFrom(0 as const, 1 as const, 9 as const),
});

function pack({ names, mtime, mode, level }: typeof packings extends fc.Arbitrary<infer T> ? T : never) {
  const contents = names.map((name) => [name, strToU8(FILES[name as keyof typeof FILES])]);
  return zipSync(Object.fromEntries(contents), { mtime, level, os: 3, attrs: mode << 16 });
}

it('a zip file of the same files has the same bytes, however it was packed', () => {
  fc.assert(
    fc.property(packings, packings, (one, other) => {
      expect(canonicalZip(pack(one))).toEqual(canonicalZip(pack(other)));
    }),
  );
});

it('a zip file keeps its files, sorted by name', () => {
  const zip = canonicalZip(
    zipSync(Object.fromEntries(Object.entries(FILES).map(([n, t]) => [n, strToU8(t)]))),
  );
  const contents = Object.entries(unzipSync(zip)).map(([name, content]) => [name, strFromU8(content)]);
  expect(Object.fromEntries(contents)).toEqual(FILES);
  expect(Object.keys(unzipSync(zip))).toEqual(Object.keys(FILES).toSorted());
});

it('a zip file says that its files are of the first of January 1980', () => {
  const zip = Buffer.from(canonicalZip(zipSync({ 'index.mjs': strToU8('export {};') })));
  // The time and the date of a local header: 0 o'clock, and 1980 as 0, with the month and the day in 4 and 5 bits.
  expect([zip.readUInt16LE(10), zip.readUInt16LE(12)]).toEqual([0, (1 << 5) | 1]);
});
