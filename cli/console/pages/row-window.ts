// Which rows of a long list are in the document. Pure.

/** Rows that are in the document above and below what can be seen. */
const AROUND = 10;

/** The part of a list that is in the document. */
export interface Window {
  readonly first: number;
  /** Not included. */
  readonly end: number;
}

/** The rows to have in the document. Pure. */
export function windowOf(scrollTop: number, height: number, rowHeight: number, total: number): Window {
  const seen = Math.max(0, Math.floor(scrollTop / rowHeight));
  const first = Math.max(0, Math.min(seen - AROUND, total - 1));
  return { first, end: Math.min(total, seen + Math.ceil(height / rowHeight) + AROUND) };
}
