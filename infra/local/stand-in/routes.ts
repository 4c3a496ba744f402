// What a request's path asks of a cluster, as Tomcat and Spring read it.
import type { IncomingMessage } from 'node:http';
import type { CamundaVersion } from './answers.ts';

/** What a request is for. */
export type Route =
  /** Unassign; the key is the decoded text between the slashes. */
  | { readonly to: 'assignee'; readonly key: string }
  | { readonly to: 'topology' }
  | { readonly to: 'wrong-method'; readonly allow: string }
  | { readonly to: 'nowhere' }
  /** Refused by Tomcat. */
  | { readonly to: 'bad-request' };

/**
 * Reads method and path.
 *
 * @param basePath what stands before `/v2`; 8.6 takes `/v1` too
 */
export function parseRoute(
  request: Pick<IncomingMessage, 'method' | 'url'>,
  basePath: string,
  version: CamundaVersion,
): Route {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const segments = decodeSegments(path);
  if (segments === undefined) return { to: 'bad-request' };
  const inside = segmentsAfter(segments, basePath.split('/').filter(Boolean));
  if (inside === undefined || !isVersion(inside[0], version)) return { to: 'nowhere' };
  const [, resource, key, property, ...rest] = inside;
  if (path.endsWith('/') || rest.length > 0) return { to: 'nowhere' };
  if (resource === 'topology' && key === undefined)
    return allowing(request.method, 'GET', { to: 'topology' });
  if (resource !== 'user-tasks' || key === undefined) return { to: 'nowhere' };
  if (property === undefined) return allowing(request.method, 'PATCH', { to: 'nowhere' });
  if (property !== 'assignee') return { to: 'nowhere' };
  return allowing(request.method, 'DELETE', { to: 'assignee', key });
}

/** Empty segments vanish and matrix parameters are cut off; undefined where Tomcat refuses the path. */
function decodeSegments(path: string): string[] | undefined {
  if (/%2f|%5c|%00/i.test(path)) return undefined;
  try {
    return path
      .split('/')
      .map((segment) => decodeURIComponent(segment.replace(/;.*$/, '')))
      .filter((segment) => segment !== '');
  } catch {
    return undefined;
  }
}

function segmentsAfter(segments: readonly string[], prefix: readonly string[]): string[] | undefined {
  return prefix.every((segment, index) => segments[index] === segment)
    ? segments.slice(prefix.length)
    : undefined;
}

function isVersion(segment: string | undefined, version: CamundaVersion): boolean {
  return segment === 'v2' || (segment === 'v1' && version === '8.6');
}

function allowing(method: string | undefined, allowed: string, route: Route): Route {
  return method === allowed ? route : { to: 'wrong-method', allow: allowed };
}
