// Bills of materials: valid, and they say what is so.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { type Parts, type Product, sbom } from '../../../infra/release/sbom.ts';
import { lockedPackages, requirements } from '../../../infra/tools/npm-packages.ts';
import { read } from '../../docs/pages.ts';

const PRODUCT: Product = {
  type: 'application',
  name: 'some-function',
  version: '1.2.0',
  description: 'Does something',
  licence: 'Apache-2.0',
  isNpmPackage: false,
  sha256: 'ab'.repeat(32),
  repository: 'git+https://repository.invalid/some.git',
  commit: 'c'.repeat(40),
  committedAt: new Date('2026-12-24T12:00:00+01:00'),
};

const SHA512 = 'd'.repeat(128);
const locked = (dependencies: Record<string, string>, more = {}) => ({
  version: '1.0.0',
  license: 'MIT',
  integrity: `sha512-${Buffer.from(SHA512, 'hex').toString('base64')}`,
  dependencies,
  ...more,
});
const LOCKFILE = JSON.stringify({
  packages: {
    '': { name: 'some', version: '1.2.0', dependencies: { '@scope/first': '1', second: '1' } },
    'node_modules/@scope/first': locked({ middle: '1' }),
    'node_modules/middle': locked({ deep: '1', second: '1' }),
    'node_modules/deep': locked({}, { license: '(MIT OR Apache-2.0)' }),
    'node_modules/second': locked({ deep: '1' }),
    'node_modules/second/node_modules/deep': locked({}, { version: '2.0.0+build' }),
    'node_modules/optional': locked({}),
  },
});

/** The parts with those of a lock file that lie in these folders. */
function partsIn(folders: readonly string[], lockfile = LOCKFILE): Parts {
  return {
    packages: lockedPackages(lockfile).filter(({ folder }) => folders.includes(folder)),
    requirements: requirements(lockfile),
  };
}

const ALL = Object.keys(JSON.parse(LOCKFILE).packages);

interface Bill {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: Record<string, unknown> };
  readonly components: readonly Record<string, unknown>[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const bill = (parts: Parts, product: Partial<Product> = {}): Bill =>
  JSON.parse(sbom({ ...PRODUCT, ...product }, parts));

/** By package what it depends on, as `name@version`, without the folders. */
function graph({ dependencies }: Bill): Record<string, readonly string[]> {
  const short = (ref: string) => ref.replace(/^.*node_modules\//, '');
  return Object.fromEntries(
    dependencies.map(({ ref, dependsOn = [] }) => [short(ref), dependsOn.map(short)]),
  );
}

describe('a bill', () => {
  it('says what it is of, from which commit and when that was made', () => {
    const { metadata } = bill(partsIn(ALL));
    expect(metadata).toMatchObject({
      timestamp: '2026-12-24T11:00:00.000Z',
      component: {
        name: 'some-function',
        version: '1.2.0',
        hashes: [{ alg: 'SHA-256', content: PRODUCT.sha256 }],
      },
      properties: [{ name: 'some-function:commit', value: PRODUCT.commit }],
    });
  });

  it('says of a package what identifies it', () => {
    expect(bill(partsIn(['node_modules/@scope/first'])).components).toEqual([
      {
        type: 'library',
        'bom-ref': 'node_modules/@scope/first@1.0.0',
        group: '@scope',
        name: 'first',
        version: '1.0.0',
        purl: 'pkg:npm/%40scope/first@1.0.0',
        licenses: [{ license: { id: 'MIT' } }],
        hashes: [{ alg: 'SHA-512', content: SHA512 }],
      },
    ]);
  });

  it('has a package that is there in two versions twice', () => {
    const { components } = bill(partsIn(ALL));
    expect(components.filter(({ name }) => name === 'deep').map(({ purl }) => purl)).toEqual([
      'pkg:npm/deep@1.0.0',
      'pkg:npm/deep@2.0.0%2Bbuild',
    ]);
  });

  it('says which package needs which', () => {
    expect(graph(bill(partsIn(ALL)))).toEqual({
      'some-function@1.2.0': ['first@1.0.0', 'second@1.0.0'].map((name) =>
        name.replace('first', '@scope/first'),
      ),
      '@scope/first@1.0.0': ['middle@1.0.0'],
      'middle@1.0.0': ['deep@1.0.0', 'second@1.0.0'],
      'second@1.0.0': ['deep@2.0.0+build'],
      'deep@1.0.0': [],
      'deep@2.0.0+build': [],
      'optional@1.0.0': [],
    });
  });

  it('passes over what is no part to what that needs', () => {
    expect(graph(bill(partsIn(['node_modules/@scope/first', 'node_modules/deep'])))).toEqual({
      'some-function@1.2.0': ['@scope/first@1.0.0'],
      '@scope/first@1.0.0': ['deep@1.0.0'],
      'deep@1.0.0': [],
    });
  });
});

describe('the serial number', () => {
  const serial = (parts: Parts, product: Partial<Product> = {}) => bill(parts, product).serialNumber;

  it('is the same for the same release, in whatever order its packages are named', () => {
    const { packages, requirements } = partsIn(ALL);
    expect(serial({ packages: packages.toReversed(), requirements })).toBe(serial(partsIn(ALL)));
  });

  it.each<[string, readonly string[], Partial<Product>]>([
    ['package', ALL.slice(2), {}],
    ['file', ALL, { sha256: 'ef'.repeat(32) }],
    ['commit', ALL, { commit: 'e'.repeat(40) }],
  ])('is another one for another %s', (_, folders, product) => {
    expect(serial(partsIn(folders), product)).not.toBe(serial(partsIn(ALL)));
  });
});

describe('the schema of CycloneDX 1.6', () => {
  const SCHEMAS = join(
    dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
    'res/schema',
  );
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`), 'utf8'));

  const ajv = new Ajv({ strict: false });
  for (const name of ['spdx', 'jsf-0.82']) {
    // By the name under which the schema of bills refers to it.
    const { $id, ...other } = schema(name);
    ajv.addSchema(other, new URL(`${name}.SNAPSHOT.schema.json`, $id).href);
  }
  addFormats.default(ajv);
  // Formats that only differ from those that ajv-formats has in what else they permit.
  ajv.addFormat('iri-reference', /^\S*$/).addFormat('idn-email', true);
  const validate = ajv.compile(schema('bom-1.6'));
  const problemsOf = (bill: unknown) => (validate(bill) ? [] : validate.errors);

  const lockfile = read('package-lock.json');

  it.each<[string, 'shipped' | 'tool']>([
    ['what the package brings along', 'shipped'],
    ['the tools', 'tool'],
  ])('takes a bill of %s', (_, use) => {
    const packages = lockedPackages(lockfile).filter((one) => one.use === use);
    expect(
      problemsOf(bill({ packages, requirements: requirements(lockfile) }, { isNpmPackage: true })),
    ).toEqual([]);
  });

  it('refuses one with a serial number that is none', () => {
    const { serialNumber, ...rest } = bill(partsIn(ALL));
    expect([
      problemsOf({ ...rest, serialNumber }),
      problemsOf({ ...rest, serialNumber: 'urn:uuid:1' }),
    ]).toEqual([[], [expect.objectContaining({ instancePath: '/serialNumber' })]]);
  });
});
