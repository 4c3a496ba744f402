import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { CredentialsError } from '../../../client/cluster/credentials.ts';
import type { TlsIdentity } from '../../../client/cluster/settings.ts';
import { readTlsIdentity } from '../../../client/cluster/tls-identity.ts';
import { createAuthority, type Identity } from '../../support/certificates.ts';

const PASSPHRASE = 'open sesame 7f3a';

let authority: string;
let own: Identity;
let stranger: Identity;

beforeAll(async () => {
  const ours = await createAuthority();
  authority = ours.cert;
  own = await ours.issue('unassign');
  stranger = await ours.issue('another');
});

/** What is wrong, in words for people. */
function refusal(identity: TlsIdentity): string {
  try {
    readTlsIdentity(identity);
  } catch (error) {
    if (error instanceof CredentialsError && error.refused) return error.message;
    throw error;
  }
  return 'not refused';
}

/** The key in another form. */
function written(type: 'pkcs8' | 'sec1', cipher?: string): string {
  const encryption = cipher === undefined ? {} : { cipher, passphrase: PASSPHRASE };
  return createPrivateKey(own.key)
    .export({ type, format: 'pem', ...encryption })
    .toString();
}

const KEYS = [
  ['PKCS#8', () => written('pkcs8')],
  ['SEC 1', () => written('sec1')],
  ['encrypted PKCS#8', () => written('pkcs8', 'aes-256-cbc')],
  ['SEC 1 encrypted with AES', () => written('sec1', 'aes-128-cbc')],
  ['SEC 1 encrypted with Triple DES', () => written('sec1', 'des-ede3-cbc')],
] as const;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const bodyOf = (pem: string) => pem.replace(/-----.*?-----/g, '');

const LOSSES: readonly (readonly [string, (pem: string) => string])[] = [
  ['nothing happened', (pem) => pem],
  ['the last line break is missing', (pem) => pem.trimEnd()],
  ['line breaks became blanks', (pem) => pem.replaceAll('\n', ' ')],
  ['line breaks are missing', (pem) => pem.replaceAll('\n', '')],
  ['all white space is missing', (pem) => pem.replace(/\s/g, '')],
  ['line breaks are written out', (pem) => pem.replaceAll('\n', '\\n')],
  ['line breaks are written out twice over', (pem) => pem.replaceAll('\n', '\\\\n')],
  ['line breaks of Windows are written out', (pem) => pem.replaceAll('\n', '\\r\\n')],
  ['line breaks are those of Windows', (pem) => pem.replaceAll('\n', '\r\n')],
  ['line breaks are doubled', (pem) => pem.replaceAll('\n', '\n\n')],
  ['lines are indented', (pem) => pem.replaceAll('\n', '\n    ')],
  ['there are quotes around it', (pem) => `"${pem}"`],
  [
    'there are single quotes around it, and line breaks written out',
    (pem) => `'${pem.replaceAll('\n', '\\n')}'`,
  ],
  ['it is JSON', (pem) => JSON.stringify(pem)],
  ['it is JSON for HTML', (pem) => JSON.stringify(pem).replaceAll('=', '\\u003d').replaceAll('/', '\\/')],
  ['it is JSON in JSON', (pem) => JSON.stringify(JSON.stringify(pem))],
  ['it is escaped for a URL', (pem) => encodeURIComponent(pem)],
  ['all of it is in base64', base64],
  ['all of it is in wrapped base64', (pem) => base64(pem).replace(/.{76}/g, '$&\n')],
  ['all of it is in base64 with quotes', (pem) => `"${base64(pem)}"`],
  [
    'all of it is in base64, after line breaks were written out',
    (pem) => base64(pem.replaceAll('\n', '\\n')),
  ],
  ['there is text around it', (pem) => `Bag Attributes\n  friendlyName: a\n${pem}\nand more`],
  ['it is in UTF-16 that was read as UTF-8', (pem) => Buffer.from(`\ufeff${pem}`, 'utf16le').toString()],
  ['dashes were made nice', (pem) => pem.replaceAll('-----', '–––––')],
  ['the last line is missing', (pem) => pem.replace(/-----END[^-]*-----\n$/, '')],
];

describe.each(LOSSES)('PEM where %s', (_, lose) => {
  it.each(KEYS)('is repaired: a key in %s', (_form, key) => {
    const whole = { cert: own.cert, key: key(), passphrase: PASSPHRASE };
    expect(readTlsIdentity({ ...whole, key: lose(whole.key) })).toEqual(readTlsIdentity(whole));
  });

  it('is repaired: a certificate with the way to its authority, and authorities', () => {
    const whole = { cert: own.cert + authority, key: own.key, ca: authority + stranger.cert };
    expect(readTlsIdentity({ ...whole, cert: lose(whole.cert), ca: lose(whole.ca) })).toEqual(
      readTlsIdentity(whole),
    );
  });
});

/** The certificates in a text, by their fingerprints. */
function fingerprints(pem = ''): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----\n[^-]*-----END CERTIFICATE-----\n/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).fingerprint256);
}

describe('a TLS identity', () => {
  it.each(KEYS.slice(0, 3))('may be base64 without BEGIN and END: a key in %s', (_form, key) => {
    const bare = { cert: bodyOf(own.cert), key: bodyOf(key()), passphrase: PASSPHRASE };
    const read = readTlsIdentity(bare);
    const opened = createPrivateKey({ key: read.key ?? '', passphrase: PASSPHRASE });
    expect([opened.equals(createPrivateKey(own.key)), fingerprints(read.cert)]).toEqual([
      true,
      fingerprints(readTlsIdentity(own).cert),
    ]);
  });

  it.each([
    ['behind', () => own.cert + authority],
    ['before', () => authority + own.cert],
  ])('has its own certificate first, and all that stood %s it', (_, cert) => {
    const { cert: found } = readTlsIdentity({ cert: cert(), key: own.key });
    expect(fingerprints(found)).toEqual(
      [own.cert, authority].map((pem) => new X509Certificate(pem).fingerprint256),
    );
  });

  it('finds certificate and key where both are in one text', () => {
    const both = own.key + own.cert;
    expect(readTlsIdentity({ cert: both, key: both })).toEqual(readTlsIdentity(own));
  });

  it('may be an authority alone', () => {
    expect(Object.keys(readTlsIdentity({ ca: authority }))).toEqual(['ca']);
  });
});

const encrypted = () => written('pkcs8', 'aes-256-cbc');
const without = (pem: string, from: number) => pem.slice(0, from) + pem.slice(from + 40);

describe('a TLS identity that cannot be used', () => {
  it.each<[string, () => TlsIdentity, string]>([
    ['a certificate without its key', () => ({ cert: own.cert }), 'CAMUNDA_MTLS_KEY is required'],
    ['a key without its certificate', () => ({ key: own.key }), 'CAMUNDA_MTLS_CERT is required'],
    [
      'a certificate that is none',
      () => ({ ...own, cert: 'garbage' }),
      'CAMUNDA_MTLS_CERT holds no certificate',
    ],
    [
      'a certificate cut off',
      () => ({ ...own, cert: own.cert.slice(0, 300) }),
      'CAMUNDA_MTLS_CERT holds a certificate that cannot be read',
    ],
    [
      'a broken certificate',
      () => ({ ...own, cert: without(own.cert, 200) }),
      'CAMUNDA_MTLS_CERT holds a certificate that cannot be read',
    ],
    [
      'a broken second certificate',
      () => ({ ...own, cert: own.cert + without(authority, 200) }),
      'CAMUNDA_MTLS_CERT holds 2 certificates, of which number 2',
    ],
    [
      'a key as certificate',
      () => ({ ...own, cert: own.key }),
      'CAMUNDA_MTLS_CERT holds no certificate in PEM, but a block named PRIVATE KEY',
    ],
    ['a key that is none', () => ({ ...own, key: 'garbage' }), 'CAMUNDA_MTLS_KEY holds no private key'],
    [
      'an empty block as key',
      () => ({ ...own, key: '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----' }),
      'CAMUNDA_MTLS_KEY holds a private key that cannot be read',
    ],
    [
      'base64 of anything as key',
      () => ({ ...own, key: base64(`0${'x'.repeat(100)}`) }),
      'CAMUNDA_MTLS_KEY holds a private key that cannot be read',
    ],
    [
      'a broken key',
      () => ({ ...own, key: without(own.key, 60) }),
      'CAMUNDA_MTLS_KEY holds a private key that cannot be read',
    ],
    [
      'a certificate as key',
      () => ({ ...own, key: own.cert }),
      'CAMUNDA_MTLS_KEY holds no private key in PEM, but a block named CERTIFICATE',
    ],
    [
      "another's key",
      () => ({ ...own, key: stranger.key }),
      'CAMUNDA_MTLS_KEY is not the key of CAMUNDA_MTLS_CERT',
    ],
    [
      'a key without its passphrase',
      () => ({ ...own, key: encrypted() }),
      'CAMUNDA_MTLS_KEY_PASSPHRASE is required',
    ],
    [
      'a wrong passphrase',
      () => ({ ...own, key: encrypted(), passphrase: 'wrong' }),
      'CAMUNDA_MTLS_KEY cannot be opened with CAMUNDA_MTLS_KEY_PASSPHRASE',
    ],
    [
      'a wrong passphrase of an old form',
      () => ({ ...own, key: written('sec1', 'aes-128-cbc'), passphrase: 'wrong' }),
      'CAMUNDA_MTLS_KEY cannot be opened with CAMUNDA_MTLS_KEY_PASSPHRASE',
    ],
    ['an authority that is none', () => ({ ca: 'garbage' }), 'CAMUNDA_MTLS_CA holds no certificate'],
    [
      'a broken authority',
      () => ({ ...own, ca: without(authority, 200) }),
      'CAMUNDA_MTLS_CA holds a certificate that cannot be read',
    ],
  ])('%s is refused, with the name of the setting', (_, identity, message) => {
    expect(refusal(identity())).toContain(message);
  });

  it('shows nothing of itself', () => {
    const broken = without(own.key, 60);
    const lines = broken.split('\n').filter((line) => /^[A-Za-z0-9+/=]{8,}$/.test(line));
    const said =
      refusal({ ...own, key: broken }) + refusal({ ...own, key: encrypted(), passphrase: 'my wrong one' });
    expect([...lines, 'my wrong one'].filter((secret) => said.includes(secret))).toEqual([]);
  });
});
