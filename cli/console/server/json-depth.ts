// How deep a JSON text is, before anybody reads it. Pure.

/** Whether objects and arrays lie in each other more than so many levels deep; of what is not JSON, anything. */
export function isTooDeep(text: string, levels: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') index = endOfString(text, index);
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}

/** Where the quote is that ends a string; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '"') return index;
    if (text[index] === '\\') index += 1;
  }
  return text.length;
}
