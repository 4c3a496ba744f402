// What the AWS CLI makes of an answer: `--query` (JMESPath, as far as the runbook needs it) and `--output text`. Pure.

/** `A.B`, `A[].B` and `A[].[B,C]`. */
export function select(query: string, value: unknown): unknown {
  if (query === '') return value;
  if (query.startsWith('[]')) {
    const rest = query.slice(query.startsWith('[].') ? 3 : 2);
    return (Array.isArray(value) ? value : []).map((one) => select(rest, one));
  }
  if (query.startsWith('[') && query.endsWith(']')) {
    return query
      .slice(1, -1)
      .split(',')
      .map((one) => select(one.trim(), value));
  }
  const [name = ''] = /^\w+/.exec(query) ?? [];
  if (name === '') throw new Error(`not a query that is known here: ${query}`);
  const rest = query.slice(name.length);
  const found: unknown = Object(value)[name] ?? null;
  return select(rest.startsWith('.') ? rest.slice(1) : rest, found);
}

/** Lists of lists as lines, what is in a list beside each other. */
export function textOf(value: unknown): string {
  if (!Array.isArray(value)) return cell(value);
  return value.some(Array.isArray) ? value.map(textOf).join('\n') : value.map(cell).join('\t');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
