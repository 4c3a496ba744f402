// Answers that no cluster should give.
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { RawAnswer } from './raw-cluster.ts';

const MEBIBYTE = 1_048_576;

/** What becomes of the message. */
export type Fate = 'acknowledge' | 'requeue' | 'redeliver' | 'dead-letter';

function answer(
  head: string,
  body: string | Buffer = '',
  afterwards: RawAnswer['afterwards'] = 'keep',
): RawAnswer {
  return { pieces: [`${head}\r\n\r\n`, ...(body === '' ? [] : [body])], afterwards };
}

function sized(status: string, body: string | Buffer, headers = ''): RawAnswer {
  return answer(`HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}${headers}`, body);
}

const BOMB = gzipSync(Buffer.alloc(64 * MEBIBYTE));
const PROBLEM = JSON.stringify({ title: 'TITLE', detail: 'detail', status: 409 });

/** Each with its name and what becomes of its message; all of them let the function go. */
export const RAW_ANSWERS: readonly (readonly [string, Fate, RawAnswer])[] = [
  ['a header of 1 MiB', 'requeue', answer(`HTTP/1.1 204 No Content\r\nx: ${'x'.repeat(MEBIBYTE)}`)],
  ['a hundred thousand headers', 'requeue', answer(`HTTP/1.1 204 No Content${'\r\nx: y'.repeat(100_000)}`)],
  [
    'headers without end',
    'requeue',
    { pieces: ['HTTP/1.1 204 No Content\r\n', 'x: y\r\n'.repeat(1_000)], afterwards: 'repeat' },
  ],
  ['a success with a body without end', 'requeue', answer('HTTP/1.1 200 OK', 'x'.repeat(65_536), 'repeat')],
  ['a 503 with a body without end', 'requeue', answer('HTTP/1.1 503 Later', 'x'.repeat(65_536), 'repeat')],
  [
    'chunks without end',
    'requeue',
    answer('HTTP/1.1 503 Later\r\ntransfer-encoding: chunked', `1000\r\n${'x'.repeat(4_096)}\r\n`, 'repeat'),
  ],
  [
    'a chunk whose size is no number',
    'requeue',
    answer('HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked', 'size\r\nx\r\n', 'end'),
  ],
  [
    'a chunk larger than any number',
    'requeue',
    answer('HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked', `${'f'.repeat(40)}\r\nx\r\n`, 'end'),
  ],
  [
    'chunks that break off',
    'requeue',
    answer('HTTP/1.1 409 Conflict\r\ntransfer-encoding: chunked', '5\r\nab', 'end'),
  ],
  [
    'a body shorter than it said',
    'requeue',
    answer('HTTP/1.1 404 Not Found\r\ncontent-length: 100', 'short', 'end'),
  ],
  ['a bomb', 'requeue', sized('404 Not Found', BOMB, '\r\ncontent-encoding: gzip')],
  ['a success that is a bomb', 'requeue', sized('200 OK', BOMB, '\r\ncontent-encoding: gzip')],
  [
    'a content encoding that does not exist',
    'dead-letter',
    sized('409 Conflict', PROBLEM, '\r\ncontent-encoding: x, y, z'),
  ],
  ['a problem as an image', 'dead-letter', sized('409 Conflict', PROBLEM, '\r\ncontent-type: image/png')],
  ['a problem 6,000 levels deep', 'requeue', sized('409 Conflict', '{"detail":'.repeat(6_000))],
  [
    'a problem with an odd title',
    'requeue',
    sized('404 Not Found', '{"title":{"__proto__":1},"detail":["x"],"__proto__":{"title":"x"}}'),
  ],
  [
    'a problem full of what drives terminals',
    'dead-letter',
    sized(
      '409 Conflict',
      JSON.stringify({ title: '\u001b[2J\u0000\ud800', detail: '\u202e\uffff'.repeat(5_000), status: 409 }),
    ),
  ],
  ['bytes that are no UTF-8', 'requeue', sized('404 Not Found', Buffer.alloc(1_000, 0xff))],
  [
    'two lengths that contradict each other',
    'requeue',
    answer('HTTP/1.1 204 No Content\r\ncontent-length: 1\r\ncontent-length: 2', 'ab', 'end'),
  ],
  [
    'a length and chunks',
    'requeue',
    answer('HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\ntransfer-encoding: chunked', '0\r\n\r\n', 'end'),
  ],
  ['a negative length', 'requeue', answer('HTTP/1.1 404 Not Found\r\ncontent-length: -1', '', 'end')],
  ['HTTP/0.9', 'requeue', { pieces: ['<html>unassigned</html>'], afterwards: 'end' }],
  [
    'HTTP/2 over HTTP/1.1',
    'requeue',
    { pieces: [Buffer.from('000012040000000000000300000064', 'hex')], afterwards: 'end' },
  ],
  ['HTTP of a version that does not exist', 'requeue', answer('HTTP/9.9 204 No Content', '', 'end')],
  ['a status that is no number', 'requeue', answer('HTTP/1.1 abc No', '', 'end')],
  ['a status of two digits', 'requeue', answer('HTTP/1.1 20 OK', '', 'end')],
  ['a status of four digits', 'requeue', answer('HTTP/1.1 2004 OK', '', 'end')],
  ['a status of 0', 'requeue', answer('HTTP/1.1 000 Nothing', '', 'end')],
  ['a status of 999', 'requeue', sized('999 Beyond', '')],
  [
    '101, which nobody asked for',
    'requeue',
    answer('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade', 'x', 'end'),
  ],
  [
    'a hint and then a success',
    'acknowledge',
    {
      pieces: ['HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
      afterwards: 'keep',
    },
  ],
  ['a redirect to itself', 'requeue', sized('307 Again', '', '\r\nlocation: /v2/user-tasks/1/assignee')],
  [
    'a second answer that nobody asked for',
    'requeue',
    {
      pieces: ['HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'],
      afterwards: 'keep',
    },
  ],
  [
    'a success with a body that it must not have',
    'acknowledge',
    {
      pieces: ['HTTP/1.1 204 No Content\r\ncontent-length: 24\r\n\r\nHTTP/1.1 500 No\r\n\r\n'],
      afterwards: 'keep',
    },
  ],
  [
    'a Retry-After of a thousand digits',
    'requeue',
    sized('503 Later', '', `\r\nretry-after: ${'9'.repeat(1_000)}`),
  ],
];

/** One whose body is as large as the function reads. */
export const LARGE_ANSWER: (typeof RAW_ANSWERS)[number] = [
  'a large success',
  'requeue',
  sized('200 OK', JSON.stringify({ title: 'TITLE', detail: 'x'.repeat(65_000) })),
];

/** Those that hold the function for as long as it lets them. */
export const HOLDING_ANSWERS: typeof RAW_ANSWERS = [
  ['a body that never comes', 'requeue', answer('HTTP/1.1 404 Not Found\r\ncontent-length: 100')],
  ['nothing but 100', 'requeue', answer('HTTP/1.1 100 Continue')],
  ['hints without end', 'requeue', { pieces: ['HTTP/1.1 103 Early Hints\r\n\r\n'], afterwards: 'repeat' }],
  ['nothing at all', 'requeue', { pieces: [], afterwards: 'keep' }],
];

const status = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 100, max: 599 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('-1', '0', '600', '999', '1e3', '²⁰⁴', '204204', '') },
);
const headerLine = fc.oneof(
  fc.constantFrom(
    'content-length: 3',
    'content-length: 99',
    'transfer-encoding: chunked',
    'connection: close',
    'content-encoding: br',
    'retry-after: 3',
    ': x',
    'x',
    '\u0000: \u0001',
    'set-cookie: a\r\n b',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some)),
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('3\r\nabc\r\n0\r\n\r\n', PROBLEM, 'HTTP/1.1 204 No Content\r\n\r\n')
    .map((text) => Buffer.from(text)),
);

/** Anything that ends: an answer that is nearly one, or bytes. */
export const rawAnswer: fc.Arbitrary<RawAnswer> = fc
  .tuple(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(
            fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2', 'http/1.1', ''),
            status,
            fc.array(headerLine, { maxLength: 4 }),
            bytes,
          )
          .map(([version, code, headers, body]) => [
            `${[`${version} ${code} words`, ...headers].join('\r\n')}\r\n\r\n`,
            body,
          ]),
      },
      { weight: 1, arbitrary: fc.array(bytes, { maxLength: 3 }) },
    ),
    fc.constantFrom('end' as const, 'reset' as const),
  )
  .map(([pieces, afterwards]) => ({ pieces, afterwards }));

/** Whether the first answer in these bytes that is more than a hint is a success. */
export function startsWithSuccess({ pieces }: RawAnswer): boolean {
  const all = Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString('latin1');
  return /^\s*(HTTP\/1\.[01] 1\d\d[\s\S]*?\r\n\r\n\s*)*HTTP\/1\.[01] 20[04][^\d]/.test(all);
}
