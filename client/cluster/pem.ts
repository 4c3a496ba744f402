// PEM (RFC 7468) as it comes out of settings, where its line breaks are often lost.
import { unescaped } from './escapes.ts';

/** A block of PEM, written anew. */
export interface PemBlock {
  /** What stands behind BEGIN. */
  readonly label: string;
  readonly isEncrypted: boolean;
  /** PEM as OpenSSL reads it. */
  readonly pem: string;
}

/**
 * The certificates and private keys in a text. Their line breaks may have become blanks or escapes or be missing; there
 * may be quotes around them, other text between them, and all of it may be in base64.
 *
 * @param bareLabels what the text may be where it is a block's base64 without BEGIN and END: a block for each
 */
export function readPem(text: string, bareLabels: readonly string[]): PemBlock[] {
  // Two layers, for JSON in JSON. What a file in UTF-16 leaves between its characters goes, too.
  const plain = unescaped(unescaped(text)).replaceAll('\0', '');
  const blocks = [...plain.matchAll(BLOCK)].flatMap(([, name = '', body = '']) => {
    const label = LABELS.get(squeezed(name));
    return label === undefined ? [] : [blockOf(label, body)];
  });
  if (blocks.length > 0) return blocks;
  const base64 = squeezed(plain).replace(/^["'`]|["'`]$/g, '');
  if (!/^[\w+/-]{16,}={0,2}$/.test(base64)) return [];
  const bytes = Buffer.from(base64, 'base64');
  // DER: a certificate or a key is a sequence (X.690, section 8.9).
  if (bytes[0] === 0x30) return bareLabels.map((label) => blockOf(label, bytes.toString('base64')));
  return bytes.includes('BEGIN') ? readPem(bytes.toString(), []) : [];
}

/** Also with dashes that a word processor has made longer, and without END. */
const BLOCK = /[-–—]{2,}\s*BEGIN\s*([A-Z0-9 ]+?)\s*[-–—]{2,}(.*?)(?=[-–—]{2,}\s*(?:END|BEGIN)|$)/gs;

/** By what is left of them without blanks. */
const LABELS = new Map(
  [
    'CERTIFICATE',
    'X509 CERTIFICATE',
    'TRUSTED CERTIFICATE',
    'PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
  ].map((label) => [squeezed(label), label]),
);

/** What an encrypted key has before its base64 (RFC 1421, section 4.6). */
const ENCRYPTED = /Proc-Type:\s*4\s*,\s*ENCRYPTED\s*DEK-Info:\s*([A-Z0-9-]+?)\s*,\s*([0-9A-F]+)/i;

function blockOf(label: string, body: string): PemBlock {
  const found = ENCRYPTED.exec(body);
  const cipher = found?.[1] ?? '';
  // As long as the cipher's block: where nothing follows it, base64 that looks like it may.
  const vector = found?.[2]?.slice(0, /^(AES|CAMELLIA|ARIA|SEED)/i.test(cipher) ? 32 : 16) ?? '';
  const start = found === null ? 0 : found.index + found[0].length - (found[2]?.length ?? 0) + vector.length;
  const lines =
    body
      .slice(start)
      .replace(/[^A-Za-z0-9+/=]/g, '')
      .match(/.{1,64}/g) ?? [];
  const headers = found === null ? [] : ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${cipher},${vector}`, ''];
  return {
    label,
    isEncrypted: found !== null || label === 'ENCRYPTED PRIVATE KEY',
    pem: [`-----BEGIN ${label}-----`, ...headers, ...lines, `-----END ${label}-----`, ''].join('\n'),
  };
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}
