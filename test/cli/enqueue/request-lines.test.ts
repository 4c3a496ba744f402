import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOf, type InputFormat } from '../../../cli/enqueue/input.ts';
import { shapeOf } from '../../../cli/enqueue/json-requests.ts';
import type { InputLine } from '../../../cli/enqueue/request-line.ts';
import { type Reading, requestsOfFile, requestsOfKeys } from '../../../cli/enqueue/request-lines.ts';
import { UsageError } from '../../../cli/exit-codes.ts';

const A = '2251799813685249';
const B = '2251799813685250';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(how: InputFormat | Reading, text: string | Uint8Array, chunk = 7): Promise<InputLine[]> {
  const reading = typeof how === 'string' ? { format: how } : how;
  const lines: InputLine[] = [];
  for await (const line of requestsOfFile(reading, inChunks(Buffer.from(text), chunk))) {
    // What an answer says of its size is no line.
    if (!('answers' in line)) lines.push(line);
  }
  return lines;
}

/** Each line's number with its body, or with what is wrong. */
function inShort(lines: readonly InputLine[]): [number, string][] {
  return lines.map((line) => [line.line, shortOf(line)]);
}

function shortOf(line: InputLine): string {
  if (line.ok === undefined) return 'nobody has it';
  return line.ok ? line.body : line.reason;
}

const bodyOf = (userTaskKey: string, expiresAt?: string, expectedAssignee?: string) =>
  JSON.stringify({ userTaskKey, expiresAt, expectedAssignee });

it.each<[string, InputFormat]>([
  ['keys.txt', 'keys'],
  ['keys', 'keys'],
  ['keys.CSV', 'csv'],
  ['a/b.tsv', 'csv'],
  ['failed.jsonl', 'jsonl'],
  ['failed.ndjson', 'jsonl'],
  ['tasks.json', 'json'],
  ['keys.csv.gz', 'csv'],
  ['tasks.json.GZ', 'json'],
  ['keys.gz', 'keys'],
  ['-', 'keys'],
])('takes %s for %s', (path, format) => {
  expect(formatOf(path)).toBe(format);
});

it('reads keys that were typed', () => {
  expect(inShort([...requestsOfKeys([A, 'x', ` ${B}`])])).toEqual([
    [1, bodyOf(A)],
    [2, expect.stringMatching(/^userTaskKey: expected a string of 1 to 19 digits.*got the string "x"/)],
    [3, bodyOf(B)],
  ]);
});

describe('a file of keys', () => {
  it.each<[string, string | Uint8Array, [number, string][]]>([
    [
      'one key a line',
      `${A}\n${B}\n`,
      [
        [1, bodyOf(A)],
        [2, bodyOf(B)],
      ],
    ],
    [
      'no line feed at the end',
      `${A}\n${B}`,
      [
        [1, bodyOf(A)],
        [2, bodyOf(B)],
      ],
    ],
    [
      'carriage returns',
      `${A}\r\n${B}\r\n`,
      [
        [1, bodyOf(A)],
        [2, bodyOf(B)],
      ],
    ],
    ['a byte order mark', `\ufeff${A}\n`, [[1, bodyOf(A)]]],
    [
      'UTF-16, as PowerShell writes it',
      Buffer.from(`\ufeff${A}\r\n${B}`, 'utf16le'),
      [
        [1, bodyOf(A)],
        [2, bodyOf(B)],
      ],
    ],
    ['comments and blank lines', `# keys\n\n  \n${A} # of Ada\n#${B}\n`, [[4, bodyOf(A)]]],
    ['blanks around', `  ${A}\t\n`, [[1, bodyOf(A)]]],
    ['quotes around', `"${A}" # of Ada\n`, [[1, bodyOf(A)]]],
    ['nothing', '', []],
    ['one byte', '7', [[1, bodyOf('7')]]],
  ])('may have %s', async (_, text, lines) => {
    expect(inShort(await read('keys', text))).toEqual(lines);
  });

  it.each([
    ['two keys in a line', `${A} ${B}`],
    ['a leading zero', '0123'],
    ['a key above 2^63-1', '9223372036854775808'],
    ['what a spreadsheet made of a key', '2.2518E+15'],
    ['a name', 'Ada'],
    ['bytes that are no text', '\u0000\u0001'],
  ])('may not have %s', async (_, text) => {
    expect(inShort(await read('keys', `\n${text}\n`))).toEqual([
      [2, expect.stringMatching(/^userTaskKey: /)],
    ]);
  });

  it('has no line longer than any message', async () => {
    const lines = await read('keys', `${'7'.repeat(4 * 1024 * 1024 + 1)}\n${A}\n`, 65_536);
    expect(inShort(lines)).toEqual([
      [1, 'expected a line of at most 4194304 characters'],
      [2, bodyOf(A)],
    ]);
  });
});

describe('JSON lines', () => {
  it('hold requests', async () => {
    const text = `{"userTaskKey":"${A}"}\r\n\n{ "expiresAt": "2026-11-23T12:00:00Z", "userTaskKey": "${B}" }`;
    expect(inShort(await read('jsonl', text))).toEqual([
      [1, bodyOf(A)],
      [3, bodyOf(B, '2026-11-23T12:00:00Z')],
    ]);
  });

  it('may say who must have the task', async () => {
    const text = `{"expectedAssignee":" Ünï ","userTaskKey":"${A}"}`;
    expect(inShort(await read('jsonl', text))).toEqual([[1, bodyOf(A, undefined, ' Ünï ')]]);
  });

  it('write no time where theirs is null, as serialisers write it that leave nothing out', async () => {
    const text = `{"userTaskKey":"${A}","expiresAt":null}`;
    expect(inShort(await read('jsonl', text))).toEqual([[1, bodyOf(A)]]);
  });

  it('hold whole messages, whose body is kept as it is', async () => {
    const body = `{ "userTaskKey" : "${A}" }`;
    const attributes = {
      tenant: { dataType: 'String', stringValue: 'a' },
      hash: { dataType: 'Binary', binaryValue: 'AAEC' },
    };
    const line = {
      body,
      attributes,
      messageGroupId: 'g',
      traceHeader: 'Root=1',
      code: 'InternalError',
      line: 7,
    };
    expect(await read('jsonl', JSON.stringify(line))).toEqual([
      {
        ok: true,
        line: 1,
        request: { userTaskKey: A },
        body,
        attributes: new Map(Object.entries(attributes)),
        messageGroupId: 'g',
        traceHeader: 'Root=1',
      },
    ]);
  });

  it.each([
    ['text', 'Ada', /^body: expected a JSON object.*not JSON/],
    ['a bare key', A, /^body: expected a JSON object.*got the number/],
    ['a key as a number', `{"userTaskKey":${A}}`, /loses digits above 2\^53-1/],
    ['a number that loses digits', '{"userTaskKey":9007199254741057}', /got the number 9007199254741057 /],
    ['an unknown field', `{"userTaskKey":"${A}","assignee":"ada"}`, /unknown field "assignee"/],
    [
      'a guard of null',
      `{"userTaskKey":"${A}","expectedAssignee":null}`,
      /^expectedAssignee: .*, got null \(/,
    ],
    [
      'a message whose guard is empty',
      `{"body":"{\\"userTaskKey\\":\\"${A}\\",\\"expectedAssignee\\":\\"\\"}"}`,
      /^expectedAssignee: .*, got an empty string/,
    ],
    ['a list of lists', `[["${A}"]]`, /^body: expected a JSON object .* got an array/],
    ['a message without a request in it', '{"body":"x"}', /^body: .*not JSON/],
    [
      'a message whose body is an object',
      `{"body":{"userTaskKey":"${A}"}}`,
      /^body: expected the message as a string/,
    ],
    [
      'a message with an attribute that SQS refuses',
      `{"body":"{\\"userTaskKey\\":\\"${A}\\"}","attributes":{"AWS.x":{"dataType":"String","stringValue":"a"}}}`,
      /^attribute "AWS\.x"/,
    ],
    [
      'a message that is too large',
      JSON.stringify({
        body: bodyOf(A),
        attributes: { a: { dataType: 'String', stringValue: 'x'.repeat(1_048_576) } },
      }),
      /^expected at most 1048576 bytes with attributes, got 1048/,
    ],
    ['nesting without end', `{"userTaskKey":${'['.repeat(10_000)}`, /not JSON/],
  ])('hold no %s', async (_, text, reason) => {
    expect(inShort(await read('jsonl', text, 65_536))).toEqual([[1, expect.stringMatching(reason)]]);
  });
});

describe('a CSV', () => {
  it.each<[string, string | Uint8Array, [number, string][]]>([
    [
      'only keys',
      `userTaskKey\n${A}\n${B}\n`,
      [
        [2, bodyOf(A)],
        [3, bodyOf(B)],
      ],
    ],
    ['other columns', `name,userTaskKey\nAda,${A}\n`, [[2, bodyOf(A)]]],
    [
      'times, some of them empty',
      `userTaskKey,expiresAt\n${A},2026-11-23T12:00:00Z\n${B},\n`,
      [
        [2, bodyOf(A, '2026-11-23T12:00:00Z')],
        [3, bodyOf(B)],
      ],
    ],
    [
      'quotes',
      `"name","userTaskKey"\r\n"Ada, ""the"" first\r\nof all","${A}"\r\nx,${B}\r\n`,
      [
        [3, bodyOf(A)],
        [4, bodyOf(B)],
      ],
    ],
    [
      'who must have the task',
      `expectedAssignee,userTaskKey,expiresAt\n demo ,${A},\n"Ü, ""x""",${B},2026-11-23T12:00:00Z\n`,
      [
        [2, bodyOf(A, undefined, 'demo')],
        [3, bodyOf(B, '2026-11-23T12:00:00Z', 'Ü, "x"')],
      ],
    ],
    ['a byte order mark', `\ufeffuserTaskKey,x\r\n${A},\r\n`, [[2, bodyOf(A)]]],
    ['UTF-16', Buffer.from(`\ufeffuserTaskKey\tx\r\n${A}\ty\r\n`, 'utf16le'), [[2, bodyOf(A)]]],
    ["a spreadsheet's semicolons", `x;userTaskKey\n"1,5";${A}\n`, [[2, bodyOf(A)]]],
    ['blanks around', ` userTaskKey , x\n ${A} , y\n`, [[2, bodyOf(A)]]],
    ['empty lines', `userTaskKey,x\n\n${A},\n\n,\n`, [[3, bodyOf(A)]]],
    [
      'a quote inside a field',
      `userTaskKey,x\n${A},5" wide\n${B},y\n`,
      [
        [2, bodyOf(A)],
        [3, bodyOf(B)],
      ],
    ],
    ['nothing', '', []],
    ['a header only', 'userTaskKey\n', []],
  ])('may have %s', async (_, text, lines) => {
    for (const chunk of [1, 7, 4096]) expect(inShort(await read('csv', text, chunk))).toEqual(lines);
  });

  it('tells of bad lines with their numbers, and goes on', async () => {
    const text = `userTaskKey,x\n${A},\nAda,\n${A},1,2\n"5"x,3\n${B},\n`;
    expect(inShort(await read('csv', text))).toEqual([
      [2, bodyOf(A)],
      [3, expect.stringMatching(/^userTaskKey: .*got the string "Ada"/)],
      [4, expect.stringMatching(/^Invalid Record Length: columns length is 2, got 3/)],
      [5, expect.stringMatching(/^userTaskKey: /)],
      [6, bodyOf(B)],
    ]);
  });

  it.each([
    ['an empty cell', `userTaskKey,expectedAssignee\n${A},\n${B},demo\n`],
    ['a cell of blanks', `userTaskKey,expectedAssignee\n${A},"  "\n${B},demo\n`],
  ])('refuses %s in the column of who must have the task, and names the column', async (_, text) => {
    expect(inShort(await read('csv', text))).toEqual([
      [2, expect.stringMatching(/^expectedAssignee: expected 1 to 256 characters .*, got an empty string/)],
      [3, bodyOf(B, undefined, 'demo')],
    ]);
  });

  it.each([
    ['in another spelling', `userTaskKey,Expected Assignee\n${A},demo\n`, /got "Expected Assignee"\.$/],
    ['in another case', `userTaskKey,expectedassignee\n${A},demo\n`, /got "expectedassignee"\.$/],
    [
      'twice',
      `expectedAssignee,userTaskKey,expectedAssignee\n,${A},demo\n`,
      /^Expected one column expectedAssignee in the CSV, spelt like this, got "expectedAssignee", "expectedAssignee"\.$/,
    ],
  ])('may not have the column of who must have the task %s', async (_, text, problem) => {
    const reading = read('csv', text, 65_536);
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(problem);
  });

  it.each([
    ['no such column', `key\n${A}\n`, /needs a first line with column userTaskKey.*this one has "key"/],
    ['no header', `${A}\n${B}\n`, /this one has "2251799813685249"\. .*--format keys/],
    ['the column twice', `userTaskKey,userTaskKey\n${A},${B}\n`, /only one column userTaskKey/],
    ['a quote that is never closed', `userTaskKey\n${A}\n"${B}\n${A}\n`, /cannot be read to its end.*quote/i],
    ['a record without end', `userTaskKey\n"${'x\n'.repeat(1024 * 1024)}"\n`, /cannot be read to its end/],
  ])('may not have %s', async (_, text, problem) => {
    const reading = read('csv', text, 65_536);
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(problem);
  });
});

it.each(['keys', 'jsonl', 'csv'] as const)(
  'a file of %s that fails to be read is no file that ends',
  async (format) => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`userTaskKey\n${A}\n${'x'.repeat(300)}`);
      throw new Error('input/output error');
    }
    const lines = requestsOfFile({ format }, failing());
    const reading = async () => {
      for await (const line of lines) expect(line.line).toBeLessThan(4);
    };
    await expect(reading()).rejects.toThrow('input/output error');
  },
);

it('a CSV may be left in the middle', async () => {
  let isOpen = true;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from('userTaskKey\n');
      for (;;) yield Buffer.from(`${A}\n`.repeat(1000));
    } finally {
      isOpen = false;
    }
  }
  for await (const line of requestsOfFile({ format: 'csv' }, endless())) {
    expect(line).toMatchObject({ ok: true, line: 2 });
    break;
  }
  expect(isOpen).toBe(false);
});

describe('whatever a file holds', () => {
  const snippet = fc.oneof(
    fc.constantFrom(
      A,
      'userTaskKey',
      'expiresAt',
      'expectedAssignee',
      '"',
      ',',
      '\n',
      '\r\n',
      '#',
      '{',
      '}',
      '{"userTaskKey":"7"}',
      '{"body":',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(snippet, { maxLength: 40 }).map((parts) => new Uint8Array(Buffer.from(parts.join('')))),
  );

  it.each(['keys', 'jsonl'] as const)(
    'each line of %s is a request, invalid, or says nothing',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (content, chunk) => {
          const text = new TextDecoder(isUtf16(content)).decode(content);
          fc.pre(format === 'keys' || shapeOf(text) === 'lines');
          const found = new Map((await read(format, content, chunk)).map((line) => [line.line, line]));
          const lines = text.split(/\r\n?|\n/);
          for (const [index, line] of lines.entries()) {
            const says = format === 'keys' ? line.replace(/(^|\s)#.*$/, '') : line;
            expect(found.has(index + 1), JSON.stringify(line)).toBe(says.trim() !== '');
          }
          expect(found.size).toBeLessThanOrEqual(lines.length);
        }),
      );
    },
  );

  it('a CSV is read to its end, or refused in words', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (content, chunk) => {
        const text = Buffer.concat([Buffer.from('userTaskKey,x\n'), content]);
        await read('csv', text, chunk).catch((error) => expect(error).toBeInstanceOf(UsageError));
      }),
    );
  });

  it('no request of a CSV with the column of who must have the task comes out unguarded', async () => {
    const cell = fc.constantFrom('demo', 'a b', '"x,y"', '""', '', ' ', '"\n"', '\t', '"', '\u0007');
    await fc.assert(
      fc.asyncProperty(fc.array(cell), async (cells) => {
        const text = ['userTaskKey,expectedAssignee', ...cells.map((name) => `${A},${name}`)].join('\n');
        const lines = await read('csv', text).catch(() => []);
        for (const line of lines) expect(line.ok && line.request.expectedAssignee === undefined).toBe(false);
      }),
    );
  });

  it('every record of a CSV comes out once, wherever the chunks are cut', async () => {
    const field = fc.constantFrom('a', 'a b', '"x,y"', '"x\r\ny"', '"5"" wide"', '5" wide', 'ä', '');
    const record = fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), field);
    await fc.assert(
      fc.asyncProperty(fc.array(record), fc.integer({ min: 1, max: 50 }), async (records, chunk) => {
        const text = ['userTaskKey,x', ...records.map(([key, other]) => `${key},${other}`)].join('\r\n');
        const keys = (await read('csv', text, chunk)).map((line) => line.ok && line.request.userTaskKey);
        expect(keys).toEqual(records.map(([key]) => String(key)));
      }),
    );
  });
});

function isUtf16([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** As the API gives it, with more fields than anybody needs here. */
function task(userTaskKey: string, assignee: string | null = 'demo') {
  return {
    name: 'Check',
    state: 'CREATED',
    assignee,
    processInstanceKey: '7',
    tags: ['{', ']'],
    userTaskKey,
  };
}

const guarded = (userTaskKey: string, expectedAssignee = 'demo') =>
  JSON.stringify({ userTaskKey, expectedAssignee });

describe('a file of JSON', () => {
  const both: [number, string][] = [
    [1, bodyOf(A)],
    [2, bodyOf(B)],
  ];

  it.each<[string, string]>([
    ['an array of requests', JSON.stringify([{ userTaskKey: A }, { userTaskKey: B }])],
    ['a pretty array', JSON.stringify([{ userTaskKey: A }, { userTaskKey: B }], null, 2)],
    ['an array of tasks', JSON.stringify([task(A), task(B)])],
    ['an answer of the search', JSON.stringify({ items: [task(A), task(B)], page: { totalItems: 2 } })],
    [
      'an answer whose page comes first',
      JSON.stringify({ page: { totalItems: 2 }, items: [task(A), task(B)] }),
    ],
    ['a pretty answer', JSON.stringify({ items: [task(A), task(B)], page: { endCursor: 'x' } }, null, 2)],
    [
      'pretty objects, one after the other',
      [task(A), task(B)].map((each) => JSON.stringify(each, null, 2)).join('\n'),
    ],
    ['tasks a line', [task(A), task(B)].map((each) => JSON.stringify(each)).join('\n')],
    ['blanks around it', `\n \t${JSON.stringify([task(A), task(B)])}\n\n`],
    ['an array of messages', JSON.stringify([{ body: bodyOf(A) }, { body: bodyOf(B) }])],
  ])('is read as %s, whatever its name says of lines', async (_, text) => {
    expect(inShort(await read('json', text))).toEqual(both);
    expect(inShort(await read('jsonl', text, 1))).toEqual(both);
  });

  it('is read as lines where the first line is one that is invalid', async () => {
    expect(inShort(await read('json', `{"userTaskKey": oops}\n{"userTaskKey":"${B}"}\n`))).toEqual([
      [1, expect.stringMatching(/^body: expected a JSON object/)],
      [2, bodyOf(B)],
    ]);
  });

  it.each([
    ['a misspelt field', { userTaskKey: A, expiresat: 'x' }, /unknown field "expiresat"/],
    ['a key as a number', { ...task(A), userTaskKey: 7 }, /expected a string .* got the number 7/],
    ['a text', 'Ada', /^userTaskKey: expected a string of 1 to 19 digits.* got the string "Ada"/],
  ])('says what is wrong with an item: %s', async (_, item, problem) => {
    expect(inShort(await read('json', JSON.stringify([item, task(B)])))).toEqual([
      [1, expect.stringMatching(problem)],
      [2, bodyOf(B)],
    ]);
  });

  it.each([
    ['in an array', 'json', (item: string) => `[${item}]`],
    ['in an answer', 'json', (item: string) => `{"items":[${item}]}`],
    ['in a line', 'jsonl', (item: string) => item],
  ] as const)(
    'keeps all digits of a key that is a number %s, for whoever corrects it',
    async (_, format, textOf) => {
      const digits = '2251799813685249123';
      for (const more of ['', ',"state":"CREATED"']) {
        const [line] = await read(format, textOf(`{"userTaskKey":${digits}${more}}`));
        expect(line).toMatchObject({ reason: expect.stringContaining(`got the number ${digits} `) });
        expect(line).toMatchObject({ body: expect.stringContaining(`{"userTaskKey":${digits}`) });
      }
    },
  );

  it.each([
    ['an array', `["${A}","${B}"]`],
    ['lines', `"${A}"\n"${B}"\n`],
  ])('may be keys alone, in %s', async (_, text) => {
    expect(inShort(await read('json', text))).toEqual([
      [1, bodyOf(A)],
      [2, bodyOf(B)],
    ]);
    expect(inShort(await read({ format: 'json', withAssignee: true }, text))).toEqual([
      [1, expect.stringMatching(/^expected a task with its assignee/)],
      [2, expect.stringMatching(/^expected a task with its assignee/)],
    ]);
  });

  it.each([
    ['cut off', `[{"userTaskKey":"${A}"},{"userTask`],
    ['with two brackets too many', `[{"userTaskKey":"${A}"}]]}`],
    ['with a comma too many', `[{"userTaskKey":"${A}"},,]`],
  ])('is refused where it is %s', async (_, text) => {
    await expect(read('json', text)).rejects.toThrow(/^After item 1: expected JSON to the end/);
  });

  it.each([
    ['in an array', (deep: string, sound: string) => `[${deep},${sound}]`],
    ['a line', (deep: string, sound: string) => `{"userTaskKey":${deep},"state":"CREATED"}\n${sound}`],
    ['in an answer', (deep: string, sound: string) => `{"items":[${deep},${sound}]}`],
  ])('says that an item is nested too deep %s, and reads on', async (_, textWith) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(inShort(await read('json', textWith(deep, bodyOf(B))))).toEqual([
      [1, 'expected JSON of at most 100 levels'],
      [2, bodyOf(B)],
    ]);
  });

  it('is refused where an item has no end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[{"userTaskKey":"');
      for (;;) yield Buffer.alloc(65_536, 'x');
    }
    const reading = async () => {
      for await (const line of requestsOfFile({ format: 'json' }, endless())) expect(line).toBeUndefined();
    };
    await expect(reading()).rejects.toThrow(/^After item 0: expected an item of at most 4194304 characters/);
  });
});

describe('tasks with their assignees', () => {
  const how = { format: 'json', withAssignee: true } as const;

  it('name them as the expected ones, and those that nobody has are left out', async () => {
    const tasks = [task(A), task(B, null), task(B, ''), { ...task(B), assignee: undefined }, task(B, 'anna')];
    expect(inShort(await read(how, JSON.stringify(tasks)))).toEqual([
      [1, guarded(A)],
      [2, 'nobody has it'],
      [3, 'nobody has it'],
      [4, 'nobody has it'],
      [5, guarded(B, 'anna')],
    ]);
  });

  it('are no requests that name nobody', async () => {
    const text = `{"userTaskKey":"${A}"}\n{"userTaskKey":"${B}","expectedAssignee":"demo"}\n`;
    expect(inShort(await read(how, text))).toEqual([
      [1, expect.stringMatching(/^expected a task with its assignee/)],
      [2, guarded(B)],
    ]);
  });

  it('come from a CSV, too', async () => {
    const csv = `userTaskKey,assignee\n${A},demo\n${B},\n${B}\n`;
    expect(inShort(await read({ format: 'csv', withAssignee: true }, csv))).toEqual([
      [2, guarded(A)],
      [3, 'nobody has it'],
      [4, 'nobody has it'],
    ]);
  });

  it('need that column in a CSV', async () => {
    await expect(read({ format: 'csv', withAssignee: true }, `userTaskKey\n${A}\n`)).rejects.toThrow(
      '--with-assignee needs one column assignee in a CSV; this one has "userTaskKey".',
    );
  });
});

describe('a CSV from a spreadsheet', () => {
  it('may lack delimiters behind the last cell that is not empty', async () => {
    const csv = `userTaskKey;expiresAt;note\n${A};2099-01-01T00:00:00Z;x\n${B}\n`;
    expect(inShort(await read('csv', csv))).toEqual([
      [2, bodyOf(A, '2099-01-01T00:00:00Z')],
      [3, bodyOf(B)],
    ]);
  });

  it.each(['sep=;\r\n', '"sep=;"\n', '\ufeffSEP=;\n'])('may begin with %j', async (first) => {
    const csv = `${first}userTaskKey;note\n${A};1,5\n\n${B};x\n`;
    expect(inShort(await read('csv', csv, 1))).toEqual([
      [3, bodyOf(A)],
      [5, bodyOf(B)],
    ]);
  });

  it('never loses a guard that way', async () => {
    const csv = `userTaskKey;expectedAssignee\n${A};demo\n${B}\n`;
    expect(inShort(await read('csv', csv))).toEqual([
      [2, guarded(A)],
      [3, expect.stringMatching(/^expectedAssignee: expected 1 to 256 characters/)],
    ]);
  });

  it('may have its keys in another column', async () => {
    const csv = `Process,Task key\ninvoice,${A}\n`;
    expect(inShort(await read({ format: 'csv', column: 'Task key' }, csv))).toEqual([[2, bodyOf(A)]]);
  });

  it('says which columns there are where that one is missing', async () => {
    await expect(read({ format: 'csv', column: 'Key' }, `Task key\n${A}\n`)).rejects.toThrow(
      /column Key .*this one has "Task key"\. Where another column has the keys, name it with --column/,
    );
  });

  it.each(['2,2518E+15', '2.2518e+15', '2E+15', '2,25179981368525E15'])(
    'says that it has rounded %s',
    async (key) => {
      for (const format of ['keys', 'csv'] as const) {
        const text = format === 'csv' ? `userTaskKey;x\n"${key}";y\n` : key;
        const [[, reason] = []] = inShort(await read(format, text));
        expect(reason).toMatch(/a spreadsheet shows long numbers so.*import that column as text/);
      }
    },
  );
});

it('takes a carriage return alone for the end of a line', async () => {
  expect(inShort(await read('keys', `${A}\r# none\r\n${B}\r`, 1))).toEqual([
    [1, bodyOf(A)],
    [3, bodyOf(B)],
  ]);
});
