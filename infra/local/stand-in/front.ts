// What stands in front of a cluster, and what it says in Camunda's place: ingresses, Cloudflare, sign-in pages,
// firewalls. None of it is a verdict about a task.
//
// nginx: its built-in pages (src/http/ngx_http_special_response.c). The ingress: ingress-nginx, whose default backend
// answers what no rule matches. Cloudflare: its documentation of 5xx and 1xxx errors; with `Accept: application/json`
// it answers 1xxx errors as problem details with a type of its own. The sign-in page, the redirect and the firewall's
// page are made up after what such products send.
import type { Answer } from './answer-forms.ts';

const RAY = '9a1b2c3d4e5f6789';
const CLOUDFLARE = { server: 'cloudflare', 'cf-ray': `${RAY}-FRA`, 'cache-control': 'no-store, no-cache' };

/** What a front can say, by name. */
export type FrontAnswer = keyof typeof FRONT_ANSWERS;

/** The answers by name. */
export const FRONT_ANSWERS = {
  /** No rule of the ingress matches host and path, as after a wrong address or a removed cluster. */
  'ingress-404': text(404, 'default backend - 404'),
  /** The service behind the ingress has no endpoint that is ready. */
  'nginx-503': nginx(503, '503 Service Temporarily Unavailable'),
  'nginx-502': nginx(502, '502 Bad Gateway'),
  'nginx-504': nginx(504, '504 Gateway Time-out'),
  'nginx-403': nginx(403, '403 Forbidden'),
  'nginx-404': nginx(404, '404 Not Found'),
  /** `limit_req` with `limit_req_status 429`. */
  'nginx-429': nginx(429, '429 Too Many Requests'),
  'nginx-400': nginx(400, '400 Bad Request'),
  /** `http://` to a port that speaks TLS. */
  'nginx-400-plain-http': nginx(
    400,
    '400 The plain HTTP request was sent to HTTPS port',
    'The plain HTTP request was sent to HTTPS port',
  ),
  /** Mutual TLS without a certificate. */
  'nginx-400-no-certificate': nginx(
    400,
    '400 No required SSL certificate was sent',
    'No required SSL certificate was sent',
  ),
  'nginx-400-header-too-large': nginx(
    400,
    '400 Request Header Or Cookie Too Large',
    'Request Header Or Cookie Too Large',
  ),
  'cloudflare-520': cloudflare(520, 'Web server is returning an unknown error'),
  'cloudflare-521': cloudflare(521, 'Web server is down'),
  'cloudflare-522': cloudflare(522, 'Connection timed out'),
  'cloudflare-523': cloudflare(523, 'Origin is unreachable'),
  'cloudflare-524': cloudflare(524, 'A timeout occurred'),
  'cloudflare-525': cloudflare(525, 'SSL handshake failed'),
  'cloudflare-526': cloudflare(526, 'Invalid SSL certificate'),
  'cloudflare-527': cloudflare(527, 'Railgun listener to origin error'),
  'cloudflare-529': cloudflare(529, 'Site is overloaded'),
  'cloudflare-530': text(530, 'error code: 1016'),
  /** The DNS name of the origin cannot be resolved. */
  'cloudflare-1001': cloudflareProblem(409, 1001, 'DNS resolution error', 'dns_resolution_error', 'dns'),
  /** A rule of the firewall. */
  'cloudflare-1020': cloudflareProblem(403, 1020, 'Access denied', 'access_denied', 'access_denied'),
  /** Too many requests. */
  'cloudflare-1015': cloudflareProblem(
    429,
    1015,
    'You are being rate limited',
    'rate_limited',
    'rate_limit',
    30,
  ),
  /** Somebody has put single sign-on before the API, and it answers 200. */
  'sign-in-page': html(
    200,
    '<!doctype html><html lang="en"><head><title>Sign in</title></head><body><form method="post" action="/login"><label>User <input name="username"></label><label>Password <input name="password" type="password"></label><button>Sign in</button></form></body></html>',
  ),
  /** The same with a redirect. */
  'login-redirect': {
    status: 302,
    headers: {
      location: 'https://login.example.com/authorize?client_id=proxy&response_type=code',
      'content-length': '0',
    },
    body: '',
  },
  /** A web application firewall that dislikes the request. */
  'waf-403': html(
    403,
    '<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 1234567890123456789</body></html>',
  ),
} as const satisfies Readonly<Record<string, Answer>>;

/** The names of the answers. */
export const FRONT_ANSWER_NAMES = Object.keys(FRONT_ANSWERS) as [FrontAnswer, ...FrontAnswer[]];

function sized(status: number, headers: Readonly<Record<string, string>>, body: string): Answer {
  return { status, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body };
}

function text(status: number, body: string): Answer {
  return sized(status, { 'content-type': 'text/plain; charset=utf-8' }, body);
}

function html(status: number, body: string): Answer {
  return sized(status, { 'content-type': 'text/html; charset=utf-8' }, body);
}

/** @param explanation what stands between heading and rule on nginx's pages about a 400 of a certain kind */
function nginx(status: number, title: string, explanation?: string): Answer {
  const heading = explanation === undefined ? title : `${status} Bad Request`;
  const more = explanation === undefined ? '' : `<center>${explanation}</center>\r\n`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n${more}<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  // After a 400 nginx keeps no connection.
  const connection = status === 400 ? { connection: 'close' } : {};
  return sized(status, { server: 'nginx', 'content-type': 'text/html', ...connection }, body);
}

function cloudflare(status: number, title: string): Answer {
  const body = `<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<title>camunda.invalid | ${status}: ${title}</title>\n</head>\n<body>\n<div id="cf-wrapper"><h1><span>${title}</span> <span>Error code ${status}</span></h1><p>Cloudflare Ray ID: <strong>${RAY}</strong></p></div>\n</body>\n</html>\n`;
  return sized(status, { ...CLOUDFLARE, 'content-type': 'text/html; charset=UTF-8' }, body);
}

function cloudflareProblem(
  status: number,
  code: number,
  title: string,
  name: string,
  category: string,
  retryAfterSeconds?: number,
): Answer {
  const body = {
    type: `https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-${code}/`,
    title: `Error ${code}: ${title}`,
    status,
    detail: `${title}.`,
    instance: RAY,
    error_code: code,
    error_name: name,
    error_category: category,
    ray_id: RAY,
    zone: 'camunda.invalid',
    cloudflare_error: true,
    retryable: retryAfterSeconds !== undefined,
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  };
  const headers = {
    ...CLOUDFLARE,
    'content-type': 'application/problem+json; charset=utf-8',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
  return sized(status, headers, JSON.stringify(body));
}
