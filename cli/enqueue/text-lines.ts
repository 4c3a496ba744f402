// Bytes to lines of text, in bounded memory.

/** A line of a text, without its end. */
export interface TextLine {
  /** From 1 on. */
  readonly line: number;
  readonly text: string;
  /** Longer than allowed: `text` is only its beginning. */
  readonly cut: boolean;
}

/** Decodes UTF-8, or UTF-16 where a byte order mark says so; the mark is not part of the text. Never fails. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let start: Uint8Array = new Uint8Array();
  for await (const chunk of bytes) {
    let part = chunk;
    if (decoder === undefined) {
      part = Buffer.concat([start, chunk]);
      start = part;
      if (part.length < 2) continue;
      decoder = new TextDecoder(encodingOf(part));
    }
    yield decoder.decode(part, { stream: true });
  }
  decoder ??= new TextDecoder();
  yield start.length === 1 ? decoder.decode(start) : decoder.decode();
}

/**
 * Splits text at line feeds and carriage returns, of which one before a line feed counts with that.
 *
 * @param longest in UTF-16 units; what is longer is cut, and never held whole
 */
export async function* splitLines(texts: AsyncIterable<string>, longest: number): AsyncGenerator<TextLine> {
  let line = 1;
  let held = '';
  let cut = false;
  const hold = (text: string) => {
    cut ||= held.length + text.length > longest;
    if (held.length < longest) held += text.slice(0, longest - held.length);
  };
  for await (const text of withLineFeeds(texts)) {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      hold(text.slice(start, end));
      yield { line, text: held, cut };
      line += 1;
      held = '';
      cut = false;
      start = end + 1;
    }
    hold(text.slice(start));
  }
  if (held !== '') yield { line, text: held, cut };
}

/** The same text with line feeds alone where lines ended in a carriage return, with or without a line feed. */
export async function* withLineFeeds(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const part of texts) {
    const text = held + part;
    held = text.endsWith('\r') ? '\r' : '';
    yield text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n');
  }
  if (held !== '') yield '\n';
}

/** So much is looked at for the end of a first line: more than any header has. UTF-16 units. */
const LONGEST_BEGINNING = 1024 * 1024;

/** The texts up to the first whole line that is not blank, or as much as no header is long. */
export async function untilLineEnd(texts: AsyncGenerator<string>): Promise<string> {
  let first = '';
  while (!first.trimStart().includes('\n') && first.length < LONGEST_BEGINNING) {
    const { value, done } = await texts.next();
    if (done) return first;
    first += value;
  }
  return first;
}

/** All of a text, of which the beginning has been read. */
export async function* withFirst(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
