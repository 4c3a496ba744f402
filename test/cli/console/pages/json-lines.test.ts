import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonLines } from '../../../../cli/console/pages/json-lines.ts';

it('every part is on a line of its own', () => {
  expect(jsonLines('{"userTaskKey":"7","more":[1, {"a":{}}],"none":[]}')).toBe(
    '{\n  "userTaskKey": "7",\n  "more": [\n    1,\n    {\n      "a": {}\n    }\n  ],\n  "none": []\n}',
  );
});

it('nothing changes but the blanks: neither names that come twice nor long numbers', () => {
  expect(jsonLines('{"a":1,"a":90071992547409931}')).toBe('{\n  "a": 1,\n  "a": 90071992547409931\n}');
});

it.each(['', 'no JSON', '"text"', '7', 'null', '{"a":1'])('%j is no structure', (text) => {
  expect(jsonLines(text)).toBeUndefined();
});

it('it says the same as before', () => {
  const structure = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
  fc.assert(
    fc.property(structure, (value) => {
      const text = JSON.stringify(value);
      expect(JSON.parse(jsonLines(text) ?? '')).toEqual(JSON.parse(text));
    }),
  );
});
