// Words of a command that people are to type. Pure.

/**
 * A word that a POSIX shell takes as it is. Characters that control a terminal or turn the direction of writing are named by their
 * bytes, since a terminal obeys some of them when they are pasted (POSIX.1-2024, "Quoting" and "Dollar-Single-Quotes": bash, zsh,
 * ksh, the ash of BusyBox; not dash).
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replaceAll(/['\\]/g, '\\$&').replaceAll(UNSEEN_ALL, bytesOf)}'`;
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const UNSEEN_ALL = new RegExp(UNSEEN, 'gu');

function bytesOf(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
