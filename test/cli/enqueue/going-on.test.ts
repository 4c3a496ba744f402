import { expect, it } from 'vitest';
import { FirstUnsent, goOnText } from '../../../cli/enqueue/going-on.ts';
import type { RequestLine } from '../../../cli/enqueue/request-line.ts';
import type { RequestState } from '../../../cli/enqueue/send.ts';

const SENT: RequestState = { state: 'sent' };
const NOT_SENT: RequestState = { state: 'not sent' };

function requestAt(line: number, file?: string): RequestLine {
  const request = { userTaskKey: String(line) };
  const where = file === undefined ? {} : { file };
  return { ok: true, line, request, body: JSON.stringify(request), attributes: new Map(), ...where };
}

it.each<[string, string[], [number, RequestState, string?][], string]>([
  [
    'one file',
    ['keys.txt'],
    [
      [2, SENT],
      [1, SENT],
    ],
    'Go on with --from-line 3;',
  ],
  [
    'what was not tried',
    ['keys.txt'],
    [
      [5, SENT],
      [4, NOT_SENT],
      [3, NOT_SENT],
    ],
    'Go on with --from-line 3;',
  ],
  ['stdin', ['-'], [[7, SENT]], 'Go on with the same input and --from-line 8;'],
  [
    'the second of three files',
    ['a', 'b', 'c d'],
    [
      [9, SENT, 'a'],
      [1, NOT_SENT, 'c d'],
      [3, NOT_SENT, 'b'],
      [2, SENT, 'b'],
    ],
    "Go on with --file b --from-line 3, then with --file 'c d';",
  ],
  [
    'the last of several',
    ['a', 'b'],
    [
      [9, SENT, 'a'],
      [2, SENT, 'b'],
    ],
    'Go on with --file b --from-line 3;',
  ],
  ['nothing at all', ['a', 'b'], [], 'Go on with --file a --from-line 1, then with --file b;'],
])('goes on where the sending was stopped: %s', (_, paths, heard, text) => {
  const first = new FirstUnsent(paths);
  for (const [line, state, file] of heard) first.hear(requestAt(line, file), state);
  expect(goOnText(paths, first.position)).toBe(`${text} what is sent twice does no harm.`);
});
