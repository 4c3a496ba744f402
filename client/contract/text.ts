// Text from elsewhere, made fit for an SQS attribute, a log and a terminal.

/**
 * What does not belong into one line for people: control characters (they could drive a terminal), what formats and is not
 * seen (marks that turn the direction of writing, spaces and joiners of no width, tags: two texts that look alike would not
 * be), and what SQS refuses in a message (SQS API reference, SendMessage: only #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to
 * #xFFFD and #x10000 to #x10FFFF).
 */
const UNFIT = /[\p{Cc}\p{Cf}\u2028\u2029\ufffe\uffff]/gu;

/** What stays as it is: most of what comes by, identifiers first of all, and so not looked at four times. */
const PLAIN = /^[!-~]*$/;

/**
 * One line of at most `maximum` characters (UTF-16 units), cut between characters. Line breaks and tabs become
 * blanks; every other unfit character and each lone surrogate becomes U+FFFD.
 */
export function oneLine(text: string, maximum: number): string {
  if (text.length <= maximum && PLAIN.test(text)) return text;
  const line = text
    .toWellFormed()
    .replace(/[\t\r\n]+/g, ' ')
    .replace(UNFIT, '\ufffd')
    .trim();
  return line.length <= maximum ? line : `${line.slice(0, maximum - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** An error in one line for a log: its message and, where it has one, its code. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error), 500);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return oneLine(`${error.name}: ${error.message}${code}`, 500);
}
