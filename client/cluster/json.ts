// JSON from elsewhere.

/** What a body says as JSON; undefined where it is none. A byte order mark is no reason to lose the rest. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
