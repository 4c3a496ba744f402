// Who may ask the console what: each rule by itself, against the real server.
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostAt } from '../../../cli/console/server/http-server.ts';
import { burials } from '../../client/dead-letters/dead-letter-stage.ts';
import {
  answerOf,
  type ConsoleStage,
  exchange,
  requestOf,
  sendRaw,
  setConsole,
  tokenOf,
} from './console-stage.ts';

const READING = ['Accept', 'application/json'];

function hostOf({ origin }: Pick<ConsoleStage, 'origin'>): string {
  return new URL(origin).host;
}

/** Headers of a page that has a session, as they go over the wire. */
function own({ origin, secret }: ConsoleStage): string[] {
  return ['Host', new URL(origin).host, 'Authorization', `Bearer ${secret}`];
}

/** Headers of a page's write. */
function writing(page: ConsoleStage, { origin = page.origin, site = 'same-origin', type = JSON_TYPE } = {}) {
  return {
    ...(origin !== '' && { origin }),
    ...(site !== '' && { 'sec-fetch-site': site }),
    ...(type !== '' && { 'content-type': type }),
    authorization: `Bearer ${page.secret}`,
  };
}

const JSON_TYPE = 'application/json';

async function write(page: ConsoleStage, headers: Record<string, string>) {
  return answerOf(
    await fetch(`${page.origin}/api/snapshot`, { method: 'POST', headers, body: new Blob(['{}']) }),
  );
}

/** What is sent verbatim, and what comes back. */
async function sendBytes(page: ConsoleStage, bytes: string): Promise<string> {
  const { hostname, port } = new URL(page.origin);
  const socket = connect(Number(port), hostname);
  socket.end(bytes);
  return text(socket);
}

describe('the host', () => {
  it.each([
    ['another name', 'attacker.example'],
    ['another name with this port', (page: ConsoleStage) => `attacker.example:${new URL(page.origin).port}`],
    ['localhost', (page: ConsoleStage) => `localhost:${new URL(page.origin).port}`],
    ['this address without a port', '127.0.0.1'],
    ['this address with another port', '127.0.0.1:1'],
    ['a name that begins like it', (page: ConsoleStage) => `${hostOf(page)}.attacker.example`],
    ['credentials before it', (page: ConsoleStage) => `a@${hostOf(page)}`],
    ['a dot behind it', (page: ConsoleStage) => hostOf(page).replace(':', '.:')],
    ['nothing', ''],
  ])('is refused where it is %s', async (_, wish) => {
    const page = await setConsole();
    const host = typeof wish === 'string' ? wish : wish(page);
    const headers = ['Host', host, 'Authorization', `Bearer ${page.secret}`];
    for (const target of ['/', '/api/overview', '/main.js']) {
      expect((await sendRaw(page.origin, target, headers)).status, target).toBe(403);
    }
  });

  it('is refused where it is missing', async () => {
    const page = await setConsole();
    expect((await sendRaw(page.origin, '/', READING)).status).toBe(403);
  });

  it('is refused where there are two, also where one is right', async () => {
    const page = await setConsole();
    const twice = ['Host', hostOf(page), 'Host', 'attacker.example'];
    expect((await sendRaw(page.origin, '/', twice)).status).toBe(403);
    expect(
      (
        await sendRaw(
          page.origin,
          '/',
          twice.toReversed().flatMap((_, i, all) => (i % 2 ? [] : [all[i + 1] ?? '', all[i] ?? ''])),
        )
      ).status,
    ).toBe(403);
  });

  it('is refused before anything else is looked at', async () => {
    const page = await setConsole();
    const answer = await sendRaw(page.origin, '//x/../api/overview', ['Host', 'attacker.example'], {
      method: 'POST',
    });
    expect(answer.status).toBe(403);
  });

  it.each(['100-continue', 'anything else'])(
    'is refused before anybody hears what becomes of the expectation %s',
    async (expectation) => {
      const page = await setConsole();
      const heard = await sendBytes(
        page,
        `POST / HTTP/1.1\r\nHost: attacker.example\r\nExpect: ${expectation}\r\nContent-Length: 1\r\n\r\nx`,
      );
      expect(heard).toMatch(/^HTTP\/1\.1 403 /);
    },
  );

  it('is named without a port where browsers leave that away', () => {
    expect([hostAt(80), hostAt(9330)]).toEqual(['127.0.0.1', '127.0.0.1:9330']);
  });

  it('is let in where it is this one, whatever is expected of it', async () => {
    const page = await setConsole();
    const headers = `Host: ${hostOf(page)}\r\nAuthorization: Bearer ${page.secret}`;
    const heard = await sendBytes(
      page,
      `GET /api/snapshot HTTP/1.1\r\n${headers}\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect(heard).toMatch(/^HTTP\/1\.1 100 [\s\S]*HTTP\/1\.1 200 /);
  });

  it('is let in where it is this one', async () => {
    const page = await setConsole();
    expect((await sendRaw(page.origin, '/api/snapshot', own(page))).status).toBe(200);
  });
});

describe('a path', () => {
  it.each([
    '//',
    '//api/snapshot',
    '/api//snapshot',
    '/../api/snapshot',
    '/api/../api/snapshot',
    '/./api/snapshot',
    '/%2e%2e/api/snapshot',
    '/..%2fapi/snapshot',
    '/api/%73napshot',
    '/\\api/snapshot',
    '/api/snapshot/',
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/package.json',
    '/..%5c..%5cpackage.json',
    '*',
  ])('%s leads nowhere', async (target) => {
    const page = await setConsole();
    expect((await sendRaw(page.origin, target, own(page))).status).toBe(404);
  });

  it.each(['http://attacker.example/api/snapshot', 'http://127.0.0.1/api/snapshot'])(
    'that is the address %s leads nowhere',
    async (target) => {
      const page = await setConsole();
      expect((await sendRaw(page.origin, target, own(page))).status).toBe(404);
    },
  );

  it('is not tunnelled', async () => {
    const page = await setConsole();
    const host = hostOf(page);
    expect(await sendBytes(page, `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).not.toContain('200');
  });
});

describe('a secret', () => {
  const ROUTES = [
    '/api/overview',
    '/api/snapshot',
    '/api/timeline',
    '/api/groups',
    '/api/messages',
    '/api/messages.csv',
    '/api/messages/5fea7756-0ea4-451a-a703-a558b933e274',
    '/api/no-such-route',
  ];

  it.each(ROUTES)('is needed to read %s', async (path) => {
    const { origin } = await setConsole();
    expect((await fetch(origin + path)).status).toBe(401);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])(
    'is needed to learn what %s does',
    async (method) => {
      const { origin } = await setConsole();
      const { status } = await fetch(`${origin}/api/snapshot`, requestOf(method, origin, undefined));
      expect(status).toBe(401);
    },
  );

  it('of another console is none here', async () => {
    const [one, other] = await Promise.all([setConsole(), setConsole()]);
    const asked = await fetch(`${one.origin}/api/snapshot`, requestOf('GET', one.origin, other.secret));
    expect(asked.status).toBe(401);
  });

  it.each([
    ['as a cookie', (secret: string) => ({ cookie: `secret=${secret}` })],
    ['as a password', (secret: string) => ({ authorization: `Basic ${btoa(`x:${secret}`)}` })],
    ['with more behind it', (secret: string) => ({ authorization: `Bearer ${secret}A` })],
    ['without its end', (secret: string) => ({ authorization: `Bearer ${secret.slice(0, -1)}` })],
    ['twice', (secret: string) => ({ authorization: `Bearer ${secret}, Bearer ${secret}` })],
  ])('counts for nothing %s', async (_, headersOf) => {
    const { origin, secret } = await setConsole();
    const { status } = await fetch(`${origin}/api/snapshot`, { headers: headersOf(secret) });
    expect(status).toBe(401);
  });

  it('counts for nothing in the address', async () => {
    const { origin, secret } = await setConsole();
    expect((await fetch(`${origin}/api/snapshot?secret=${secret}&token=${secret}`)).status).toBe(401);
  });

  it('comes without a cookie', async () => {
    const page = await setConsole();
    const answer = await exchange(page.console, tokenOf(page.console.newLink()));
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([200, false]);
  });
});

describe('a token', () => {
  it('is good once', async () => {
    const { console } = await setConsole();
    const token = tokenOf(console.newLink());
    expect((await exchange(console, token)).status).toBe(200);
    expect((await exchange(console, token)).status).toBe(401);
  });

  it('is good no more when there is a fresh one', async () => {
    const { console } = await setConsole();
    const token = tokenOf(console.newLink());
    const fresh = tokenOf(console.newLink());
    expect((await exchange(console, token)).status).toBe(401);
    expect((await exchange(console, fresh)).status).toBe(200);
  });

  it('has 256 bits, and no two are alike', async () => {
    const { console } = await setConsole();
    const tokens = Array.from({ length: 20 }, () => tokenOf(console.newLink()));
    expect(new Set(tokens).size).toBe(20);
    expect(tokens.map((token) => Buffer.from(token, 'base64url').length)).toEqual(new Array(20).fill(32));
  });

  it('leaves the sessions that there are', async () => {
    const page = await setConsole();
    await exchange(page.console, tokenOf(page.console.newLink()));
    expect((await page.get('/api/snapshot')).status).toBe(200);
  });

  it('is no secret', async () => {
    const { console, origin } = await setConsole();
    const token = tokenOf(console.newLink());
    const { status } = await fetch(`${origin}/api/snapshot`, requestOf('GET', origin, token));
    expect(status).toBe(401);
  });

  it.each([
    ['from another origin', { origin: 'http://127.0.0.1:1' }],
    ['without an origin', { origin: '' }],
    ['from another site', { site: 'cross-site' }],
    ['as a form', { type: 'text/plain' }],
  ])('is not exchanged %s', async (_, wish) => {
    const page = await setConsole();
    const body = new Blob([JSON.stringify({ token: tokenOf(page.console.newLink()) })]);
    const headers = writing(page, wish);
    const { status } = await fetch(`${page.origin}/api/session`, { method: 'POST', headers, body });
    expect(status).toBe(403);
  });
});

describe('a write', () => {
  it('passes from the own page', async () => {
    const page = await setConsole();
    expect((await write(page, writing(page))).status).toBe(200);
  });

  it.each([
    ['without an origin', { origin: '' }],
    ['from another origin', { origin: 'http://attacker.example' }],
    ['from another port', { origin: 'http://127.0.0.1:1' }],
    ['from localhost', { origin: 'http://localhost' }],
    ['from a page without an origin', { origin: 'null' }],
    ['without Sec-Fetch-Site', { site: '' }],
    ['from the same site', { site: 'same-site' }],
    ['from another site', { site: 'cross-site' }],
    ['that a person typed', { site: 'none' }],
    ['without a type', { type: '' }],
    ['of the type text/plain', { type: 'text/plain' }],
    ['of the type text/plain, with JSON', { type: 'text/plain; charset=utf-8; application/json' }],
    ['of a form', { type: 'application/x-www-form-urlencoded' }],
    ['of a form with files', { type: 'multipart/form-data; boundary=x' }],
    ['of another JSON', { type: 'application/json-patch+json' }],
  ])('is refused %s', async (_, wish) => {
    const page = await setConsole();
    expect((await write(page, writing(page, wish))).status).toBe(403);
  });

  it('is refused without a secret', async () => {
    const page = await setConsole();
    const { authorization: _, ...headers } = writing(page);
    expect((await write(page, headers)).status).toBe(401);
  });

  it('is none by GET', async () => {
    const page = await setConsole();
    expect((await page.get('/api/session')).status).toBe(405);
    const looks = page.stage.calls.filter(({ name }) => name === 'ReceiveMessage').length;
    await page.get('/api/snapshot');
    expect(page.stage.calls.filter(({ name }) => name === 'ReceiveMessage').length).toBe(looks);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is none by %s', async (method) => {
    const page = await setConsole();
    const { status, headers } = await fetch(
      `${page.origin}/api/snapshot`,
      requestOf(method, page.origin, page.secret),
    );
    expect(status).toBe(405);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a name that every object has', () => {
  it('is nothing that could be read', async () => {
    const page = await setConsole({ letters: burials(1) });
    await page.look();
    const expected = {
      '/api/messages/__proto__': 404,
      '/api/messages/constructor': 404,
      '/api/plans/__proto__/messages': 410,
      '/api/plans/constructor/left-out': 410,
      '/api/messages?__proto__=x': 400,
      '/api/messages?sort=constructor': 400,
      '/api/__proto__': 404,
    };
    const found: Record<string, number> = {};
    for (const path of Object.keys(expected)) found[path] = (await page.get(path)).status;
    expect(found).toEqual(expected);
  });

  it('makes no plan', async () => {
    const page = await setConsole({ letters: burials(1), actionsAllowed: true });
    await page.look();
    const plans = [
      { action: '__proto__', all: true },
      { action: 'discard', messageIds: ['__proto__'] },
      { action: 'discard', filter: { ['__proto__']: { kind: 'expired' } } },
      { action: 'redrive', all: true, edit: { messageId: '__proto__', body: '{}' } },
      { action: 'redrive', all: true, edit: { ['__proto__']: {}, messageId: page.ids[0], body: '{}' } },
    ];
    for (const plan of plans) {
      expect((await page.post('/api/plans', plan)).status, JSON.stringify(plan)).toBe(400);
    }
  });
});

describe('a body', () => {
  it.each([
    ['too large', JSON.stringify({ token: 'x'.repeat(20_000) }), 413],
    ['no JSON', '{', 400],
    ['not what is expected', '{"token":7}', 400],
    ['more than is expected', '{"token":"x","admin":true}', 400],
    ['a prototype', '{"token":"x","__proto__":{"admin":true}}', 400],
    ['empty', '', 400],
  ])('is refused where it is %s', async (_, body, expected) => {
    const { origin } = await setConsole();
    const { headers } = requestOf('POST', origin, undefined);
    const { status } = await fetch(`${origin}/api/session`, { method: 'POST', headers, body });
    expect(status).toBe(expected);
  });

  it('is refused where it is too deep, before anybody reads it', async () => {
    const { origin } = await setConsole();
    const { headers } = requestOf('POST', origin, undefined);
    const body = `{"token":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const answer = await answerOf(await fetch(`${origin}/api/session`, { method: 'POST', headers, body }));
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining('levels')]);
  });

  it('is refused where it says that it is too large, before it comes', async () => {
    const page = await setConsole();
    const { origin } = page;
    const headers = Object.entries(requestOf('POST', origin, undefined).headers).map(([name, value]) =>
      [name, value].join(': '),
    );
    const lines = [
      'POST /api/session HTTP/1.1',
      `Host: ${hostOf(page)}`,
      'Content-Length: 20000',
      ...headers,
    ];
    expect(await sendBytes(page, `${lines.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('is refused where it is too large and does not say how large it is', async () => {
    const { origin } = await setConsole();
    const { headers } = requestOf('POST', origin, undefined);
    let left = 100;
    const body = new ReadableStream({
      pull(controller) {
        if (left > 0) controller.enqueue(Buffer.alloc(10_000, ' '));
        else controller.close();
        left -= 1;
      },
    });
    const asked = fetch(`${origin}/api/session`, { method: 'POST', headers, body, duplex: 'half' });
    // The server may hang up before all is sent.
    const status = await asked.then((answer) => answer.status).catch(() => 413);
    expect(status).toBe(413);
  });
});

describe('every answer', () => {
  const EXPECTED = {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };

  it.each([
    ['the page', '/', 'own'],
    ['an asset', '/main.js', 'own'],
    ['nothing', '/no-such-file.js', 'own'],
    ['a reading', '/api/snapshot', 'own'],
    ['a refusal without a session', '/api/snapshot', 'host'],
    ['a refusal of a host', '/', 'foreign'],
    ['a refusal of a path', '//', 'own'],
  ] as const)('tells the browser what it may do with it: %s', async (_, target, who) => {
    const page = await setConsole();
    const headers = {
      own: own(page),
      host: ['Host', hostOf(page)],
      foreign: ['Host', 'attacker.example'],
    }[who];
    const answer = await sendRaw(page.origin, target, headers);
    expect(answer.headers).toMatchObject(EXPECTED);
    const names = Object.keys(answer.headers).filter((name) => /^(access-control-|set-cookie)/.test(name));
    expect(names).toEqual([]);
  });

  it('lets no other origin read it', async () => {
    const page = await setConsole();
    const { headers } = await fetch(`${page.origin}/api/snapshot`, {
      headers: { origin: 'http://attacker.example', authorization: `Bearer ${page.secret}` },
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the server', () => {
  it('listens on 127.0.0.1 alone', async () => {
    const page = await setConsole();
    const { port } = new URL(page.origin);
    const reach = (address: string) =>
      new Promise<string[]>((resolve) => {
        const socket = connect(Number(port), address);
        socket.once('connect', () => resolve([address])).once('error', () => resolve([]));
        onTestFinished(() => void socket.destroy());
      });
    const others = Object.values(networkInterfaces()).flatMap((them = []) =>
      them.map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address)),
    );
    // On Linux every address of 127.0.0.0/8 is this machine's.
    const addresses = new Set(['127.0.0.1', '127.0.0.2', '::1', ...others]);
    expect((await Promise.all([...addresses].map(reach))).flat()).toEqual(['127.0.0.1']);
  });

  it('says nothing secret where something goes wrong', async () => {
    const page = await setConsole();
    page.stage.play = async () => {
      throw new Error('boom');
    };
    await page.post('/api/snapshot', {});
    const told = JSON.stringify(await page.get('/api/overview'));
    expect(told).not.toContain(page.secret);
    expect(told).not.toMatch(/accessKey|secretAccessKey|at .*\.ts:\d/);
  });
});
