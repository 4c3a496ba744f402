// The forms that Camunda's answers have on the wire: its problem detail, Spring's plain JSON, Tomcat's page.
// As recorded (recorded/8.6.0); what a problem detail says in which situation is in answers.ts.

/** One HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers that Spring Security adds to every answer where authentication is on. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '0',
  'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
  pragma: 'no-cache',
  expires: '0',
  'x-frame-options': 'DENY',
};

/** 200 with a JSON document. */
export function document(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** A problem detail (RFC 9457) of Camunda's own code; `instance` is the path that was asked for. */
export function problem(status: number, title: string, detail: string, instance: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...closing(status) },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, instance }),
  };
}

/** A problem detail of the security filter (ProblemAuthFailureHandler), which writes its answers itself. */
export function securityProblem(status: number, title: string, detail: string, instance: string): Answer {
  const { body } = problem(status, title, detail, instance);
  return {
    status,
    headers: {
      ...SECURITY_HEADERS,
      'content-type': 'application/problem+json;charset=UTF-8',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** Spring's own error body, without a problem detail. */
export function plain(
  status: number,
  error: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const timestamp = new Date().toISOString().replace('Z', '+00:00');
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ timestamp, status, error, path }),
  };
}

/** Tomcat's error page. */
export function tomcatBadRequest(): Answer {
  const heading = 'HTTP Status 400 – Bad Request';
  const style =
    'body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b {color:white;background-color:#525D76;} h1 {font-size:22px;} h2 {font-size:16px;} h3 {font-size:14px;} p {font-size:12px;} a {color:black;} .line {height:1px;background-color:#525D76;border:none;}';
  const body = `<!doctype html><html lang="en"><head><title>${heading}</title><style type="text/css">${style}</style></head><body><h1>${heading}</h1></body></html>`;
  return {
    status: 400,
    headers: {
      'content-type': 'text/html;charset=utf-8',
      'content-language': 'en',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    },
    body,
  };
}

/** Tomcat closes the connection after these (Http11Processor, statusDropsConnection). */
function closing(status: number): Record<string, string> {
  return [400, 408, 411, 413, 414, 500, 501, 503].includes(status) ? { connection: 'close' } : {};
}
