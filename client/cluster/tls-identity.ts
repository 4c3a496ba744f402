// The certificate, the key and the authority of the settings, repaired and checked before any connection is made. A chunk
// of its own, read only where there are such settings.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { CredentialsError } from './credentials.ts';
import { type PemBlock, readPem } from './pem.ts';
import type { TlsIdentity } from './settings.ts';

/**
 * What connections are made with.
 *
 * @throws CredentialsError whose message names the setting that is wrong and holds nothing of it
 */
export function readTlsIdentity({ cert, key, ca, passphrase }: TlsIdentity): TlsIdentity {
  if (cert !== undefined && key === undefined) {
    throw refused('CAMUNDA_MTLS_KEY is required with CAMUNDA_MTLS_CERT');
  }
  if (key !== undefined && cert === undefined) {
    throw refused('CAMUNDA_MTLS_CERT is required with CAMUNDA_MTLS_KEY');
  }
  const options = {
    ...(cert === undefined || key === undefined ? {} : readPair(cert, key, passphrase)),
    ...(ca === undefined ? {} : { ca: written(readCertificates('CAMUNDA_MTLS_CA', ca)) }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const names = [
      ...(cert === undefined ? [] : ['CAMUNDA_MTLS_CERT']),
      ...(ca === undefined ? [] : ['CAMUNDA_MTLS_CA']),
    ];
    throw refused(`${names.join(' or ')} cannot be used for TLS${codeOf(error)}`);
  }
  return options;
}

interface Certificate extends PemBlock {
  readonly x509: X509Certificate;
}

function readPair(cert: string, key: string, passphrase: string | undefined): TlsIdentity {
  const certificates = readCertificates('CAMUNDA_MTLS_CERT', cert);
  const { pem, keyObject } = readKey(key, passphrase);
  // TLS presents the first of them as ours, and the others as the way to the authority.
  const own = certificates.find(({ x509 }) => x509.checkPrivateKey(keyObject));
  if (own === undefined) throw refused('CAMUNDA_MTLS_KEY is not the key of CAMUNDA_MTLS_CERT');
  return {
    cert: written([own, ...certificates.filter((other) => other !== own)]),
    key: pem,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function readCertificates(setting: string, text: string): Certificate[] {
  const blocks = readPem(text, ['CERTIFICATE']);
  const certificates = blocks.filter(({ label }) => label.endsWith('CERTIFICATE'));
  if (certificates.length === 0) throw refused(`${setting} holds no certificate in PEM${instead(blocks)}`);
  return certificates.map((block, index) => {
    try {
      return { ...block, x509: new X509Certificate(block.pem) };
    } catch (error) {
      const which =
        certificates.length === 1
          ? 'a certificate'
          : `${certificates.length} certificates, of which number ${index + 1}`;
      throw refused(`${setting} holds ${which} that cannot be read${codeOf(error)}`);
    }
  });
}

interface Key extends PemBlock {
  readonly keyObject: KeyObject;
}

function readKey(text: string, passphrase: string | undefined): Key {
  const blocks = readPem(text, ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']);
  let problem: unknown;
  for (const block of blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))) {
    try {
      return { ...block, keyObject: openKey(block, passphrase) };
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem ?? refused(`CAMUNDA_MTLS_KEY holds no private key in PEM${instead(blocks)}`);
}

function openKey({ pem, isEncrypted }: PemBlock, passphrase: string | undefined): KeyObject {
  if (isEncrypted && passphrase === undefined) {
    throw refused('CAMUNDA_MTLS_KEY_PASSPHRASE is required: CAMUNDA_MTLS_KEY is encrypted');
  }
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    throw refused(
      isEncrypted
        ? `CAMUNDA_MTLS_KEY cannot be opened with CAMUNDA_MTLS_KEY_PASSPHRASE${codeOf(error)}`
        : `CAMUNDA_MTLS_KEY holds a private key that cannot be read${codeOf(error)}`,
    );
  }
}

function written(blocks: readonly PemBlock[]): string {
  return blocks.map(({ pem }) => pem).join('');
}

/** What is there in the place of what was expected. */
function instead(blocks: readonly PemBlock[]): string {
  const [first] = blocks;
  return first === undefined ? '' : `, but a block named ${first.label}`;
}

/** OpenSSL's code: its messages are longer and say no more. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? ` (${error.code})` : '';
}

function refused(message: string): CredentialsError {
  return new CredentialsError(message, true);
}
