// Who may ask: whoever has had the link. A link's token is good once, for a secret; of both only hashes are kept.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The sessions of one console. */
export interface Sessions {
  /** A new token, in the place of the one before. */
  newToken(): string;
  /** A secret for the token; undefined where it is not the one, or was used. */
  exchange(token: string): string | undefined;
  /** Resolves when a token was used. */
  used(): Promise<void>;
  /** Whether a secret is one of this console's. */
  knows(secret: string): boolean;
}

/** 256 bits. */
const BYTES = 32;

/** More pages than anybody opens; the oldest has to ask for a link again. */
const MOST_SESSIONS = 20;

/** No token is good before {@link Sessions.newToken}. */
export function createSessions(): Sessions {
  let token: Buffer | undefined;
  const secrets: Buffer[] = [];
  const { promise: used, resolve: tellUsed } = Promise.withResolvers<void>();
  return {
    used: () => used,
    newToken() {
      const made = randomText();
      token = hash(made);
      return made;
    },
    exchange(given) {
      if (token === undefined || !timingSafeEqual(token, hash(given))) return undefined;
      token = undefined;
      tellUsed();
      const secret = randomText();
      secrets.push(hash(secret));
      if (secrets.length > MOST_SESSIONS) secrets.shift();
      return secret;
    },
    knows(secret) {
      const hashed = hash(secret);
      // All of them, so that time does not tell which.
      return secrets.filter((known) => timingSafeEqual(known, hashed)).length > 0;
    },
  };
}

function randomText(): string {
  return randomBytes(BYTES).toString('base64url');
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
