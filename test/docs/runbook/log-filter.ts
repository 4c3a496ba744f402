// The filter patterns of CloudWatch Logs that the runbook uses (CloudWatch Logs User Guide, "Filter pattern syntax"). Pure.

/** Whether a line of a log passes a filter: `{ $.field = "value" }`, where the value may end with *, or `?term ?"a term"`. */
export function isShown(line: string, pattern: string): boolean {
  const [, field = '', value = ''] = /^\{ \$\.(\w+) = "([^"]+)" \}$/.exec(pattern) ?? [];
  if (field !== '') return isField(line, field, value);
  const terms = [...pattern.matchAll(/\?(?:"([^"]+)"|(\w+))(?: |$)/g)].map(
    ([, quoted, word]) => quoted ?? word ?? '',
  );
  if (terms.length === 0) throw new Error(`not a filter that is known here: ${pattern}`);
  return terms.some((term) => line.includes(term));
}

function isField(line: string, field: string, value: string): boolean {
  if (!line.startsWith('{')) return false;
  const found: unknown = JSON.parse(line)[field];
  if (typeof found !== 'string') return false;
  return value.endsWith('*') ? found.startsWith(value.slice(0, -1)) : found === value;
}
