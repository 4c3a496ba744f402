import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, jsonText, lookOf, openResults, renderTable } from '../../cli/output.ts';
import { hasColours } from '../../cli/surroundings.ts';
import { textSink } from '../../cli/text-sink.ts';
import { playWorld } from './support/surroundings.ts';

interface Row {
  readonly count: number;
  readonly why: string;
}

const COLUMNS: Column<Row>[] = [
  { title: 'COUNT', text: ({ count }) => String(count), align: 'right' },
  { title: 'WHY', text: ({ why }) => why, flexible: true, style: () => 'red' },
];

const PLAIN = { width: undefined, colours: false };

describe('a table', () => {
  it('is aligned', () => {
    const rows = [
      { count: 7, why: 'not found' },
      { count: 1204, why: 'x' },
    ];
    expect(renderTable(COLUMNS, rows, PLAIN)).toBe('COUNT  WHY\n    7  not found\n 1204  x');
  });

  it('fits the terminal, the flexible column giving way', () => {
    const text = renderTable(COLUMNS, [{ count: 7, why: 'y'.repeat(100) }], { width: 40, colours: false });
    expect(text.split('\n').map((line) => line.length)).toEqual([10, 40]);
    expect(text).toMatch(/y…$/);
  });

  it.each([
    ['漢字', '漢字漢…'],
    ['😀', '😀😀😀…'],
    ['e\u0301', 'e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301…'],
  ])('counts the columns that a terminal takes for %s', (text, cut) => {
    const columns = [{ title: 'A', text: () => text.repeat(20), flexible: true }];
    const [, row] = renderTable(columns, [{}], { width: 8, colours: false }).split('\n');
    expect(row).toBe(cut);
  });

  it('goes on in the lines below where more than the flexible column is too wide', () => {
    const columns = [
      { title: 'KEY', text: () => '2251799813685249' },
      { title: 'KIND', text: () => '漢字'.repeat(6) },
      { title: 'WHY', text: () => 'the reason', flexible: true, whole: true },
    ];
    expect(renderTable(columns, [{}], { width: 40, colours: false })).toBe(
      [
        'KEY            KIND           WHY',
        '2251799813685  漢字漢字漢字   the reason',
        '249            漢字漢字漢字',
      ].join('\n'),
    );
  });

  it('cuts nothing where there is no terminal', () => {
    expect(renderTable(COLUMNS, [{ count: 7, why: 'y'.repeat(500) }], PLAIN)).toContain('y'.repeat(500));
  });

  it('is coloured where it may', () => {
    const text = renderTable(COLUMNS, [{ count: 7, why: 'x' }], { width: undefined, colours: true });
    expect(text).toContain('\u001b[31mx\u001b[39m');
  });

  it('lets nothing through that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (why) => {
        const text = renderTable(COLUMNS, [{ count: 7, why }], PLAIN);
        expect(text.split('\n')).toHaveLength(2);
        expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
      }),
    );
  });

  it('stays aligned over thousands of rows, in pages', async () => {
    const { surroundings, stdout } = playWorld();
    const results = openResults(surroundings, 'table', {
      columns: COLUMNS,
      json: (row) => row,
      rowsField: 'rows',
    });
    for (let count = 0; count < 1000; count += 1) await results.write({ count, why: 'x' });
    await results.end();
    const lines = stdout().trimEnd().split('\n');
    expect(lines).toHaveLength(1001);
    expect(new Set(lines.slice(1).map((line) => line.length))).toEqual(new Set([8]));
  });
});

describe('a table for which a terminal is too narrow', () => {
  const columns = [
    { title: 'KEY', text: () => '2251799813685249' },
    { title: 'WHY', text: () => 'INVALID_STATE', flexible: true },
    { title: 'TRIES', text: () => '1', optional: 1 },
    { title: 'SENDER', text: () => 'producer', optional: 2 },
  ];
  const head = (width: number) =>
    renderTable(columns, [{}], { width, colours: false }).split('\n')[0]?.split(/ +/);

  it.each([
    [48, ['KEY', 'WHY', 'TRIES', 'SENDER']],
    [45, ['KEY', 'WHY', 'TRIES', 'SENDER']],
    [44, ['KEY', 'WHY', 'TRIES']],
    [34, ['KEY', 'WHY']],
    [10, ['KEY', 'WHY']],
  ])('%i columns wide has %j', (width, titles) => {
    expect(head(width)).toEqual(titles);
  });

  it('is as wide as most terminals where one does not know its width', () => {
    expect(lookOf(Object.assign(new PassThrough(), { isTTY: true, columns: 0 }), {}).width).toBe(80);
  });
});

describe('JSON', () => {
  const shape = { columns: COLUMNS, json: (row: Row) => row, rowsField: 'rows' };

  it.each([
    [[], { rows: [], seen: 3 }],
    [[{ count: 1, why: 'a' }], { rows: [{ count: 1, why: 'a' }], seen: 3 }],
    [
      [
        { count: 1, why: 'a' },
        { count: 2, why: 'b' },
      ],
      {
        rows: [
          { count: 1, why: 'a' },
          { count: 2, why: 'b' },
        ],
        seen: 3,
      },
    ],
  ])('is one object with all rows %#', async (rows, whole) => {
    const { surroundings, stdout } = playWorld();
    const results = openResults(surroundings, 'json', shape);
    for (const row of rows) await results.write(row);
    await results.end({ seen: 3 });
    expect(JSON.parse(stdout())).toEqual(whole);
    expect(stdout()).toMatch(/\}\n$/);
  });

  it('is a line a row as jsonl', async () => {
    const { surroundings, stdout } = playWorld();
    const results = openResults(surroundings, 'jsonl', shape);
    await results.write({ count: 1, why: 'a\nb' });
    await results.write({ count: 2, why: 'c' });
    await results.end({ seen: 3 });
    expect(stdout()).toBe('{"count":1,"why":"a\\nb"}\n{"count":2,"why":"c"}\n');
  });

  it('escapes what a terminal may obey', () => {
    expect(jsonText({ text: 'a\u009b2J\u202eb\u200b\u{e0041}' })).toBe(
      '{"text":"a\\u009b2J\\u202eb\\u200b\\udb40\\udc41"}',
    );
  });

  it('means the same, and drives no terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = jsonText({ text });
        expect(JSON.parse(written)).toEqual({
          text: text.isWellFormed() ? text : JSON.parse(JSON.stringify(text)),
        });
        expect(written).not.toMatch(/\p{Cc}|\p{Cf}/u);
      }),
    );
  });
});

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { TERM: 'dumb' }, false],
])('on a terminal (%s) with %j, colours: %s', (isTTY, environment, colours) => {
  expect(hasColours({ isTTY }, environment)).toBe(colours);
});

it('says so when nobody reads any more, and bears it', async () => {
  const stream = new PassThrough();
  stream.on('error', () => undefined);
  const sink = textSink(stream);
  expect(await sink.write('a')).toBe(true);
  stream.destroy();
  expect(await sink.write('b')).toBe(false);
});

it('does not hide another error of writing', async () => {
  const stream = new PassThrough({
    transform: (_chunk, _encoding, done) => done(Object.assign(new Error('disk full'), { code: 'ENOSPC' })),
  });
  stream.on('error', () => undefined);
  await expect(textSink(stream).write('a')).rejects.toThrow('disk full');
});
