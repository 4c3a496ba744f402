// What a request's path asks of a cluster, as Tomcat and Spring read it.
import type { IncomingMessage } from 'node:http';
import { type CamundaVersion, isSince } from './answers.ts';

/** What a request is for. A key is the decoded text between the slashes. */
export type Route =
  /** Unassign. */
  | { readonly to: 'assignee'; readonly key: string }
  /** Assign. */
  | { readonly to: 'assignment'; readonly key: string }
  /** Read one task. */
  | { readonly to: 'task'; readonly key: string }
  /** Search tasks. */
  | { readonly to: 'search' }
  | { readonly to: 'topology' }
  | { readonly to: 'wrong-method'; readonly allow: string }
  | { readonly to: 'nowhere' }
  /** A physical tenant that the cluster does not have. */
  | { readonly to: 'unknown-tenant' }
  /** Refused by Tomcat. */
  | { readonly to: 'bad-request' };

/** What a path is read by. */
export interface Site {
  /** What stands before `/v2`, or before `/physical-tenants`. */
  readonly basePath: string;
  /** 8.6 takes `/v1`, too; tasks are read from 8.8 on. */
  readonly version: CamundaVersion;
  /** The ids in `/physical-tenants/{id}/v2`, from 8.10 on. */
  readonly physicalTenants: readonly string[];
}

/** Reads method and path. */
export function parseRoute(request: Pick<IncomingMessage, 'method' | 'url'>, site: Site): Route {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const segments = decodeSegments(path);
  if (segments === undefined) return { to: 'bad-request' };
  const inside = segmentsAfter(segments, site.basePath.split('/').filter(Boolean));
  if (inside === undefined) return { to: 'nowhere' };
  const [first, tenant = '', ...rest] = inside;
  const tenants = first === 'physical-tenants' && isSince(site.version, '8.10');
  if (tenants && !site.physicalTenants.includes(tenant)) return { to: 'unknown-tenant' };
  const [api, ...resource] = tenants ? rest : inside;
  if (!isApi(api, site.version) || path.endsWith('/')) return { to: 'nowhere' };
  return routeTo(resource, request.method, site.version);
}

function routeTo(segments: readonly string[], method: string | undefined, version: CamundaVersion): Route {
  const [resource, key, property, ...rest] = segments;
  if (resource === 'topology' && key === undefined) return allowing(method, { GET: { to: 'topology' } });
  if (resource !== 'user-tasks' || key === undefined || rest.length > 0) return { to: 'nowhere' };
  switch (property) {
    case undefined:
      return routeToTask(key, method, version);
    case 'assignee':
      return allowing(method, { DELETE: { to: 'assignee', key } });
    case 'assignment':
      return allowing(method, { POST: { to: 'assignment', key } });
    default:
      return { to: 'nowhere' };
  }
}

/** On 8.6 a task can be changed at its path, and nothing else; `search` is a key like any other there. */
function routeToTask(key: string, method: string | undefined, version: CamundaVersion): Route {
  const changing: Route = { to: 'nowhere' };
  if (!isSince(version, '8.8')) return allowing(method, { PATCH: changing });
  if (key === 'search' && method === 'POST') return { to: 'search' };
  return allowing(method, { GET: { to: 'task', key }, PATCH: changing });
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

function isApi(segment: string | undefined, version: CamundaVersion): boolean {
  return segment === 'v2' || (segment === 'v1' && version === '8.6');
}

function allowing(method: string | undefined, routes: Readonly<Record<string, Route>>): Route {
  return routes[method ?? ''] ?? { to: 'wrong-method', allow: Object.keys(routes).join(', ') };
}
