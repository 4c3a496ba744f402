// A certificate authority for tests, and what it signs.
import { generate } from 'selfsigned';

/** A certificate and its key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** An authority that nobody trusts but those who are told to. */
export interface Authority {
  readonly cert: string;
  /** For a server on localhost and 127.0.0.1, or for a client of that name. */
  issue(name: string): Promise<Identity>;
}

const HOUR_MS = 3_600_000;

/** Makes an authority; what it issues is good for an hour. */
export async function createAuthority(name = 'Test authority'): Promise<Authority> {
  const authority = await generate([{ name: 'commonName', value: name }], {
    ...options(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  return {
    cert: authority.cert,
    async issue(subject) {
      const { cert, private: key } = await generate([{ name: 'commonName', value: subject }], {
        ...options(),
        ca: { cert: authority.cert, key: authority.private },
        extensions: [
          { name: 'basicConstraints', cA: false },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      });
      return { cert, key };
    },
  };
}

function options() {
  const now = Date.now();
  return {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 60_000),
    notAfterDate: new Date(now + HOUR_MS),
  } as const;
}
