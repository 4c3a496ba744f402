// Words of a command that people are to type. Pure.

/** A word that a POSIX shell takes as it is (POSIX.1-2024, "Quoting"). */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
