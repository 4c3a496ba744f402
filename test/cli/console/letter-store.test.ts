// How letters are kept: whole while there is room, with their beginnings in any case, and never more than the bounds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUT_BODY_BYTES, LetterStore } from '../../../cli/console/snapshot/letter-store.ts';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';

function letter(body: string, attribute = 'a') {
  const MessageAttributes = { tenant: { DataType: 'String', StringValue: attribute } };
  return readDeadLetter({ MessageId: 'id', Body: body, MessageAttributes }, 0);
}

const NO_BOUNDS = { whole: 1e9, all: 1e9 };

describe('letters', () => {
  it('come back as they were', () => {
    const bodies = fc.array(fc.string({ unit: 'binary', maxLength: 5_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(bodies, (texts) => {
        const store = new LetterStore(NO_BOUNDS);
        const letters = texts.map((text) => letter(text));
        const numbers = letters.map((one) => store.add(one));
        store.close();
        expect(numbers.map((number) => store.read(number))).toEqual(
          letters.map((one) => ({ letter: one, cut: undefined })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('can be read before all are kept', () => {
    const store = new LetterStore();
    const number = store.add(letter('x'));
    expect(store.read(number).letter.body).toBe('x');
  });

  it('are kept whole as long as there is room, then their first 2 KiB and the size', () => {
    const store = new LetterStore({ whole: 10_000, all: 1e9 });
    const numbers = Array.from({ length: 4 }, () => store.add(letter('x'.repeat(4_000))));
    store.close();
    expect(store.kept).toEqual({ whole: 2, cut: 2 });
    const last = store.read(numbers[3] ?? -1);
    expect(last.letter.body).toBe('x'.repeat(CUT_BODY_BYTES));
    expect(last.cut).toEqual({ bodyBytes: 4_000, attributes: [] });
  });

  it('that are small are whole also where there is no room for large ones', () => {
    const store = new LetterStore({ whole: 0, all: 1e9 });
    const number = store.add(letter('{"userTaskKey":"1"}'));
    expect(store.read(number).cut).toBeUndefined();
  });

  it('keep what their request says although they are cut', () => {
    const store = new LetterStore({ whole: 0, all: 1e9 });
    const padded = `{"userTaskKey":"1"}${' '.repeat(5_000)}`;
    const { request } = store.read(store.add(letter(`${padded}x`))).letter;
    expect(request.ok).toBe(false);
    expect(store.read(store.add(letter(padded))).letter.request.ok).toBe(true);
  });

  it('lose large attributes, by name, where they are cut', () => {
    const store = new LetterStore({ whole: 0, all: 1e9 });
    const { cut, letter: kept } = store.read(store.add(letter('x', 'y'.repeat(5_000))));
    expect([cut, kept.attributes.size]).toEqual([{ bodyBytes: 1, attributes: ['tenant'] }, 0]);
  });

  it('cut no character in two', () => {
    const store = new LetterStore({ whole: 0, all: 1e9 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), (shift) => {
        const whole = `${'x'.repeat(shift)}${'😀'.repeat(1_000)}`;
        const { body } = store.read(store.add(letter(whole))).letter;
        expect(whole.startsWith(body)).toBe(true);
        expect(body.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(body)).toBeGreaterThan(CUT_BODY_BYTES - 4);
      }),
    );
  });

  it('that were whole are cut after all where later ones need the room', () => {
    const store = new LetterStore({ whole: 100_000, all: 130_000 });
    const first = Array.from({ length: 5 }, () => store.add(letter('w'.repeat(19_000))));
    for (let count = 0; count < 40; count += 1) store.add(letter('x'.repeat(3_000)));
    store.close();
    const kept = first.map((number) => store.read(number));
    expect(kept.filter(({ cut }) => cut !== undefined).length).toBeGreaterThan(0);
    expect(store.kept.whole + store.kept.cut).toBe(45);
    const bytes = Array.from({ length: 45 }, (_, number) => store.read(number).letter.body.length);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(130_000);
  });
});
