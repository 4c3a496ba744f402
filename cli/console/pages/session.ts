// The page's right to ask: the token of a fresh link becomes a secret, which is kept where only this origin's pages can read.

/** Where the secret is kept. */
export type SecretStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** By this name. */
export const SECRET = 'camunda-unassign-console-secret';

/** Such as `#token=…`, the fragment of the link that the terminal prints, or that link as a whole. */
const TOKEN = /(?:^|#|&)token=([\w-]{20,200})(?:&|\s|$)/;

/** The one-time token in a link or its fragment; undefined where there is none. Pure. */
export function tokenIn(text: string): string | undefined {
  return TOKEN.exec(text.trim())?.[1];
}

/** The secret of this console, as far as this browser has one. */
export function secretIn(store: SecretStore): string | undefined {
  return store.getItem(SECRET) ?? undefined;
}

/** Keeps the secret for all pages of this origin. */
export function keepSecret(store: SecretStore, secret: string): void {
  store.setItem(SECRET, secret);
}
