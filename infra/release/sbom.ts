// Software bills of materials in the format CycloneDX 1.6: of what is released, and of which packages it is made or which it
// brings along.
import { createHash } from 'node:crypto';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import parseLicence from 'spdx-expression-parse';
import type { LockedPackage } from '../tools/npm-packages.ts';

/** What a bill is of. */
export interface Product {
  readonly type: 'application' | 'library';
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly licence: string;
  /** Its name in npm's registry, where it is meant for that. */
  readonly isNpmPackage: boolean;
  /** Of the released file, in hexadecimal digits. */
  readonly sha256: string;
  /** Where its source is, and which commit of it this is. */
  readonly repository: string;
  readonly commit: string;
  /** When that commit was made: nothing in a bill depends on when it is written. */
  readonly committedAt: Date;
}

/** The packages of a bill, and what needs what. */
export interface Parts {
  readonly packages: readonly LockedPackage[];
  /** What each folder needs; see `requirements`. What is no part is passed over to what it needs itself. */
  readonly requirements: ReadonlyMap<string, readonly string[]>;
}

/** A bill as JSON. Its serial number follows from everything else in it, so that the same release has the same. */
export function sbom(product: Product, parts: Parts): string {
  const bom = billOf(product, parts);
  bom.serialNumber = `urn:uuid:${uuidOf(serialise(bom))}`;
  return serialise(bom);
}

const SERIALIZER = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));

const serialise = (bom: Models.Bom) => `${SERIALIZER.serialize(bom, { sortLists: true, space: 2 })}\n`;

function billOf(product: Product, parts: Parts): Models.Bom {
  const components = new Map(parts.packages.map((one) => [one.folder, componentOf(one)]));
  const connect = (component: Models.Component, folder: string) => {
    for (const needed of nearestParts(folder, components, parts.requirements)) {
      component.dependencies.add(needed.bomRef);
    }
  };
  const subject = subjectOf(product);
  connect(subject, '');
  for (const [folder, component] of components) connect(component, folder);
  return new Models.Bom({
    metadata: new Models.Metadata({
      timestamp: product.committedAt,
      lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.Build]),
      component: subject,
      properties: new Models.PropertyRepository([
        new Models.Property(`${product.name}:commit`, product.commit),
      ]),
    }),
    components: new Models.ComponentRepository(components.values()),
  });
}

function subjectOf({ type, name, version, description, licence, isNpmPackage, sha256, repository }: Product) {
  return new Models.Component(
    type === 'application' ? Enums.ComponentType.Application : Enums.ComponentType.Library,
    name,
    {
      bomRef: `${name}@${version}`,
      version,
      description,
      licenses: licencesOf(licence),
      hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
      externalReferences: new Models.ExternalReferenceRepository([
        new Models.ExternalReference(repository, Enums.ExternalReferenceType.VCS),
      ]),
      ...(isNpmPackage ? { purl: purlOf(name, version) } : {}),
    },
  );
}

function componentOf({ name, version, folder, licence, integrity }: LockedPackage): Models.Component {
  const [, group, ownName = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return new Models.Component(Enums.ComponentType.Library, ownName, {
    // One package may be installed in several folders.
    bomRef: `${folder}@${version}`,
    version,
    purl: purlOf(name, version),
    hashes: new Models.HashDictionary(hashesOf(integrity)),
    ...(group === undefined ? {} : { group }),
    ...(licence === undefined ? {} : { licenses: licencesOf(licence) }),
  });
}

const LICENCES = new Contrib.License.Factories.LicenseFactory(parseLicence);

const licencesOf = (licence: string) => new Models.LicenseRepository([LICENCES.makeFromString(licence)]);

/** What names a package anywhere (package URL, type npm): the name as npm has it, the scope's `@` escaped. */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
}

/** Of an integrity such as `sha512-…`, in base64, the digest that CycloneDX has in hexadecimal digits. */
function hashesOf(integrity: string | undefined): Models.Hash[] {
  const [, base64] = /\bsha512-([A-Za-z0-9+/=]+)/.exec(integrity ?? '') ?? [];
  if (base64 === undefined) return [];
  return [[Enums.HashAlgorithm['SHA-512'], Buffer.from(base64, 'base64').toString('hex')]];
}

/** The parts that a folder needs, directly or by way of what is no part. */
function nearestParts(
  folder: string,
  components: ReadonlyMap<string, Models.Component>,
  needs: ReadonlyMap<string, readonly string[]>,
): Models.Component[] {
  const found: Models.Component[] = [];
  const seen = new Set(needs.get(folder));
  // The set grows while it is walked through.
  for (const needed of seen) {
    const component = components.get(needed);
    if (component !== undefined) found.push(component);
    else for (const further of needs.get(needed) ?? []) seen.add(further);
  }
  return found;
}

/** A UUID of version 8 (RFC 9562), whose bits are of one's own choice: here those of a digest. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
