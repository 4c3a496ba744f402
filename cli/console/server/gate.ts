// What every request passes before anything else looks at it: whose host it names, where it leads, and what every answer says
// to the browser.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { refusalAnswer } from './refusal.ts';

/** What every answer says, refusals included. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Lets those requests pass that name exactly this host, as a page that was led here by another name (DNS rebinding) does not,
 * and whose target is a path as it would be written.
 *
 * @param host such as `127.0.0.1:9330`
 */
export function gate(host: () => string, pass: RequestListener): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!namesOnly(request, host())) {
      refuse(response, 'forbidden', `This is http://${host()}/, and nothing else.`);
    } else if (!isPlainPath(request.url ?? '', host())) {
      refuse(response, 'not-found', 'There is nothing here.');
    } else {
      pass(request, response);
    }
  };
}

/** Of several headers of that name Node.js hands out the first. */
function namesOnly({ rawHeaders }: IncomingMessage, host: string): boolean {
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && isHost(rawHeaders[index - 1]));
  return hosts.length === 1 && hosts[0] === host;
}

function isHost(name: string | undefined): boolean {
  return name?.toLowerCase() === 'host';
}

/** Neither a whole address nor `//` nor a way up, however it is written. */
function isPlainPath(target: string, host: string): boolean {
  const [path = ''] = target.split('?', 1);
  if (!/^\/[\w./-]*$/.test(path) || path.includes('//') || !URL.canParse(target, `http://${host}`))
    return false;
  return new URL(target, `http://${host}`).pathname === path;
}

async function refuse(
  response: ServerResponse,
  code: 'forbidden' | 'not-found',
  message: string,
): Promise<void> {
  const answer = refusalAnswer({ code, message });
  // What else comes on this connection is not read.
  response.writeHead(answer.status, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(await answer.text());
}
