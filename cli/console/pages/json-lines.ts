// JSON with its parts on lines of their own. Nothing else changes: names that come twice and numbers that JavaScript cannot hold
// stay as they were sent. Pure.

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Deeper than that, lines only get longer. */
const DEEPEST = 20;

/** An object or a list in lines; undefined where a text is neither. */
export function jsonLines(text: string): string | undefined {
  if (!isStructure(text)) return undefined;
  const parts: string[] = [];
  let depth = 0;
  let before = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (isEnd(token)) depth -= 1;
    if (startsLine(token, before)) parts.push(`\n${'  '.repeat(Math.min(depth, DEEPEST))}`);
    parts.push(token === ':' ? ': ' : token);
    if (isBeginning(token)) depth += 1;
    before = token;
  }
  return parts.join('');
}

function startsLine(token: string, before: string): boolean {
  return isEnd(token) ? !isBeginning(before) : isBeginning(before) || before === ',';
}

function isBeginning(token: string): boolean {
  return token === '{' || token === '[';
}

function isEnd(token: string): boolean {
  return token === '}' || token === ']';
}

function isStructure(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
