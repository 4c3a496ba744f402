// The version of this package, from its package.json: one folder up from the sources, two from what is built.
import { existsSync, readFileSync } from 'node:fs';

/** Such as `0.1.0`. */
export function packageVersion(): string {
  const found = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  return found === undefined ? 'unknown' : String(JSON.parse(readFileSync(found, 'utf8')).version);
}
